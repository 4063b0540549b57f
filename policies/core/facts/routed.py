"""Where a load balancer of the edge sends whom."""

import re

from components import catalog
from components.catalog.routing import routing
from policies.core.resource import Resource

REGION = re.compile("|".join(sorted(catalog.regions(), key=len, reverse=True)))
"""A region of the catalogue in any text."""


def strict_regions() -> frozenset[str]:
    """Regions that may serve people of the EEA."""
    inside = routing().eu_strict.jurisdictions
    return frozenset(name for name, region in catalog.regions().items() if region.jurisdiction in inside)


def allowed_regions(country: str) -> frozenset[str]:
    """Regions that may serve clients of a country: those of the EEA for its people, else those of the country's group in the catalogue."""
    table = routing()
    if country in table.eu_strict.countries:
        return strict_regions()
    route = table.countries.get(country)
    return frozenset(table.groups[route.group].regions) if route else frozenset(catalog.regions())


def region_of(pool: Resource) -> str:
    """Region of a pool's origins, by its name or by theirs; empty where nothing names one, as for a page of regrets."""
    named = REGION.search(pool.properties.text("name")) or REGION.search(pool.name)
    if named:
        return named[0]
    addresses = (REGION.search(origin.text("address")) for origin in pool.properties.sections("origins"))
    return next((found[0] for found in addresses if found), "")


def strict_countries(balancer: Resource) -> frozenset[str]:
    """Countries of the EEA, and what is treated alike, that a load balancer sends somewhere by name."""
    return routing().eu_strict.countries.intersection(balancer.properties.section("countryPools"))
