"""The picture of a region: its network by zone, its cluster with the nodes, and what keeps data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from meridian.picture.model import Arrangement, Box, Kind, Picture
from meridian.picture.reading import count, own_name, pointed_at, value
from meridian.plan import Plan, Planned

SUBNET = "aws:ec2/subnet:Subnet"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
TIERS = ("public", "private", "data", "pods")
"""Subnets from the internet inwards; what is called otherwise comes after them."""
SHOWN_ENDPOINTS = 16
"""Names of endpoints that still read as one line or two."""
WORDS_PER_LINE = 4


def region_picture(plan: Plan) -> Picture:
    """Network, cluster and stores of a region's Plan; an area without resources is left out."""
    areas = (_network(plan), _cluster(plan), _stores(plan))
    return Picture(title=plan.stack, boxes=tuple(area for area in areas if area.inside))


def _network(plan: Plan) -> Box:
    subnets = plan.of_type(SUBNET)
    zones = sorted({_zone(subnet) for subnet in subnets})
    title = ", ".join(value(vpc.inputs, "cidrBlock") for vpc in plan.of_type("aws:ec2/vpc:Vpc"))
    zone_row = Box(
        key="zones",
        title="",
        kind=Kind.GROUP,
        inside=tuple(_zone_box(plan, zone, [subnet for subnet in subnets if _zone(subnet) == zone]) for zone in zones),
        arrangement=Arrangement.ROW,
    )
    inside = (*_gateways(plan), zone_row) if zones else ()
    return Box(key="network", title=f"Network {title}".rstrip(), kind=Kind.NETWORK, inside=inside)


def _zone(subnet: Planned) -> str:
    return str(value(subnet.inputs, "availabilityZoneId", value(subnet.inputs, "availabilityZone")))


def _zone_box(plan: Plan, zone: str, subnets: list[Planned]) -> Box:
    boxes = sorted((_subnet(plan, subnet, zone) for subnet in subnets), key=lambda box: (_tier_rank(box.title), box.title))
    return Box(key=f"zone:{zone}", title=zone, kind=Kind.ZONE, inside=tuple(boxes))


def _subnet(plan: Plan, subnet: Planned, zone: str) -> Box:
    gateways = [
        gateway for gateway in plan.of_type("aws:ec2/natGateway:NatGateway") if subnet in pointed_at(plan, gateway, "subnetId", SUBNET)
    ]
    return Box(
        key=subnet.urn,
        title=own_name(plan, subnet).removesuffix(f"-{zone}"),
        kind=Kind.SUBNET,
        lines=(str(value(subnet.inputs, "cidrBlock")), *("NAT gateway" for _ in gateways)),
    )


def _tier_rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else len(TIERS)


def _gateways(plan: Plan) -> Iterator[Box]:
    found = [
        *(("Internet gateway", gateway, ()) for gateway in plan.of_type("aws:ec2/internetGateway:InternetGateway")),
        *(
            (f"Network load balancer {own_name(plan, balancer)}", balancer, (_facing(balancer),))
            for balancer in plan.of_type("aws:lb/loadBalancer:LoadBalancer")
        ),
    ]
    boxes = [Box(key=resource.urn, title=title, kind=Kind.GATEWAY, lines=lines) for title, resource, lines in found]
    services = sorted(
        str(value(endpoint.inputs, "serviceName")).split(".", 3)[-1] for endpoint in plan.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    )
    if services:
        boxes.append(
            Box(key="endpoints", title=count(len(services), "VPC endpoint"), kind=Kind.GATEWAY, lines=_wrapped(services[:SHOWN_ENDPOINTS]))
        )
    if boxes:
        yield Box(key="gateways", title="", kind=Kind.GROUP, inside=tuple(boxes), arrangement=Arrangement.ROW)


def _facing(balancer: Planned) -> str:
    return "internal" if value(balancer.inputs, "internal", default=False) else "internet-facing"


def _wrapped(words: list[str]) -> tuple[str, ...]:
    return tuple(", ".join(words[at : at + WORDS_PER_LINE]) for at in range(0, len(words), WORDS_PER_LINE))


def _cluster(plan: Plan) -> Box:
    clusters = plan.of_type("aws:eks/cluster:Cluster")
    title = ", ".join(f"{value(found.inputs, 'name')} (Kubernetes {value(found.inputs, 'version')})" for found in clusters)
    rows = (
        ("Managed node groups", [*_node_groups(plan)]),
        ("Nodes on demand (Karpenter)", [*_node_pools(plan)]),
        ("Add-ons", [*_addons(plan)]),
    )
    inside = tuple(
        Box(key=heading, title=heading, kind=Kind.GROUP, inside=tuple(boxes), arrangement=Arrangement.GRID)
        for heading, boxes in rows
        if boxes
    )
    return Box(key="cluster", title=f"EKS {title}".rstrip(), kind=Kind.CLUSTER, inside=inside)


def _node_groups(plan: Plan) -> Iterator[Box]:
    """One box for a group and its twins in other zones."""
    groups: dict[str, list[Planned]] = {}
    for group in plan.of_type(NODE_GROUP):
        groups.setdefault(str(value(group.inputs, "labels.node-group", group.name)), []).append(group)
    for name, twins in groups.items():
        zones = sorted({_zone(subnet) for group in twins for subnet in pointed_at(plan, group, "subnetIds", SUBNET)})
        types = cast(list[str], value(twins[0].inputs, "instanceTypes", []))
        accelerator = value(twins[0].inputs, "labels.accelerator", "")
        yield Box(
            key=f"nodes:{name}",
            title=f"{name} {accelerator}".rstrip(),
            kind=Kind.GPU if accelerator else Kind.NODES,
            lines=(", ".join(types), _range(twins), ", ".join(zones)),
        )


def _range(twins: list[Planned]) -> str:
    least, most = (sum(int(value(group.inputs, f"scalingConfig.{bound}", 0)) for group in twins) for bound in ("minSize", "maxSize"))
    return f"{least} to {count(most, 'node')}"


def _node_pools(plan: Plan) -> Iterator[Box]:
    for pool in plan.of_type("kubernetes:karpenter.sh/v1:NodePool"):
        limits = cast(Mapping[str, Any], value(pool.inputs, "spec.limits", {}))
        yield Box(
            key=pool.urn,
            title=str(value(pool.inputs, "metadata.name")),
            kind=Kind.GPU if "nvidia.com/gpu" in limits else Kind.NODES,
            lines=tuple(f"at most {limit} {resource.removeprefix('nvidia.com/')}" for resource, limit in limits.items()),
        )


def _addons(plan: Plan) -> Iterator[Box]:
    named = {
        "aws:eks/addon:Addon": ("addonName", "addonVersion"),
        "kubernetes:helm.sh/v3:Release": ("name", "version"),
    }
    for token, (name, version) in named.items():
        for addon in plan.of_type(token):
            yield Box(key=addon.urn, title=str(value(addon.inputs, name)), kind=Kind.PLATFORM, lines=(str(value(addon.inputs, version)),))


def _stores(plan: Plan) -> Box:
    boxes = [
        Box(key=store.urn, title=title(store), kind=Kind.STORE, lines=tuple(lines(store.inputs)))
        for token, (title, lines) in STORES.items()
        for store in plan.of_type(token)
    ]
    return Box(key="stores", title="Data", kind=Kind.STORE, inside=tuple(boxes), arrangement=Arrangement.GRID)


def _tidb(inputs: Mapping[str, Any]) -> Iterator[str]:
    parts = {"pd": "PD", "tikv": "TiKV", "tidb": "TiDB", "tiflash": "TiFlash", "ticdc": "TiCDC", "tiproxy": "TiProxy"}
    for key, name in parts.items():
        if (replicas := value(inputs, f"spec.{key}.replicas", None)) is not None:
            storage = value(inputs, f"spec.{key}.requests.storage", "")
            yield f"{name} {int(replicas)}" + (f" x {storage}" if storage else "")


def _clickhouse(inputs: Mapping[str, Any]) -> Iterator[str]:
    for cluster in cast(list[dict[str, Any]], value(inputs, "spec.configuration.clusters", [])):
        shards, replicas = (int(value(cluster, f"layout.{key}", 1)) for key in ("shardsCount", "replicasCount"))
        yield f"{count(shards, 'shard')} x {count(replicas, 'replica')}"


def _cache(inputs: Mapping[str, Any]) -> Iterator[str]:
    shards, replicas = (int(value(inputs, key, 0)) for key in ("numNodeGroups", "replicasPerNodeGroup"))
    yield f"{count(shards, 'shard')}, {count(replicas, 'replica')} each"
    yield f"{value(inputs, 'nodeType')}, {value(inputs, 'engine')} {value(inputs, 'engineVersion')}"
    if value(inputs, "durability", ""):
        yield "durable"


def _bucket(inputs: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key} {text}" for key, text in cast(Mapping[str, str], value(inputs, "tags", {})).items())


def _vault(inputs: Mapping[str, Any]) -> Iterable[str]:
    return (str(value(inputs, "name")),)


def _object_name(kind: str) -> Callable[[Planned], str]:
    return lambda store: f"{kind} {value(store.inputs, 'metadata.name')}"


STORES: Mapping[str, tuple[Callable[[Planned], str], Callable[[Mapping[str, Any]], Iterable[str]]]] = {
    "kubernetes:pingcap.com/v1alpha1:TidbCluster": (_object_name("TiDB"), _tidb),
    "kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation": (_object_name("ClickHouse"), _clickhouse),
    "kubernetes:clickhouse-keeper.altinity.com/v1:ClickHouseKeeperInstallation": (_object_name("Keeper"), _clickhouse),
    "aws:elasticache/replicationGroup:ReplicationGroup": (lambda store: f"Cache {value(store.inputs, 'replicationGroupId')}", _cache),
    "aws:s3/bucket:Bucket": (lambda store: f"Bucket {value(store.inputs, 'bucket')}", _bucket),
    "aws:backup/vault:Vault": (lambda _: "Backup vault", _vault),
}
"""What keeps data: type -> its title and what is said of it."""
