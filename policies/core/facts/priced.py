"""What a resource costs a month whether or not anybody comes: its fixed part, at list price.

What is paid by use (requests, gigabytes moved or logged) has no quantity in a program and is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from components import catalog
from components.catalog.prices import HOURS_A_MONTH, monthly
from policies.core import cost_tokens, edge_tokens, tokens
from policies.core.facts import providers
from policies.core.resource import Resource, Stack
from policies.core.verdict import known_first


@dataclass(frozen=True)
class Line:
    """One thing that is paid for."""

    resource: Resource
    """Who causes it."""
    item: str
    """Row of the catalogue, e.g. `ec2/m7g.large`."""
    quantity: float
    """Units a month."""
    usd: float | None
    """Cost a month; none where the catalogue has no price for the region."""


Quantities = Iterator[tuple[str, float]]
"""Item and units a month."""


def lines(stack: Stack, resource: Resource, today: date) -> Iterator[Line]:
    """What the resource costs. Raises Undecided where what decides is not known yet."""
    for item, quantity in QUANTITIES[resource.type](stack, resource, today):
        yield Line(resource, item, quantity, monthly(item, providers.region(stack, resource), quantity) if quantity else 0.0)


def all_lines(stack: Stack, today: date) -> Iterator[Line]:
    """What the whole stack costs; what is unknown raises Undecided after the rest."""
    return known_first(stack.of_type(*QUANTITIES), lambda each: lines(stack, each, today))


def hourly(item: str, region: str) -> float | None:
    """USD an hour of something that is paid by the hour; none without a price."""
    return monthly(item, region, 1)


def total(given: Iterable[Line]) -> float:
    """USD a month of what has a price."""
    return sum(line.usd or 0.0 for line in given)


def unpriced(given: Iterable[Line]) -> tuple[str, ...]:
    """Items without a price, sorted."""
    return tuple(sorted({line.item for line in given if line.usd is None}))


def first(stack: Stack, *kinds: str) -> Resource:
    """The resource that a finding about the whole stack is told of: the first of these types by URN."""
    return min(stack.of_type(*kinds), key=lambda each: each.urn)


def is_extended(cluster: Resource, today: date) -> bool:
    """Whether the cluster's version is past standard support: its hour then costs six times as much. No version is the newest; one that is
    older than all of the catalogue is past it.
    """
    minor, known = cluster.properties.text("version"), catalog.eks_versions()
    if minor in known:
        return today > known[minor].end_of_standard_support
    return bool(minor) and _number(minor) < min(map(_number, known))


def _number(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split(".") if part.isdigit())


def instance_types(stack: Stack, group: Resource) -> tuple[str, ...]:
    """Types of a group's nodes, the preferred one first: its own, else its template's, else t3.medium (EKS API, CreateNodegroup)."""
    own = tuple(group.properties.texts("instanceTypes"))
    templates = stack.referents(group, "launchTemplate", tokens.LAUNCH_TEMPLATE)
    of_template = tuple(each.properties.text("instanceType") for each in templates if "instanceType" in each.properties)
    return own or of_template or ("t3.medium",)


def nodes(group: Resource) -> float:
    """Nodes that a group starts with."""
    scaling = group.properties.section("scalingConfig")
    return scaling.number("desiredSize", scaling.number("minSize", 0))


def _hour(item: str) -> Callable[[Stack, Resource, date], Quantities]:
    return lambda stack, resource, today: iter(((item, HOURS_A_MONTH),))


def _unit(item: str) -> Callable[[Stack, Resource, date], Quantities]:
    return lambda stack, resource, today: iter(((item, 1.0),))


def _cluster(stack: Stack, cluster: Resource, today: date) -> Quantities:
    yield f"eks/control-plane-{'extended' if is_extended(cluster, today) else 'standard'}", HOURS_A_MONTH


def _node_group(stack: Stack, group: Resource, today: date) -> Quantities:
    """A spot price is of the moment, so it has no row."""
    count = nodes(group)
    market = "ec2" if group.properties.text("capacityType", "ON_DEMAND") == "ON_DEMAND" else "ec2-spot"
    yield f"{market}/{instance_types(stack, group)[0]}", count * HOURS_A_MONTH
    for template in stack.referents(group, "launchTemplate", tokens.LAUNCH_TEMPLATE):
        for mapping in template.properties.sections("blockDeviceMappings"):
            disk = mapping.section("ebs")
            yield f"ebs/{disk.text('volumeType', 'gp2')}-storage", count * disk.number("volumeSize", 0)


def _volume(stack: Stack, volume: Resource, today: date) -> Quantities:
    yield f"ebs/{volume.properties.text('type', 'gp2')}-storage", volume.properties.number("size", 0)


def _cache(stack: Stack, cache: Resource, today: date) -> Quantities:
    read = cache.properties
    shards = read.number("numNodeGroups", 1) * (1 + read.number("replicasPerNodeGroup", 0))
    engine = "elasticache" if read.text("engine", "redis") == "valkey" else "elasticache-redis"
    yield f"{engine}/{read.text('nodeType')}", read.number("numCacheClusters", shards) * HOURS_A_MONTH


def _endpoint(stack: Stack, endpoint: Resource, today: date) -> Quantities:
    if endpoint.properties.text("vpcEndpointType", "Gateway") == "Interface":
        yield "vpc-endpoint/interface-hour", max(len(endpoint.properties.texts("subnetIds")), 1) * HOURS_A_MONTH


def _balancer(stack: Stack, balancer: Resource, today: date) -> Quantities:
    kind = "nlb" if balancer.properties.text("loadBalancerType", "application") == "network" else "alb"
    yield f"elb/{kind}-hour", HOURS_A_MONTH


QUANTITIES: Mapping[str, Callable[[Stack, Resource, date], Quantities]] = {
    tokens.EKS_CLUSTER: _cluster,
    tokens.EKS_NODE_GROUP: _node_group,
    tokens.EBS_VOLUME: _volume,
    tokens.ELASTICACHE_REPLICATION_GROUP: _cache,
    tokens.NAT_GATEWAY: _hour("nat-gateway/hour"),
    tokens.VPC_ENDPOINT: _endpoint,
    tokens.KMS_KEY: _unit("kms/customer-key"),
    cost_tokens.EIP: _hour("public-ipv4/in-use-address"),
    cost_tokens.METRIC_ALARM: _unit("cloudwatch/alarm-standard"),
    cost_tokens.SECRET: _unit("secrets-manager/secret"),
    **dict.fromkeys(edge_tokens.AWS_LOAD_BALANCER, _balancer),
    **{
        token: _hour(f"{token.split(':')[1]} (no rows)")
        for token in (
            *(tokens.DOCUMENTDB_CLUSTER, tokens.FSX_LUSTRE_FILE_SYSTEM, tokens.MSK_CLUSTER, tokens.OPENSEARCH_DOMAIN),
            *(tokens.RDS_CLUSTER, tokens.RDS_INSTANCE, tokens.INSTANCE),
        )
    },
}
"""Type -> what is paid for. Those at the end cost money by the hour, and the catalogue has no rows for them."""
