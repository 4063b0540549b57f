"""Whether the regions that are left can carry the traffic of those that are lost: the N-1 inequality, pure.

When a region is lost, ordered failover sends the whole of its share of each route to the route's next region. For every loss and every
survivor the load must stay within 0.8 of the survivor's capacity (S-078, S-195).
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from components.catalog.loader import NotInCatalog
from components.catalog.residency import data_classes, may_copy
from components.catalog.routing import MAINTENANCE, Route, RoutingTable

LIMIT = 0.8
"""Share of a region's capacity that may be used, also while it carries another's traffic (S-195, load factor of admission)."""


@dataclass(frozen=True, order=True)
class Overload:
    """A survivor that would have more than it may."""

    lost: tuple[str, ...]
    """Regions that are lost, sorted; none for the steady state."""
    survivor: str
    """Region that takes too much; `maintenance` where no region is left to take it."""
    load: float
    """Concurrent sessions that it would carry."""
    allowed: float
    """Concurrent sessions that it may carry."""

    def __str__(self) -> str:
        loss = f"losing {' and '.join(self.lost)}" if self.lost else "with nothing lost"
        if self.survivor == MAINTENANCE:
            return f"{loss}: {self.load:,.0f} sessions have no region left: give their routes another one"
        over = self.load - self.allowed
        return (
            f"{loss}: {self.survivor} would carry {self.load:,.0f} of {self.allowed:,.0f} sessions, {over:,.0f} too many: "
            "raise its capacity or give its routes another next region"
        )


@dataclass(frozen=True)
class ServingRow:
    """Who serves a country, before and after losses."""

    country: str
    """Country code; for routes told apart by Cloudflare's regions followed by the region, e.g. `US/WNAM`."""
    group: str
    """Group of its host name."""
    strict: bool
    """Whether it is EU-strict."""
    before: tuple[str, ...]
    """Regions in order."""
    after: Mapping[str, tuple[str, ...]]
    """Lost region -> regions in order; `maintenance` where none is left."""


def detection_seconds(*, interval: int, timeout: int, retries: int, consecutive_down: int) -> int:
    """Longest time until a region that hangs is taken out: it breaks just after a probe, then so many probes must fail, the last of them
    with all its retries. 30 s / 10 s / 3 retries / 3 failures, as the documents have it (S-199, S-202), make 130 s, half of what 99.99 %
    leaves in a month; 15 s / 5 s / 2 / 2 make 45 s.
    """
    return interval + (consecutive_down - 1) * interval + (retries + 1) * timeout


def loads(table: RoutingTable, demand: Mapping[str, float], lost: frozenset[str] = frozenset()) -> Mapping[str, float]:
    """Concurrent sessions by pool, where the regions are lost. Raises NotInCatalog for demand of an unknown route."""
    carried: defaultdict[str, float] = defaultdict(float)
    for name, sessions in demand.items():
        if name not in table.routes:
            raise NotInCatalog("route", name, table.routes)
        carried[_first(table.routes[name], lost)] += sessions
    return {pool: sessions for pool, sessions in sorted(carried.items()) if sessions}


def overloads(
    table: RoutingTable, demand: Mapping[str, float], capacity: Mapping[str, float], lost: frozenset[str], limit: float = LIMIT
) -> Iterator[Overload]:
    """Survivors of that loss with more than they may carry. A region without a capacity can carry nothing."""
    for survivor, load in loads(table, demand, lost).items():
        allowed = _allowed(survivor, capacity, limit)
        if load > allowed:
            yield Overload(tuple(sorted(lost)), survivor, load, allowed)


def losses(regions: Iterable[str], at_once: int = 1) -> Iterator[frozenset[str]]:
    """Every combination of up to so many lost regions, none lost first."""
    for count in range(at_once + 1):
        yield from map(frozenset, itertools.combinations(sorted(regions), count))


def failover_faults(
    table: RoutingTable, demand: Mapping[str, float], capacity: Mapping[str, float], *, at_once: int = 1, limit: float = LIMIT
) -> Iterator[str]:
    """Where the inequality is broken: which loss, which survivor, by how much.

    Only regions with a capacity exist, so the table is read without the others.
    """
    unknown = sorted(demand.keys() - table.routes.keys())
    for name in unknown:
        yield f"demand: {NotInCatalog('route', name, table.routes)}"
    known = {name: sessions for name, sessions in demand.items() if name not in unknown}
    there = table.served_by(capacity)
    for lost in losses(capacity, at_once):
        yield from (f"capacity: {overload}" for overload in overloads(there, known, capacity, lost, limit))


def headroom(
    table: RoutingTable, demand: Mapping[str, float], capacity: Mapping[str, float], *, at_once: int = 1, limit: float = LIMIT
) -> float:
    """The greatest factor by which all demand could be multiplied with the inequality kept; below 1 it is broken, 0 where somebody has no
    region left, infinite without demand.
    """
    there = table.served_by(capacity)
    factors = (
        _allowed(survivor, capacity, limit) / load
        for lost in losses(capacity, at_once)
        for survivor, load in loads(there, demand, lost).items()
    )
    return min(factors, default=float("inf"))


def unavailable_data(table: RoutingTable, lost: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """Route -> classes of data that its clients cannot reach while those regions are lost: their home, the route's first region, is lost
    and the region that serves them has no basis to hold a copy. Routes that miss nothing are left out.
    """
    hit = {name: route for name, route in table.routes.items() if route.pools and route.pools[0] in lost}
    missing = {name: tuple(_withheld(route.pools[0], _first(route, lost))) for name, route in hit.items()}
    return {name: classes for name, classes in missing.items() if classes}


def _withheld(home: str, survivor: str) -> Iterator[str]:
    for data_class in data_classes():
        if survivor == MAINTENANCE or may_copy(data_class, home, survivor) is None:
            yield data_class


def serving_table(table: RoutingTable) -> tuple[ServingRow, ...]:
    """For every country code: which regions serve it, in which order, before and after the loss of each region that concerns it."""
    return tuple(
        _row(table, country, cloudflare_region)
        for country, route in sorted(table.countries.items())
        for cloudflare_region in _cloudflare_regions(table, route)
    )


def _row(table: RoutingTable, country: str, cloudflare_region: str | None) -> ServingRow:
    before = table.route(country, cloudflare_region=cloudflare_region)
    return ServingRow(
        country=country if cloudflare_region is None else f"{country}/{cloudflare_region}",
        group=table.countries[country].group,
        strict=country in table.eu_strict.countries,
        before=before or (MAINTENANCE,),
        after={lost: table.route(country, {lost}, cloudflare_region) or (MAINTENANCE,) for lost in before},
    )


def _cloudflare_regions(table: RoutingTable, route: Route) -> tuple[str | None, ...]:
    """One region of Cloudflare for each order that clients of the route may see."""
    if not route.cloudflare_regions:
        return (None,)
    return tuple(other.cloudflare_regions[0] for other in table.routes_of(route.group) if other.cloudflare_regions)


def _first(route: Route, lost: frozenset[str]) -> str:
    return next((pool for pool in route.pools if pool not in lost), MAINTENANCE)


def _allowed(survivor: str, capacity: Mapping[str, float], limit: float) -> float:
    """Rounded, as 0.8 is no binary fraction and a load that just fits must fit."""
    return round(limit * capacity.get(survivor, 0), 6)
