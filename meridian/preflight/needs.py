"""What a Plan needs of its account and region: read from the Plan, nothing asked of a cloud."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from components.catalog.loader import instance_type
from components.catalog.quotas import vcpu_quota
from meridian.plan import Plan, Planned

CLUSTER, NODE_GROUP, ADDON = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon"
SUBNET, RULES = "aws:ec2/subnet:Subnet", ("aws:vpc/securityGroupIngressRule:", "aws:vpc/securityGroupEgressRule:")

COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "aws:ec2/vpc:Vpc": "vpcs",
        "aws:ec2/internetGateway:InternetGateway": "internet-gateways",
        "aws:ec2/eip:Eip": "elastic-ips",
        SUBNET: "subnets",
        "aws:ec2/routeTable:RouteTable": "route-tables",
        "aws:ec2/vpcEndpoint:VpcEndpoint": "interface-endpoints",
        CLUSTER: "clusters",
        NODE_GROUP: "node-groups",
        "aws:lb/loadBalancer:LoadBalancer": "network-load-balancers",
    }
)
"""Type -> quota that each one counts against."""
NAMED: Mapping[str, str] = MappingProxyType(
    {
        "aws:s3/bucket:Bucket": "bucket",
        CLUSTER: "name",
        "aws:kms/alias:Alias": "name",
        "aws:cloudwatch/logGroup:LogGroup": "name",
        "aws:iam/role:Role": "name",
        "aws:sqs/queue:Queue": "name",
    }
)
"""Type -> input with its physical name, where the program chose one: two of a name cannot be."""
SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "backup": "backup",
        "cloudwatch/eventRule": "events",
        "cloudwatch/logGroup": "logs",
        "cloudwatch/metricAlarm": "cloudwatch",
        "ec2": "ec2",
        "eks": "eks",
        "elasticache": "elasticache",
        "kms": "kms",
        "lb": "elb",
        "s3": "s3",
        "secretsmanager": "secretsmanager",
        "sqs": "sqs",
    }
)
"""Module of the SDK, or one type of it -> service, as Systems Manager's public parameters spell it."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Everything that must be there before the first update."""

    account_id: str
    """The only account that the stack may touch."""
    region: str
    """Region code."""
    zones: tuple[str, ...]
    """Zone ids."""
    types: Mapping[str, frozenset[str]]
    """Instance type -> zones of which at least one must offer it; every zone where nothing else is there to start."""
    version: str
    """Kubernetes minor."""
    addons: Mapping[str, str]
    """Add-on -> version."""
    services: frozenset[str]
    """AWS services, as Systems Manager spells them."""
    at_once: Mapping[str, int]
    """Quota -> how much the first update takes."""
    at_most: Mapping[str, int]
    """Quota -> how much full node groups take, above what the first update does."""
    names: tuple[tuple[str, str], ...]
    """Type and physical name of what must not exist yet."""


def needs(plan: Plan, *, account_id: str, region: str) -> Needs:
    """What the Plan of a region's stack needs."""
    clusters, made = plan.of_type(CLUSTER), plan.made
    return Needs(
        account_id=account_id,
        region=region,
        zones=tuple(sorted({each.inputs["availabilityZoneId"] for each in plan.of_type(SUBNET)})),
        types=_types(plan),
        version=clusters[0].inputs["version"] if clusters else "",
        addons={each.inputs["addonName"]: each.inputs["addonVersion"] for each in plan.of_type(ADDON)},
        services=frozenset(filter(None, map(_service, made))),
        at_once=_counts(plan) + _vcpus(plan, "minSize"),
        at_most=_vcpus(plan, "maxSize"),
        names=tuple(sorted(_names(plan))),
    )


def zones_of(plan: Plan, group: Planned) -> frozenset[str]:
    """Zones that a node group may start nodes in."""
    subnets = (plan.by_urn[urn] for urn in group.property_dependencies.get("subnetIds", ()))
    return frozenset(each.inputs["availabilityZoneId"] for each in subnets if each.type == SUBNET)


def _types(plan: Plan) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in plan.of_type(NODE_GROUP):
        for name in group.inputs["instanceTypes"]:
            found[name] = found.get(name, frozenset()) | zones_of(plan, group)
    return dict(sorted(found.items()))


def _counts(plan: Plan) -> "Counter[str]":
    counted = Counter(COUNTED[each.type] for each in plan.made if each.type in COUNTED and _is_counted(each))
    blocks = 1 + len(plan.of_type("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"))
    gateways = Counter(_zones_behind(plan, each) for each in plan.of_type("aws:ec2/natGateway:NatGateway"))
    sizes = [int(each.inputs["scalingConfig"]["maxSize"]) for each in plan.of_type(NODE_GROUP)]
    rules = Counter(
        (kind, urn) for kind in RULES for each in made_of(plan, kind) for urn in each.property_dependencies.get("securityGroupId", ())
    )
    return counted + Counter(
        {
            "cidr-blocks": blocks,
            "nat-gateways-per-zone": max(gateways.values(), default=0),
            "nodes-per-group": max(sizes, default=0),
            "security-group-rules": max(rules.values(), default=0),
        }
    )


def made_of(plan: Plan, prefix: str) -> Iterator[Planned]:
    """Resources whose type begins so."""
    return (each for each in plan.made if each.type.startswith(prefix))


def _is_counted(resource: Planned) -> bool:
    """Gateway endpoints have a quota of their own, far away."""
    return resource.inputs.get("vpcEndpointType", "Interface") == "Interface"


def _zones_behind(plan: Plan, gateway: Planned) -> str:
    subnets = (plan.by_urn[urn] for urn in gateway.property_dependencies.get("subnetId", ()))
    return next((each.inputs["availabilityZoneId"] for each in subnets if each.type == SUBNET), "")


def _vcpus(plan: Plan, size: str) -> "Counter[str]":
    """VCPUs by quota, each group with the largest of its types: which one EC2 gives, nobody knows before."""
    found: Counter[str] = Counter()
    for group in plan.of_type(NODE_GROUP):
        largest = max(map(instance_type, group.inputs["instanceTypes"]), key=lambda kind: kind.vcpu)
        name = vcpu_quota(largest.name, spot=group.inputs.get("capacityType") == "SPOT").name
        found[name] += largest.vcpu * int(group.inputs["scalingConfig"][size])
    return found


def _service(resource: Planned) -> str:
    module = resource.type.removeprefix("aws:").partition(":")[0] if resource.type.startswith("aws:") else ""
    return next((service for known, service in SERVICES.items() if module == known or module.startswith(f"{known}/")), "")


def _names(plan: Plan) -> Iterator[tuple[str, str]]:
    for each in plan.made:
        named: Any = each.inputs.get(NAMED.get(each.type, ""))
        if isinstance(named, str) and NAMED[each.type] not in each.unknown:
            yield each.type, named
