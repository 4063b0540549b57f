"""What no single stack says: the regions that there are, what each carries, and who is served where. A user, or Meridian, tells it."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from components.catalog.failover import Overload, losses, overloads
from components.catalog.routing import Route, RoutingTable, routing
from policies.core.names import near


class Ground(StrEnum):
    """What a region stands on: it goes with it."""

    STACK = "stack"
    """One update that goes wrong."""
    CLUSTER = "cluster"
    """One control plane."""
    KEY = "key"
    """One key of KMS: what it encrypts cannot be read without it."""


class _Told(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class FleetRegion(_Told):
    """A region that serves users."""

    capacity: float = Field(ge=0)
    """Concurrent sessions that it can carry."""
    stands_on: Mapping[Ground, str] = Field(default_factory=dict[Ground, str])
    """Kind -> name of what it falls with; regions that share a name fall together."""
    pools: tuple[str, ...] = ()
    """Names or ids, as globs, of its pools at Cloudflare."""


class FleetRoute(_Told):
    """Clients who are served by the same regions in the same order."""

    group: str
    """Residency group that their data may not leave."""
    regions: tuple[str, ...]
    """Regions in order of failover."""
    demand: float = Field(ge=0)
    """Concurrent sessions at peak."""


class Fleet(_Told):
    """The regions of a platform together. Empty where nobody has said, which leaves what asks for it undecided."""

    regions: Mapping[str, FleetRegion] = Field(default_factory=dict[str, FleetRegion])
    """AWS region -> what it carries and falls with."""
    groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    """Residency group -> its regions; a region may be in several."""
    routes: Mapping[str, FleetRoute] = Field(default_factory=dict[str, FleetRoute])
    """Route -> who serves its clients."""
    requests: Mapping[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    """Part that requests pass -> parts any one of which takes them on, e.g. a region -> its gateways. What leads nowhere answers."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if faults := list(_faults(self)):
            raise ValueError("; ".join(faults))
        return self

    def __str__(self) -> str:
        return f"{len(self.regions)} regions" if self.regions else "nothing"

    def overloads(self) -> Iterator[Overload]:
        """Where the survivors of the loss of any one region, and of none, cannot carry what is left to them within its residency group."""
        demand = {name: route.demand for name, route in self.routes.items()}
        for lost in losses(self.regions):
            yield from overloads(self._table, demand, self._capacity, lost)

    def shares(self) -> Mapping[tuple[Ground, str], float]:
        """What regions stand on -> share of the fleet's capacity that falls with it; nothing where there is no capacity."""
        whole = sum(self._capacity.values())
        named = {(kind, name) for region in self.regions.values() for kind, name in region.stands_on.items()}
        return {
            (kind, name): sum(each.capacity for each in self.regions.values() if each.stands_on.get(kind) == name) / whole
            for kind, name in sorted(named)
            if whole
        }

    def region_of_pool(self, pool: str) -> str:
        """Region that a pool leads to, by name or id; empty where none names it."""
        return next((name for name, region in self.regions.items() if any(fnmatchcase(pool, glob) for glob in region.pools)), "")

    def within_one_group(self, regions: Sequence[str]) -> bool:
        """Whether some residency group holds all of them."""
        return any(set(regions) <= set(members) for members in self.groups.values())

    @cached_property
    def _capacity(self) -> Mapping[str, float]:
        return {name: region.capacity for name, region in self.regions.items()}

    @cached_property
    def _table(self) -> RoutingTable:
        """The routes, each without regions outside its group: who may not serve a client is no way out."""
        routes = {
            name: Route(
                name=name,
                group=route.group,
                pools=tuple(region for region in route.regions if region in self.groups[route.group]),
                countries=(),
            )
            for name, route in self.routes.items()
        }
        return routing().model_copy(update={"routes": routes})


def keys(place: Sequence[int | str]) -> tuple[str, ...]:
    """What may be said at a place below the fleet: path of keys, the one that is not known last."""
    model = {"regions": FleetRegion, "routes": FleetRoute}.get(str(place[0]), Fleet) if len(place) > 1 else Fleet
    return tuple(sorted(field.alias or name for name, field in model.model_fields.items()))


def _faults(fleet: Fleet) -> Iterator[str]:
    """Regions and groups that are named and not described."""
    for group, members in fleet.groups.items():
        yield from (f"groups.{group}: '{name}': {near(name, fleet.regions)}" for name in members if name not in fleet.regions)
    for name, route in fleet.routes.items():
        if route.group not in fleet.groups:
            yield f"routes.{name}.group: '{route.group}': {near(route.group, fleet.groups)}"
        yield from (f"routes.{name}.regions: '{each}': {near(each, fleet.regions)}" for each in route.regions if each not in fleet.regions)
