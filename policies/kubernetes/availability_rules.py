"""Workloads that outlive a drain and the loss of a zone."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts import disruption, workloads
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

ZONE_KEYS = ("topology.kubernetes.io/zone", "topology.k8s.aws/zone-id", "failure-domain.beta.kubernetes.io/zone")
"""Labels by which nodes say their zone; the last is what Kubernetes called it before 1.17."""
SERVING = (*kinds.DEPLOYMENT, *kinds.STATEFUL_SET, *kinds.ROLLOUT)
"""Kinds whose pods stand for each other."""

_LABELS = {"app": "api"}


def _spread(when: str = "DoNotSchedule", key: str = ZONE_KEYS[0]) -> dict[str, Any]:
    constraint = {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when, "labelSelector": {"matchLabels": _LABELS}}
    return {"topologySpreadConstraints": [constraint]}


def _apart(key: str = ZONE_KEYS[0]) -> dict[str, Any]:
    term = {"topologyKey": key, "labelSelector": {"matchLabels": _LABELS}}
    return {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def _workload(replicas: int | None = 3, token: str = kinds.DEPLOYMENT[0], /, **pod: Any) -> Draft:
    template = {"metadata": {"labels": _LABELS}, "spec": pod}
    count = {} if replicas is None else {"replicas": replicas}
    return resource(token, {"metadata": {"name": "api", "namespace": "shop"}, "spec": {**count, "template": template}})


def _scaler(minimum: int, kind: str = "Deployment") -> Draft:
    spec = {"minReplicas": minimum, "maxReplicas": 9, "scaleTargetRef": {"kind": kind, "name": "api"}}
    return resource(kinds.HORIZONTAL_POD_AUTOSCALER[1], {"metadata": {"namespace": "shop"}, "spec": spec})


def _budget(app: str = "api", namespace: str = "shop", **limits: Any) -> Draft:
    spec = {"selector": {"matchLabels": {"app": app}}, **(limits or {"maxUnavailable": 1})}
    return resource(kinds.POD_DISRUPTION_BUDGET[0], {"metadata": {"namespace": namespace}, "spec": spec})


@rule(
    "k8s-23",
    on=SERVING,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Without a budget two nodes that are drained at once, by an upgrade or by Karpenter, take all pods of a workload with them.",
    fix="Add a PodDisruptionBudget with maxUnavailable: 1 that selects the pods by their labels.",
    controls=("soc2:A1.2",),
    bad=(
        example(_workload()),
        example(_workload(2, kinds.STATEFUL_SET[0])),
        example(_workload(2, kinds.ROLLOUT[0])),
        example(_workload(), other=_budget("other")),
        example(_workload(), far=_budget(namespace="far")),
        example(_workload(None), scaler=_scaler(2)),
    ),
    good=(
        example(_workload(), budget=_budget()),
        example(_workload(2, kinds.STATEFUL_SET[0]), budget=_budget()),
        example(_workload(1)),
        example(_workload(None)),
        example(_workload(0)),
    ),
)
def workload_has_a_disruption_budget(workload: Subject) -> Iterator[str]:
    pods = disruption.least(workload.stack, workload.resource)
    if pods > 1 and not any(disruption.budgets_of(workload.stack, workload.resource)):
        yield f"no budget spares any of its {pods:.0f} pods"


@rule(
    "k8s-25",
    on=SERVING,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A zone is lost while nodes are replaced, or a drain takes what a zone left: a quorum that a budget does not keep is gone.",
    fix="Let the budget keep a quorum of a StatefulSet (maxUnavailable: 1), and at least one pod of anything else.",
    controls=("soc2:A1.2",),
    bad=(
        example(_workload(3, kinds.STATEFUL_SET[0]), budget=_budget(maxUnavailable=2)),
        example(_workload(3, kinds.STATEFUL_SET[0]), budget=_budget(minAvailable=1)),
        example(_workload(5, kinds.STATEFUL_SET[0]), budget=_budget(maxUnavailable="60%")),
        example(_workload(3), budget=_budget(maxUnavailable="100%")),
        example(_workload(3), budget=_budget(maxUnavailable=3)),
        example(_workload(3), budget=_budget(minAvailable=0)),
    ),
    good=(
        example(_workload(3, kinds.STATEFUL_SET[0]), budget=_budget(maxUnavailable=1)),
        example(_workload(5, kinds.STATEFUL_SET[0]), budget=_budget(minAvailable=3)),
        example(_workload(3), budget=_budget(maxUnavailable=2)),
        example(_workload(3), budget=_budget(minAvailable="33%")),
        example(_workload(3), scaler=_scaler(3), budget=_budget(minAvailable=1)),
        example(_workload(2, kinds.STATEFUL_SET[0]), budget=_budget(maxUnavailable=1)),
        example(_workload(1), budget=_budget(maxUnavailable=1)),
        example(_workload()),
    ),
)
def budget_keeps_enough_to_go_on(workload: Subject) -> Iterator[str]:
    pods = disruption.least(workload.stack, workload.resource)
    if pods < 2:
        return
    # Two members have no quorum to keep: they are a primary and its replica.
    quorum = pods // 2 + 1 if workload.resource.type in kinds.STATEFUL_SET and pods > 2 else 1
    for budget in disruption.budgets_of(workload.stack, workload.resource):
        kept = disruption.kept(budget.properties.section("spec"), pods)
        if kept < quorum:
            yield f"its budget keeps {max(kept, 0):.0f} of {pods:.0f} pods, {quorum:.0f} are needed"


@rule(
    "k8s-26",
    on=SERVING,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="With fewer pods than zones, or all in one zone, the loss of that zone is the loss of the service.",
    fix=(
        "Set replicas (or the autoscaler's minReplicas) to min_replicas or more, and a topologySpreadConstraint on "
        "topology.kubernetes.io/zone, with DoNotSchedule where a pod beside another is worse than none."
    ),
    controls=("soc2:A1.2",),
    settings=("min_replicas",),
    bad=(
        example(_workload(3)),
        example(_workload(2, **_spread())),
        example(_workload(None, **_spread())),
        example(_workload(3, **_spread(key="kubernetes.io/hostname"))),
        example(_workload(3, kinds.ROLLOUT[0], **_apart("kubernetes.io/hostname"))),
        example(_workload(5, **_spread()), scaler=_scaler(2)),
    ),
    good=(
        example(_workload(3, **_spread())),
        example(_workload(3, **_spread("ScheduleAnyway"))),
        example(_workload(3, **_apart())),
        example(_workload(None, **_spread(key=ZONE_KEYS[1])), scaler=_scaler(3)),
        example(_workload(3, kinds.STATEFUL_SET[0], **_spread())),
        example(_workload(0)),
    ),
)
def workload_outlives_a_zone(workload: Subject) -> Iterator[str]:
    pods = disruption.least(workload.stack, workload.resource)
    if pods == 0:
        return
    if pods < workload.settings.min_replicas:
        yield f"it has {pods:.0f} pods of at least {workload.settings.min_replicas}"
    if not any(known_first(workloads.pod_specs(workload.resource), _zone_spreads)):
        yield "nothing keeps its pods from one zone"


def _zone_spreads(pod: Properties) -> Iterator[str]:
    terms = pod.section("affinity").section("podAntiAffinity").sections("requiredDuringSchedulingIgnoredDuringExecution")
    places = (*pod.sections("topologySpreadConstraints"), *terms)
    yield from (key for each in places if (key := each.text("topologyKey")) in ZONE_KEYS)
