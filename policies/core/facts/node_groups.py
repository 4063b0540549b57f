"""Which EKS node groups make one pool, in which zones they lie, and in which they could."""

from collections.abc import Iterator

from components import catalog
from policies.core import tokens
from policies.core.facts.zones import subnets, zones
from policies.core.resource import Resource, Stack

STATEFUL_LABEL = "meridian.dev/stateful"
"""Label by which a program says that a pool's pods own volumes, which never leave their zone: `"true"`."""


def pool(stack: Stack, group: Resource) -> tuple[Resource, ...]:
    """The group and its siblings: groups of the same cluster with the same labels and taints, so that pods cannot tell them apart."""
    kind = _kind(group)
    return tuple(each for each in stack.of_type(tokens.EKS_NODE_GROUP) if each is group or _kind(each) == kind)


def _kind(group: Resource) -> object:
    read = group.properties
    cluster = group.property_dependencies.get("clusterName") or read.text("clusterName")
    taints = {(taint.text("key"), taint.text("value"), taint.text("effect")) for taint in read.sections("taints")}
    return cluster, dict(read.section("labels")), taints


def zones_of(stack: Stack, group: Resource) -> frozenset[str]:
    """Zones of the group's subnets."""
    return zones(subnets(stack, group, "subnetIds", len(group.properties.texts("subnetIds"))))


def is_stateful(group: Resource) -> bool:
    """Whether the program says so."""
    return group.properties.section("labels").text(STATEFUL_LABEL) == "true"


def is_pinned(stack: Stack, group: Resource) -> bool:
    """Whether a capacity reservation or a placement group forces the nodes into one zone (EC2 user guide: both are zonal)."""
    if group.properties.text("capacityType") == "CAPACITY_BLOCK":
        return True
    templates = stack.referents(group, "launchTemplate", tokens.LAUNCH_TEMPLATE)
    return any(
        "groupName" in template.properties.section("placement")
        or "capacityReservationTarget" in template.properties.section("capacityReservationSpecification")
        for template in templates
    )


def zones_offered(group: Resource, zone: str) -> int | None:
    """Zones of the region of `zone` where every instance type of the group is to be had; none if the catalogue cannot tell."""
    region = next((each for each in catalog.regions().values() if zone in each.zones or zone.startswith(each.name)), None)
    types = [catalog.instance_types().get(name) for name in group.properties.texts("instanceTypes")]
    known = [kind for kind in types if kind]
    if region is None or not known:
        return None
    return sum(all(each in kind.zones.get(region.name, ()) for kind in known) for each in region.zones)


def minimum_sizes(groups: tuple[Resource, ...]) -> Iterator[float]:
    """Least number of nodes of each group."""
    return (group.properties.section("scalingConfig").number("minSize", 0) for group in groups)
