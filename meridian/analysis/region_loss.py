"""The fleet without some of its regions: whose clients go where, what each survivor carries, which data is out of reach. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from components.catalog.failover import LIMIT, Overload, headroom, loads, overloads, unavailable_data
from components.catalog.recovery import Probe
from components.catalog.routing import MAINTENANCE, RoutingTable


@dataclass(frozen=True, kw_only=True)
class World:
    """The fleet before anything is lost."""

    table: RoutingTable
    """Who serves whom, without regions that do not exist."""
    demand: Mapping[str, float]
    """Route -> concurrent sessions at peak."""
    capacity: Mapping[str, float]
    """Region -> concurrent sessions that it can carry."""
    probe: Probe
    """Health check of every region."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """Clients of one route who are served elsewhere."""

    route: str
    """Route of the catalogue."""
    countries: tuple[str, ...]
    """Its countries; none for a route that the answering data centre decides on."""
    sessions: float
    """Concurrent sessions."""
    share: float
    """Share of what all lost regions carried."""
    before: str
    """Region that served them."""
    after: str
    """Region that serves them now; `maintenance` where none may."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a survivor carries."""

    region: str
    """Region."""
    before: float
    """Concurrent sessions before."""
    after: float
    """Concurrent sessions now."""
    capacity: float
    """Concurrent sessions that it can carry."""

    @property
    def allowed(self) -> float:
        """What it may carry."""
        return round(LIMIT * self.capacity, 6)


@dataclass(frozen=True, kw_only=True)
class RegionLoss:
    """The fleet without these regions."""

    lost: tuple[str, ...]
    """Regions, sorted."""
    moves: tuple[Move, ...]
    """Whose clients go where."""
    loads: tuple[Load, ...]
    """Survivors that carry more than before."""
    overloads: tuple[Overload, ...]
    """Survivors that carry more than they may, and clients whom nobody may serve."""
    unavailable: Mapping[str, tuple[str, ...]]
    """Route -> classes of data that its clients cannot reach: no copy may lie where they are served."""


def region_loss(world: World, lost: Iterable[str]) -> RegionLoss:
    """The fleet without these regions."""
    gone = frozenset(lost)
    before, after = loads(world.table, world.demand), loads(world.table, world.demand, gone)
    return RegionLoss(
        lost=tuple(sorted(gone)),
        moves=tuple(_moves(world, gone, sum(before.get(region, 0) for region in gone))),
        loads=tuple(
            Load(region=region, before=before.get(region, 0), after=load, capacity=world.capacity[region])
            for region, load in after.items()
            if region != MAINTENANCE and load > before.get(region, 0)
        ),
        overloads=tuple(sorted(overloads(world.table, world.demand, world.capacity, gone))),
        unavailable=unavailable_data(world.table, gone),
    )


def utilisation_limit(world: World, region: str) -> float:
    """The greatest share of its capacity that a region can use at peak while the fleet can still lose any one region, all demand growing
    alike.
    """
    carried = loads(world.table, world.demand).get(region, 0)
    return headroom(world.table, world.demand, world.capacity) * carried / world.capacity[region] if carried else 0.0


def _moves(world: World, gone: frozenset[str], carried: float) -> Iterator[Move]:
    for name, route in world.table.routes.items():
        sessions = world.demand.get(name, 0)
        if route.pools and route.pools[0] in gone:
            after = next((pool for pool in route.pools if pool not in gone), MAINTENANCE)
            share = sessions / carried if carried else 0.0
            yield Move(route=name, countries=route.countries, sessions=sessions, share=share, before=route.pools[0], after=after)
