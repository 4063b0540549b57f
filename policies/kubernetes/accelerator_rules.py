"""GPUs, and what autoscalers may ask for: nodes for those who need them, and enough of them."""

from collections.abc import Iterator
from typing import Any

from components import catalog
from policies.core import kinds, tokens
from policies.core.example import Draft, example, resource
from policies.core.facts import quantities, workloads
from policies.core.facts.pods import PODS, containers
from policies.core.resource import Resource, Stack
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

GPU = "nvidia.com/gpu"
"""Resource of NVIDIA's device plugin, and by custom the key of the taint of nodes that have it."""
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
"""Label by which Karpenter's requirements name types."""
CATEGORY = "karpenter.k8s.aws/instance-category"
"""Label by which they name the first letters of types: `g` and `p` have GPUs (Karpenter, well-known labels)."""


def _pod(limits: dict[str, str] | None = None, token: str = kinds.JOB[0], **pod: Any) -> Draft:
    spec = {"containers": [{"name": "main", "image": "a", "resources": {"limits": limits or {GPU: "1"}}}], **pod}
    return resource(token, {"spec": {"template": {"spec": spec}}})


_TOLERANT: dict[str, Any] = {"tolerations": [{"key": GPU, "operator": "Exists"}], "nodeSelector": {"nvidia.com/gpu.present": "true"}}
_CHOOSING: dict[str, Any] = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}]}}}}
_TAINT = {"key": GPU, "value": "true", "effect": "NoSchedule"}


def _pool(key: str, *values: str, taints: list[dict[str, str]] | None = None, limits: dict[str, str] | None = None) -> Draft:
    spec = {"requirements": [{"key": key, "operator": "In", "values": list(values)}], "taints": taints or []}
    return resource(kinds.KARPENTER_NODE_POOL[0], {"spec": {"template": {"spec": spec}, **({"limits": limits} if limits else {})}})


def _group(*types: str, taints: list[dict[str, str]] | None = None, most: int = 4) -> Draft:
    inputs = {"instanceTypes": list(types), "taints": taints or [], "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": most}}
    return resource(tokens.EKS_NODE_GROUP, inputs)


@rule(
    "k8s-28",
    on=(*PODS, *kinds.KARPENTER_NODE_POOL, tokens.EKS_NODE_GROUP),
    severity=Severity.MEDIUM,
    why="Nodes with GPUs cost ten times others: without a taint anything is put there and keeps them up, and what needs them waits.",
    fix=f"Taint the nodes {GPU}=true:NoSchedule; give the pods that ask for a GPU that toleration and a nodeSelector or node affinity.",
    controls=(),
    bad=(
        example(_pod()),
        example(_pod(tolerations=_TOLERANT["tolerations"])),
        example(_pod(nodeSelector=_TOLERANT["nodeSelector"])),
        example(_pod(token=kinds.DEPLOYMENT[0], tolerations=[{"key": "dedicated", "operator": "Exists"}], **_CHOOSING)),
        example(_pool(CATEGORY, "g", "p")),
        example(_pool(INSTANCE_TYPE, "g5.2xlarge")),
        example(_group("g5.2xlarge")),
        example(_group("p5.48xlarge", taints=[{**_TAINT, "effect": "PREFER_NO_SCHEDULE"}])),
    ),
    good=(
        example(_pod(**_TOLERANT)),
        example(_pod(tolerations=[{"operator": "Exists"}], **_CHOOSING)),
        example(_pod(limits={"memory": "1Gi"})),
        example(_pod(limits={GPU: "0"})),
        example(_pool(CATEGORY, "g", taints=[_TAINT])),
        example(_pool(CATEGORY, "c", "m")),
        example(_group("g5.2xlarge", taints=[{**_TAINT, "effect": "NO_SCHEDULE"}])),
        example(_group("m7i.large")),
    ),
)
def accelerators_are_for_those_who_ask(subject: Subject) -> Iterator[str]:
    if subject.resource.type in kinds.KARPENTER_NODE_POOL:
        spec = subject.properties.section("spec").section("template").section("spec")
        yield from _untainted(spec, has_gpus=any(known_first(spec.sections("requirements"), _wants_gpus)))
    elif subject.resource.type == tokens.EKS_NODE_GROUP:
        yield from _untainted(subject.properties, has_gpus=any(_has_gpus(each) for each in subject.properties.texts("instanceTypes")))
    else:
        asking = known_first(containers(subject.resource), lambda each: [each.pod] if _gpus(each.properties) else [])
        yield from known_first(asking, _astray)


def _untainted(holder: Properties, *, has_gpus: bool) -> Iterator[str]:
    kept = ("noschedule", "noexecute")
    if has_gpus and not any(each.text("effect").replace("_", "").lower() in kept for each in holder.sections("taints")):
        yield "its nodes have GPUs and take any pod"


def _wants_gpus(requirement: Properties) -> Iterator[str]:
    key = requirement.text("key")
    if requirement.text("operator") == "In":
        values = requirement.texts("values")
        yield from (each for each in values if key == INSTANCE_TYPE and _has_gpus(each))
        yield from (each for each in values if key == CATEGORY and each in ("g", "p"))
        yield from (each for each in values if key.startswith("karpenter.k8s.aws/instance-gpu"))


def _has_gpus(name: str) -> bool:
    kind = catalog.instance_types().get(name)
    return kind.gpu_count > 0 if kind else name.startswith(("g4", "g5", "g6", "gr6", "p3", "p4", "p5", "p6"))


def _gpus(container: Properties) -> float:
    return quantities.number(container.section("resources").section("limits").text(GPU, "0"))


def _astray(pod: Properties) -> Iterator[str]:
    if not any(_tolerates(each) for each in pod.sections("tolerations")):
        yield f"it asks for a GPU and tolerates no taint {GPU}"
    affinity = pod.section("affinity").section("nodeAffinity")
    if not len(pod.section("nodeSelector")) and "requiredDuringSchedulingIgnoredDuringExecution" not in affinity:
        yield "it asks for a GPU and chooses no nodes"


def _tolerates(toleration: Properties) -> bool:
    key = toleration.text("key")
    return key == GPU or (not key and toleration.text("operator") == "Exists")


_LABELS = {"app": "api"}


def _workload(cpu: str = "2", gpu: str = "", name: str = "api") -> Draft:
    limits = {"limits": {GPU: gpu}} if gpu else {}
    spec = {"containers": [{"name": "main", "image": "a", "resources": {"requests": {"cpu": cpu}, **limits}}]}
    template = {"metadata": {"labels": _LABELS}, "spec": spec}
    return resource(kinds.DEPLOYMENT[0], {"metadata": {"name": name, "namespace": "shop"}, "spec": {"template": template}})


def _scaler(most: int, target: str = "api") -> Draft:
    spec = {"maxReplicas": most, "scaleTargetRef": {"kind": "Deployment", "name": target}}
    return resource(kinds.HORIZONTAL_POD_AUTOSCALER[1], {"metadata": {"namespace": "shop"}, "spec": spec})


@rule(
    "k8s-27",
    on=kinds.HORIZONTAL_POD_AUTOSCALER,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Autoscalers that may ask for more than the nodes can become leave pods pending in the very hour they were meant for.",
    fix="Lower maxReplicas, or raise the node group's maxSize or the NodePool's spec.limits until all autoscalers' pods fit.",
    controls=("soc2:A1.2",),
    bad=(
        example(_scaler(10), api=_workload("2"), nodes=_group("m7i.large", most=4)),
        example(_scaler(10), api=_workload("2"), pool=_pool("kubernetes.io/os", "linux", limits={"cpu": "16"})),
        example(_scaler(10), api=_workload("100m", "1"), pool=_pool("kubernetes.io/os", "linux", limits={"cpu": "100", GPU: "8"})),
        example(
            _scaler(4), api=_workload("2"), other=_workload("2", name="other"), more=_scaler(4, "other"), nodes=_group("m7i.large", most=6)
        ),
    ),
    good=(
        example(_scaler(4), api=_workload("1"), nodes=_group("m7i.large", most=4)),
        example(_scaler(100), api=_workload("2"), pool=_pool("kubernetes.io/os", "linux")),
        example(_scaler(10), api=_workload("500m"), pool=_pool("kubernetes.io/os", "linux", limits={"cpu": "16"})),
        example(_scaler(100), api=_workload("2")),
        example(_scaler(100), nodes=_group("m7i.large")),
        example(_scaler(10), api=_workload("100m", "1"), pool=_pool(INSTANCE_TYPE, "g5.xlarge", taints=[_TAINT], limits={"cpu": "100"})),
        example(_scaler(4), api=_workload("100m", "1"), nodes=_group("g5.12xlarge", taints=[_TAINT], most=2)),
    ),
)
def nodes_can_become_as_many_as_autoscalers_may_ask(scaler: Subject) -> Iterator[str]:
    stack = scaler.stack
    for what in ("cpu", GPU):
        there = _capacity(stack, what)
        if there is None or not _asked(stack, scaler.resource, what):
            continue
        asked = sum(_asked(stack, each, what) for each in stack.of_type(*kinds.HORIZONTAL_POD_AUTOSCALER))
        if asked > there:
            yield f"all autoscalers together may ask for {asked:g} {what}, the nodes can become {there:g}"


def _asked(stack: Stack, scaler: Resource, what: str) -> float:
    """What the pods of an autoscaler request when it is at its most; 0 where the stack does not make its target."""
    spec = scaler.properties.section("spec")
    target = spec.section("scaleTargetRef").text("name")
    targets = [
        each
        for each in stack.of_type(*workloads.REPLICATED)
        if workloads.name(each) == target and workloads.share_namespace(stack, scaler, each)
    ]
    requested = sum(_requested(each.properties, what) for target in targets for each in containers(target, ("containers",)))
    return spec.number("maxReplicas", 1) * requested if requested else 0


def _requested(container: Properties, what: str) -> float:
    resources = container.section("resources")
    limit = resources.section("limits").text(what, "0")
    return quantities.number(resources.section("requests").text(what, limit))


def _capacity(stack: Stack, what: str) -> float | None:
    """What all nodes can have when there are as many as may be; none where a pool has no end, or nothing is known of the nodes."""
    pools, groups = stack.of_type(*kinds.KARPENTER_NODE_POOL), stack.of_type(tokens.EKS_NODE_GROUP)
    limits = [each.properties.section("spec").section("limits") for each in pools]
    types = [[catalog.instance_types().get(name) for name in each.properties.texts("instanceTypes")] for each in groups]
    endless = any(what not in limit and (what == "cpu" or _may_have_gpus(each)) for each, limit in zip(pools, limits, strict=True))
    if endless or not (pools or groups) or not all(each and all(each) for each in types):
        return None
    of_pools = sum(quantities.number(each.text(what, "0")) for each in limits)
    sizes = [each.properties.section("scalingConfig").number("maxSize", 0) for each in groups]
    largest = [max((kind.vcpu if what == "cpu" else kind.gpu_count) for kind in each if kind) for each in types]
    return of_pools + sum(size * most for size, most in zip(sizes, largest, strict=True))


def _may_have_gpus(pool: Resource) -> bool:
    """Whether a NodePool's requirements leave it types with GPUs: unless they name types or categories, and none of those has any."""
    requirements = pool.properties.section("spec").section("template").section("spec").sections("requirements")
    naming = [each for each in requirements if each.text("key") in (INSTANCE_TYPE, CATEGORY) and each.text("operator") == "In"]
    return not naming or any(known_first(naming, _wants_gpus))
