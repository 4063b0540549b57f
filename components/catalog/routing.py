"""Who serves whom: country -> regions in order of failover, grouped by the law they may not leave."""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from components.catalog.loader import Fact, NotInCatalog, find, read, region

MAINTENANCE = "maintenance"
"""Pool that answers when no region of the group is healthy: a static page, no personal data."""


class RoutingGroup(Fact):
    """Regions that stand in for each other under one host name, and no others."""

    name: str
    """First label of the host name, e.g. `eu` of `eu.api.example.com`."""
    regions: tuple[str, ...]
    """Regions that may serve it, in the order for clients of no listed country."""
    regional_key: str | None
    """Key of Cloudflare Regional Services; none where it is not known."""


class Route(Fact):
    """Countries that are served by the same regions in the same order."""

    name: str
    """e.g. `eu-west`; demand is given by it."""
    group: str
    """Name of its group."""
    pools: tuple[str, ...]
    """Regions in order of failover."""
    countries: tuple[str, ...]
    """Country codes."""
    cloudflare_regions: tuple[str, ...] = ()
    """Regions of Cloudflare data centres that tell its clients apart; none where their country does."""


class StrictCountries(Fact):
    """Countries whose clients no region outside the EEA may serve."""

    members: tuple[str, ...]
    """Member states of the European Union."""
    eea: tuple[str, ...]
    """States of the European Economic Area outside it."""
    associated: tuple[str, ...]
    """States that are treated alike."""
    outermost: tuple[str, ...]
    """Territories of members with codes of their own."""

    @property
    def countries(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.members, *self.eea, *self.associated, *self.outermost))

    @property
    def jurisdictions(self) -> frozenset[str]:
        """Where a region must lie to serve them."""
        return frozenset((*self.members, *self.eea))


class Unresolved(Fact):
    """Clients of no known country."""

    group: str
    """Group that serves them."""
    codes: tuple[str, ...]
    """What Cloudflare gives in place of a country."""


class RoutingTable(Fact):
    """Groups, routes and what must hold of them."""

    groups: Mapping[str, RoutingGroup]
    """By name."""
    routes: Mapping[str, Route]
    """By name."""
    probes: Mapping[str, tuple[str, ...]]
    """Region -> Cloudflare regions that its health is asked from."""
    unresolved: Unresolved
    """Clients of no known country."""
    eu_strict: StrictCountries
    """Countries whose clients stay in the EEA."""
    not_resident: Mapping[str, str]
    """Country that no plan can keep data in -> why."""
    codes: frozenset[str]
    """Country codes that there are."""

    @property
    def countries(self) -> Mapping[str, Route]:
        """Country -> its route."""
        return {country: route for route in self.routes.values() for country in route.countries}

    @property
    def regions(self) -> frozenset[str]:
        """Regions that serve somebody."""
        return frozenset(name for route in self.routes.values() for name in route.pools)

    def routes_of(self, group: str) -> tuple[Route, ...]:
        """The routes of that group; raises NotInCatalog."""
        name = find("routing group", group, self.groups).name
        return tuple(route for route in self.routes.values() if route.group == name)

    def route(self, country: str, lost: Iterable[str] = (), cloudflare_region: str | None = None) -> tuple[str, ...]:
        """Regions that serve clients of the country, in order, without those `lost`; empty where only the maintenance pool is left.

        `cloudflare_region` is where the client's data centre lies; it decides for routes told apart by it only.

        Raises:
            NotInCatalog: no such country.
        """
        gone = frozenset(lost)
        if country in self.unresolved.codes:
            order = find("routing group", self.unresolved.group, self.groups).regions
        else:
            order = self._chosen(find("country", country, self.countries), cloudflare_region).pools
        return tuple(name for name in order if name not in gone)

    def serving(self, country: str, lost: Iterable[str] = (), cloudflare_region: str | None = None) -> str:
        """The one pool that takes the country's traffic; `maintenance` where no region is left. Raises NotInCatalog."""
        return next(iter(self.route(country, lost, cloudflare_region)), MAINTENANCE)

    def served_by(self, regions: Iterable[str]) -> Self:
        """The same table where only these regions exist."""
        there = frozenset(regions)
        return self.model_copy(
            update={
                field: {name: row.model_copy(update={of: tuple(pool for pool in getattr(row, of) if pool in there)}) for name, row in rows}
                for field, of, rows in (("groups", "regions", self.groups.items()), ("routes", "pools", self.routes.items()))
            }
        )

    def _chosen(self, route: Route, cloudflare_region: str | None) -> Route:
        if not route.cloudflare_regions:
            return route
        beside = (other for other in self.routes_of(route.group) if cloudflare_region in other.cloudflare_regions)
        return next(beside, route)


@functools.cache
def routing() -> RoutingTable:
    """The table of the catalogue."""
    rows = read("routing")
    named = {field: {name: {"name": name, **row} for name, row in rows[field].items()} for field in ("groups", "routes")}
    return RoutingTable.model_validate({**rows, **named, "codes": frozenset(rows["codes"].split())})


def routing_faults(table: RoutingTable) -> Iterator[str]:
    """What is wrong with a table: countries that are unknown, missing or served twice, and pools where they may not be."""
    served = Counter(country for route in table.routes.values() for country in route.countries)
    for country in sorted(served.keys() - table.codes):
        yield f"routes: country code '{country}' is none of ISO 3166-1: correct or remove it"
    for country in sorted(table.codes - served.keys()):
        strict = ", which is EU-strict," if country in table.eu_strict.countries else ""
        yield f"routes: country '{country}'{strict} is missing: name it in one route"
    for country in sorted(country for country, times in served.items() if times > 1):
        yield f"routes: country '{country}' stands in {served[country]} routes: leave it in one"
    for route in table.routes.values():
        yield from _route_faults(table, route)
    yield from _strict_faults(table)


def region_faults(regions: Iterable[str], table: RoutingTable) -> Iterator[str]:
    """Regions of a plan that nobody is sent to."""
    for name in sorted(set(regions) - (table.regions & table.probes.keys())):
        yield f"routes: region '{name}' is missing from the routing table: add it to probes, to a group and to the routes it shall serve"


def residency_claim_faults(claims: Iterable[str], table: RoutingTable) -> Iterator[str]:
    """Claims that the data of a country's clients stays there, which the table does not keep."""
    for country in sorted(set(claims)):
        if country not in table.codes:
            yield f"resident_in: country code '{country}' is none of ISO 3166-1: correct or remove it"
        elif country in table.not_resident:
            yield f"resident_in: residency in {country} cannot be claimed: {table.not_resident[country]}"
        elif outside := [pool for pool in table.route(country) if region(pool).jurisdiction != country]:
            yield f"resident_in: residency in {country} cannot be claimed: {', '.join(outside)} may serve it too and lie elsewhere"


def _route_faults(table: RoutingTable, route: Route) -> Iterator[str]:
    try:
        allowed = find("routing group", route.group, table.groups).regions
    except NotInCatalog as unknown:
        yield f"routes.{route.name}.group: {unknown}"
        return
    for pool in sorted(set(route.pools) - set(allowed)):
        yield f"routes.{route.name}.pools: '{pool}' is outside group {route.group}: its regions are {', '.join(allowed)}"


def _strict_faults(table: RoutingTable) -> Iterator[str]:
    strict, allowed = table.eu_strict.countries, table.eu_strict.jurisdictions
    for route in table.routes.values():
        if not (held := sorted(strict.intersection(route.countries))):
            continue
        group = table.groups.get(route.group)
        beside = () if group is None else group.regions
        for pool in (pool for pool in dict.fromkeys((*route.pools, *beside)) if region(pool).jurisdiction not in allowed):
            yield f"routes.{route.name}.pools: '{pool}' lies outside the EEA but may serve EU-strict {', '.join(held)}: take it out"
        if route.cloudflare_regions:
            yield (
                f"routes.{route.name}.cloudflare_regions: EU-strict {', '.join(held)} must be told apart by country, as the data centre "
                "that answers may lie anywhere: leave it empty"
            )
