"""Regional Services: which host names decrypt in which region, and what cannot be used with them."""

from collections.abc import Iterable, Iterator, Mapping

from components.catalog.cloudflare_plans import regional_conflicts
from components.catalog.loader import find
from components.edge.site import EdgeSite


def regional_faults(regions: Mapping[str, str], features: Iterable[str]) -> Iterator[str]:
    """A line for each feature in use that Regional Services refuses; none while no host name is bound to a region.

    `regions` is host name -> region key, `features` are names of `catalog.cloudflare_plans.regional_conflicts`; others raise NotInCatalog.
    """
    for feature in dict.fromkeys(features):
        conflict = find("feature of Regional Services", feature, regional_conflicts())
        if regions:
            hosts = ", ".join(sorted(regions))
            yield f"{conflict.title} does not work on regionalised host names ({hosts}): {conflict.remedy}"


def regional_plan_faults(site: EdgeSite, regions: Mapping[str, str]) -> Iterator[str]:
    """A line if the zone's plan has no Regional Services, and one for each host name outside the zone."""
    if regions and (lacking := site.lacks("regional-services")):
        yield f"regional_hosts: {lacking}"
    yield from host_faults(site, "regional_hosts", regions)


def host_faults(site: EdgeSite, knob: str, hostnames: Iterable[str]) -> Iterator[str]:
    """A line for each host name that is not in the zone."""
    for hostname in hostnames:
        if not site.covers(hostname.removeprefix("*.")):
            yield f"{knob}: {hostname}: not in zone {site.domain}: name a host of the zone"
