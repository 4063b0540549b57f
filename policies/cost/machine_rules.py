"""Clusters, nodes and disks that cost more than they need."""

import re
from collections.abc import Iterator
from typing import Any

from components import catalog
from policies.core import cost_tokens, kinds, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import priced, workloads
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

PREVIOUS = re.compile(r"^(?:cache\.|db\.)?(?:t[12]|m[1-4]|c[1-4]|r[34]|i[23]|g[23]|p[23]|x1e?|d2|h1)\.")
"""Families that AWS lists as previous generation, or that their successors beat for less money (EC2 and ElastiCache user guides)."""
OLD_DISKS = frozenset({"gp2", "io1", "standard"})
"""Volume types that gp3 and io2 replace: gp3 costs a fifth less than gp2 (EBS user guide)."""
GPU_MEMORY = "meridian.dev/gpu-memory-gib"
"""Annotation of pods: GiB of a GPU's memory that they use."""
HEAVY = "meridian.dev/traffic"
"""Label of services: `heavy` where they are called with so much that it shows on the bill."""
WHOLE_GPU = "nvidia.com/gpu"
EXPLAINED = ("schedule", "commitment")
"""Tags that say why GPUs are there when nobody needs them: they are stopped at times, or paid for anyway."""


def _cluster(version: str | None, support: str | None = "STANDARD") -> Example:
    given = {} if version is None else {"version": version}
    policy = {} if support is None else {"upgradePolicy": {"supportType": support}}
    return example(resource(tokens.EKS_CLUSTER, {**given, **policy}))


@rule(
    "cost-04",
    on=(tokens.EKS_CLUSTER,),
    severity=Severity.HIGH,
    why="Past standard support a cluster costs six times as much by the hour, without a change of the program.",
    fix='Upgrade version, and set upgradePolicy.supportType to "STANDARD": then AWS upgrades rather than charges.',
    controls=("fsbp:EKS.2",),
    bad=(_cluster("1.33"), _cluster("1.35", "EXTENDED"), _cluster("1.35", None), _cluster(None, None)),
    good=(_cluster("1.35"), _cluster(None)),
)
def cluster_pays_no_surcharge(cluster: Subject) -> Iterator[str]:
    if cluster.properties.section("upgradePolicy").text("supportType", "EXTENDED") != "STANDARD":
        yield "the cluster goes into extended support by itself"
    if priced.is_extended(cluster.resource, cluster.today):
        yield f"standard support of {cluster.properties.text('version')} is over"


def _group(type: str, least: int, **inputs: Any) -> Example:
    scaling = {"desiredSize": max(least, 1), "minSize": least, "maxSize": 8}
    return example(resource(tokens.EKS_NODE_GROUP, {"instanceTypes": [type], "scalingConfig": scaling, **inputs}))


@rule(
    "cost-05",
    on=(tokens.EKS_NODE_GROUP,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A GPU that waits costs as much as one that works: for a night of eight, a month of salary.",
    fix='Set scalingConfig.minSize to 0, capacityType to "SPOT", or say by a tag "schedule" or "commitment" why the group never empties.',
    controls=(),
    bad=(
        _group("g6.xlarge", 1),
        _group("g5.12xlarge", 2, capacityType="ON_DEMAND", tags={"team": "ml"}),
        example(
            resource(
                tokens.EKS_NODE_GROUP,
                {"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1}, "launchTemplate": {"id": "${template.id}"}},
            ),
            template=resource(tokens.LAUNCH_TEMPLATE, {"instanceType": "g6.2xlarge"}),
        ),
    ),
    good=(
        _group("g6.xlarge", 0),
        _group("g6.xlarge", 2, capacityType="SPOT"),
        _group("g6.xlarge", 2, tags={"commitment": "compute-sp-2026"}),
        _group("m7g.large", 3),
    ),
)
def gpus_do_not_wait(group: Subject) -> Iterator[str]:
    least = group.properties.section("scalingConfig").number("minSize", 0)
    types = [name for name in priced.instance_types(group.stack, group.resource) if _has_gpu(name)]
    if not types or not least or group.properties.text("capacityType", "ON_DEMAND") != "ON_DEMAND":
        return
    if not any(tag in group.properties.section("tags") for tag in EXPLAINED):
        yield f"{least:.0f} {types[0]} run on demand whether or not anybody needs them"


def _has_gpu(name: str) -> bool:
    kind = catalog.instance_types().get(name)
    return bool(kind and kind.accelerator)


def _pods(resource_name: str, gibibytes: str | None) -> Draft:
    container = {"name": "model", "image": "x", "resources": {"limits": {resource_name: "1"}}}
    metadata = {} if gibibytes is None else {"metadata": {"annotations": {GPU_MEMORY: gibibytes}}}
    return resource(kinds.DEPLOYMENT[0], {"spec": {"template": {**metadata, "spec": {"containers": [container]}}}})


_L4 = resource(tokens.EKS_NODE_GROUP, {"instanceTypes": ["g6.xlarge"]})


@rule(
    "cost-06",
    on=kinds.DEPLOYMENT,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A model that fills a third of a GPU pays for the two that stand empty beside it.",
    fix=f"Ask for a slice (nvidia.com/mig-1g.5gb) or a shared GPU (nvidia.com/gpu.shared) instead of {WHOLE_GPU}.",
    controls=(),
    bad=(
        example(_pods(WHOLE_GPU, "6"), nodes=_L4),
        example(_pods(WHOLE_GPU, "11"), nodes=_L4),
    ),
    good=(
        example(_pods(WHOLE_GPU, "20"), nodes=_L4),
        example(_pods("nvidia.com/gpu.shared", "6"), nodes=_L4),
        example(_pods(WHOLE_GPU, None), nodes=_L4),
        example(_pods(WHOLE_GPU, "6")),
    ),
)
def small_models_share_gpus(workload: Subject) -> Iterator[str]:
    template = workload.properties.section("spec").section("template")
    used = template.section("metadata").section("annotations").text(GPU_MEMORY)
    if not used or not any(map(_takes_whole, workloads.pod_specs(workload.resource))):
        return
    groups = workload.stack.of_type(tokens.EKS_NODE_GROUP)
    sizes = tuple(known_first(groups, lambda group: _gpu_memory(priced.instance_types(workload.stack, group))))
    if sizes and float(used) <= min(sizes) / 2:
        yield f"pods use {used} GiB of GPUs that have {min(sizes):.0f}"


def _takes_whole(pods: Properties) -> bool:
    return any(WHOLE_GPU in each.section("resources").section("limits") for each in pods.sections("containers"))


def _gpu_memory(names: tuple[str, ...]) -> Iterator[float]:
    found = (catalog.instance_types().get(name) for name in names)
    yield from (kind.gpu_memory_gib / kind.gpu_count for kind in found if kind and kind.gpu_count)


def _template(type: str, disk: str | None = "gp3") -> Example:
    volume = {"volumeSize": 50, **({} if disk is None else {"volumeType": disk})}
    return example(
        resource(tokens.LAUNCH_TEMPLATE, {"instanceType": type, "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": volume}]})
    )


@rule(
    "cost-07",
    on=(
        *(tokens.LAUNCH_TEMPLATE, tokens.EKS_NODE_GROUP, tokens.EBS_VOLUME, tokens.INSTANCE),
        *(tokens.ELASTICACHE_REPLICATION_GROUP, cost_tokens.ELASTICACHE_CLUSTER),
    ),
    severity=Severity.MEDIUM,
    why="Old machines and disks do less for more: gp2 costs a quarter more than gp3 and m4 more than m7g for half the work.",
    fix='Set instance types of the sixth generation or later, volumeType "gp3" or "io2", nodeType "cache.m7g…" or "cache.r7g…".',
    controls=(),
    bad=(
        _template("m4.large"),
        _template("m7g.large", "gp2"),
        _template("m7g.large", None),
        _group("c4.xlarge", 1),
        example(resource(tokens.EBS_VOLUME, {"type": "io1"})),
        example(resource(tokens.EBS_VOLUME, {"size": 10})),
        example(resource(tokens.INSTANCE, {"instanceType": "t2.micro"})),
        example(resource(tokens.ELASTICACHE_REPLICATION_GROUP, {"nodeType": "cache.m4.large"})),
        example(resource(cost_tokens.ELASTICACHE_CLUSTER, {"nodeType": "cache.t2.micro"})),
    ),
    good=(
        _template("m7g.large"),
        _group("c7i.xlarge", 1),
        example(resource(tokens.EBS_VOLUME, {"type": "gp3"})),
        example(resource(tokens.EBS_VOLUME, {"type": "st1"})),
        example(resource(tokens.ELASTICACHE_REPLICATION_GROUP, {"nodeType": "cache.r7g.large"})),
    ),
)
def machines_are_of_this_generation(machine: Subject) -> Iterator[str]:
    read = machine.properties
    types = (*read.texts("instanceTypes"), read.text("instanceType"), read.text("nodeType"))
    yield from (f"{name} is of a previous generation" for name in types if PREVIOUS.match(name))
    if machine.resource.type == tokens.EBS_VOLUME and read.text("type", "gp2") in OLD_DISKS:
        yield f"the volume is {read.text('type', 'gp2')}"
    yield from known_first(read.sections("blockDeviceMappings"), _old_disk)


def _old_disk(mapping: Properties) -> Iterator[str]:
    """A mapping that says no type gets gp2 unless the image says else (EC2 API, EbsBlockDevice)."""
    if "ebs" in mapping and mapping.section("ebs").text("volumeType", "gp2") in OLD_DISKS:
        yield f"{mapping.text('deviceName')} is {mapping.section('ebs').text('volumeType', 'gp2')}"


def _service(metadata: dict[str, Any], **spec: Any) -> Example:
    return example(resource("kubernetes:core/v1:Service", {"metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}))


_BUSY = {"labels": {HEAVY: "heavy"}}


@rule(
    "cost-09",
    on=("kubernetes:core/v1:Service",),
    severity=Severity.MEDIUM,
    why="Traffic between zones is paid for at both ends; two of three calls cross one unless somebody says else.",
    fix="Set spec.trafficDistribution to PreferSameZone, before Kubernetes 1.34 PreferClose; or service.kubernetes.io/topology-mode: Auto.",
    controls=(),
    bad=(_service(_BUSY), _service(_BUSY, trafficDistribution="")),
    good=(
        _service(_BUSY, trafficDistribution="PreferClose"),
        _service({**_BUSY, "annotations": {"service.kubernetes.io/topology-mode": "Auto"}}),
        _service({}),
        _service(_BUSY, clusterIP="None"),
    ),
)
def busy_services_stay_in_their_zone(service: Subject) -> Iterator[str]:
    metadata, spec = service.properties.section("metadata"), service.properties.section("spec")
    if metadata.section("labels").text(HEAVY) != "heavy" or spec.text("clusterIP") == "None":
        return
    annotations = metadata.section("annotations")
    told = any(annotations.text(f"service.kubernetes.io/topology-{word}").lower() == "auto" for word in ("mode", "aware-hints"))
    if not spec.text("trafficDistribution") and not told:
        yield "its callers reach it in any zone"
