"""Availability zones: a region must survive losing one."""

from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import node_groups, routes, zones
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

_ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")


def _subnets(*placed: str) -> dict[str, Draft]:
    """Subnets `a`, `b`, `c`, … in these zones."""
    return {name: resource(tokens.SUBNET, {"availabilityZoneId": zone}) for name, zone in zip("abcdef", placed, strict=False)}


def _cluster(*placed: str) -> Example:
    """A cluster over subnets in these zones."""
    subnets = _subnets(*placed)
    return example(resource(tokens.EKS_CLUSTER, {"vpcConfig": {"subnetIds": [f"${{{name}.id}}" for name in subnets]}}), **subnets)


@rule(
    "rel-01",
    on=(tokens.EKS_CLUSTER,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="The control plane and the load balancers lie in the cluster's subnets: of two zones, losing one leaves no spare.",
    fix="Give vpc_config.subnet_ids of subnets in at least min_zones zones.",
    controls=("soc2:A1.2",),
    settings=("min_zones",),
    bad=(_cluster("euw1-az1", "euw1-az2"), _cluster("euw1-az1", "euw1-az1", "euw1-az1")),
    good=(_cluster(*_ZONES), _cluster("eu-west-1a", "eu-west-1b", "eu-west-1c")),
)
def cluster_lies_in_three_zones(cluster: Subject) -> Iterator[str]:
    count = len(cluster.properties.section("vpcConfig").texts("subnetIds"))
    spanned = zones.zones(zones.subnets(cluster.stack, cluster.resource, "vpcConfig", count))
    if len(spanned) < cluster.settings.min_zones:
        yield f"subnets lie in {', '.join(sorted(spanned)) or 'no zone'}: {cluster.settings.min_zones} zones are wanted"


def _nodes(subnets: str = "abc", minimum: int = 3, /, **inputs: Any) -> Draft:
    """A node group in the subnets of these names."""
    return resource(
        tokens.EKS_NODE_GROUP,
        {"clusterName": "blue", "subnetIds": [f"${{{name}.id}}" for name in subnets], "scalingConfig": {"minSize": minimum}, **inputs},
    )


_DATA = {"labels": {node_groups.STATEFUL_LABEL: "true", "pool": "data"}}
_A100 = {"instanceTypes": ["p4d.24xlarge"]}


@rule(
    "rel-02",
    on=(tokens.EKS_NODE_GROUP,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A pod that owns a volume restarts in its zone only: a group over several may have none there. All others must outlive a zone.",
    fix=(
        "Stateless: subnet_ids in min_zones zones, or in all where the instance type is offered. "
        "Stateful (label meridian.dev/stateful=true): one group in each zone with equal scaling_config.min_size. "
        "Groups of equal labels and taints count as one pool."
    ),
    controls=("fsbp:AutoScaling.2",),
    settings=("min_zones",),
    bad=(
        example(_nodes("ab"), **_subnets(*_ZONES)),
        example(_nodes("abc", **_DATA), **_subnets(*_ZONES)),
        example(_nodes("a", **_DATA), **_subnets(*_ZONES)),
        example(_nodes("a", **_DATA), second=_nodes("b", **_DATA), third=_nodes("c", 1, **_DATA), **_subnets(*_ZONES)),
        example(_nodes("a"), second=_nodes("b"), third=_nodes("c", 1), **_subnets(*_ZONES)),
        example(_nodes("a"), other=_nodes("bc", labels={"pool": "other"}), **_subnets(*_ZONES)),
        example(_nodes("ab", instanceTypes=["m6g.large"]), **_subnets(*_ZONES)),
        example(_nodes(""), **_subnets(*_ZONES)),
    ),
    good=(
        example(_nodes("abc"), **_subnets(*_ZONES)),
        example(_nodes("abc"), twin=_nodes("abc", 1), **_subnets(*_ZONES)),
        example(_nodes("a", **_DATA), second=_nodes("b", **_DATA), third=_nodes("c", **_DATA), **_subnets(*_ZONES)),
        example(_nodes("a", capacityType="CAPACITY_BLOCK"), **_subnets(*_ZONES)),
        example(_nodes("b", **_A100), **_subnets(*_ZONES)),
        example(
            _nodes("a", launchTemplate={"id": "${template.id}"}),
            template=resource(tokens.LAUNCH_TEMPLATE, {"placement": {"groupName": "fabric"}}),
            **_subnets(*_ZONES),
        ),
    ),
)
def node_pool_outlives_a_zone(nodes: Subject) -> Iterator[str]:
    stack, group = nodes.stack, nodes.resource
    if node_groups.is_pinned(stack, group):
        return
    own = node_groups.zones_of(stack, group)
    if len(own) > 1 and node_groups.is_stateful(group):
        yield "a stateful group spans zones: its volumes cannot follow their pods"
    if len(own) < nodes.settings.min_zones:
        yield from _pool(nodes, node_groups.pool(stack, group))


def _pool(nodes: Subject, pool: tuple[Resource, ...]) -> Iterator[str]:
    """What is wrong with the groups together, where the one at hand does not outlive a zone by itself."""
    placed = [node_groups.zones_of(nodes.stack, each) for each in pool]
    spanned = sorted(frozenset[str]().union(*placed))
    if len(spanned) < nodes.settings.min_zones and (wanted := _wanted(nodes, spanned)) > len(spanned):
        yield f"the pool lies in {', '.join(spanned) or 'no zone'}: {wanted} zones are wanted"
    by_zone = len(pool) > 1 and all(len(each) == 1 for each in placed)
    if by_zone and len(sizes := set(node_groups.minimum_sizes(pool))) > 1:
        yield f"the zones of the pool differ in minimum size: {', '.join(f'{size:.0f}' for size in sorted(sizes))}"


def _wanted(nodes: Subject, spanned: list[str]) -> int:
    """Zones that the pool should span: fewer than the setting where its instance types are offered in fewer."""
    offered = node_groups.zones_offered(nodes.resource, spanned[0]) if spanned else None
    return nodes.settings.min_zones if offered is None else min(nodes.settings.min_zones, offered)


_ZONAL = resource(tokens.NAT_GATEWAY, {"subnetId": "${public.id}"})
_TABLE = resource(tokens.ROUTE_TABLE, {"vpcId": "${vpc.id}"})
_ROUTE = resource(tokens.ROUTE, {"routeTableId": "${table.id}", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "${subject.id}"})


def _egress(gateway: Draft, *, served_zone: str, table: Draft = _TABLE, **others: Draft) -> Example:
    """A NAT gateway in the first zone that a subnet of another or the same zone routes through."""
    return example(
        gateway,
        vpc=resource(tokens.VPC),
        public=resource(tokens.SUBNET, {"vpcId": "${vpc.id}", "availabilityZoneId": "euw1-az1"}),
        private=resource(tokens.SUBNET, {"vpcId": "${vpc.id}", "availabilityZoneId": served_zone}),
        table=table,
        association=resource(tokens.ROUTE_TABLE_ASSOCIATION, {"subnetId": "${private.id}", "routeTableId": "${table.id}"}),
        **others,
    )


@rule(
    "rel-07",
    on=(tokens.NAT_GATEWAY,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="When the zone of a shared NAT gateway is lost, the others lose their way out too; until then traffic between zones is paid for.",
    fix='Put one NAT gateway into each zone and route its subnets to it, or set availability_mode="regional".',
    controls=(),
    bad=(
        _egress(_ZONAL, served_zone="euw1-az2", route=_ROUTE),
        _egress(
            _ZONAL,
            served_zone="euw1-az3",
            table=resource(tokens.ROUTE_TABLE, {"routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "${subject.id}"}]}),
        ),
    ),
    good=(
        _egress(_ZONAL, served_zone="euw1-az1", route=_ROUTE),
        _egress(_ZONAL, served_zone="euw1-az2"),
        _egress(resource(tokens.NAT_GATEWAY, {"availabilityMode": "regional", "vpcId": "${vpc.id}"}), served_zone="euw1-az2", route=_ROUTE),
    ),
)
def nat_gateway_serves_its_own_zone(gateway: Subject) -> Iterator[str]:
    if gateway.properties.text("availabilityMode", "zonal") == "regional":
        return
    own = zones.zones(zones.subnets(gateway.stack, gateway.resource, "subnetId", 1))
    yield from known_first(gateway.stack.of_type(tokens.SUBNET), lambda subnet: _guest(gateway, subnet, own))


def _guest(gateway: Subject, subnet: Resource, own: frozenset[str]) -> Iterator[str]:
    tables = routes.route_tables(gateway.stack, subnet)
    through = any(gateway.resource is nat for table in tables for nat in routes.nat_gateways(gateway.stack, table))
    if through and (zone := zones.zone(subnet)) not in own:
        yield f"subnet {subnet.name} in {zone} routes through a gateway in {', '.join(sorted(own)) or 'no known zone'}"
