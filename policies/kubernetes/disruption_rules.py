"""Disruption budgets: drains go on, and never take too much at once."""

import math
from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts import workloads
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

_LABELS = {"app": "api"}


def _budget(**limits: Any) -> Draft:
    spec = {"selector": {"matchLabels": _LABELS}, **limits}
    return resource(kinds.POD_DISRUPTION_BUDGET[0], {"metadata": {"namespace": "shop"}, "spec": spec})


def _workload(replicas: int = 3, *, token: str = kinds.DEPLOYMENT[0], namespace: str = "shop", app: str = "api") -> Draft:
    template = {"metadata": {"labels": {"app": app}}}
    return resource(token, {"metadata": {"name": "api", "namespace": namespace}, "spec": {"replicas": replicas, "template": template}})


def _scaler(minimum: int, target: str = "api") -> Draft:
    spec = {"minReplicas": minimum, "maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": target}}
    return resource(kinds.HORIZONTAL_POD_AUTOSCALER[1], {"metadata": {"namespace": "shop"}, "spec": spec})


@rule(
    "k8s-24",
    on=kinds.with_patches(kinds.POD_DISRUPTION_BUDGET),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A budget that spares no pod stops every drain: nodes are not upgraded, and Karpenter waits for ever or until it kills.",
    fix="Set maxUnavailable: 1, or minAvailable below the replicas, and below minReplicas of their autoscaler.",
    controls=("soc2:A1.2",),
    bad=(
        example(_budget(minAvailable=3), api=_workload(3)),
        example(_budget(maxUnavailable=0)),
        example(_budget(maxUnavailable="0%"), api=_workload(3)),
        example(_budget(minAvailable="100%")),
        example(_budget(minAvailable="67%"), api=_workload(3)),
        example(_budget(minAvailable=1), api=_workload(1, token=kinds.STATEFUL_SET[0])),
        example(_budget(minAvailable=2), api=_workload(5), scaler=_scaler(2)),
        example(_budget(minAvailable=3), api=_workload(2, token=kinds.ROLLOUT[0])),
    ),
    good=(
        example(_budget(maxUnavailable=1), api=_workload(3)),
        example(_budget(minAvailable=2), api=_workload(3)),
        example(_budget(minAvailable="66%"), api=_workload(3)),
        example(_budget(minAvailable=2), api=_workload(1), scaler=_scaler(3)),
        example(_budget(minAvailable=3), api=_workload(3), scaler=_scaler(4), other=_scaler(1, "other")),
        example(_budget(minAvailable=2), api=_workload(3), other=_workload(1, app="other"), far=_workload(1, namespace="far")),
        example(_budget(minAvailable=2)),
    ),
)
def disruption_budget_lets_a_drain_go_on(budget: Subject) -> Iterator[str]:
    spec = budget.properties.section("spec")
    if "maxUnavailable" in spec and _share(spec.text("maxUnavailable"), 100) == 0:
        yield "maxUnavailable spares every pod"
    if "minAvailable" not in spec:
        return
    wanted = spec.text("minAvailable").removesuffix(".0")  # the wire has floats only
    pods = sum(_least(budget, each) for each in _selected(budget, spec))
    if wanted == "100%" or (pods and _share(wanted, pods) >= pods):
        yield f"minAvailable {wanted} spares every pod" + (f" of {pods:.0f}" if pods else "")


def _share(limit: str, pods: float) -> float:
    """Pods that a limit means: a number, or a percentage, which is rounded up (Kubernetes, specifying a disruption budget)."""
    return math.ceil(pods * float(limit[:-1]) / 100) if limit.endswith("%") else float(limit)


def _selected(budget: Subject, spec: Properties) -> Iterator[Resource]:
    """Workloads in the budget's namespace whose pods it selects."""
    if "selector" not in spec:
        return
    stack, selector = budget.stack, spec.section("selector")
    yield from known_first(
        stack.of_type(*workloads.REPLICATED),
        lambda each: (
            [each]
            if workloads.share_namespace(stack, budget.resource, each) and workloads.selects(selector, workloads.labels(each))
            else []
        ),
    )


def _least(budget: Subject, workload: Resource) -> float:
    """Fewest pods the workload has by plan: what its autoscaler keeps, else its replicas."""
    scalers = known_first(
        budget.stack.of_type(*kinds.HORIZONTAL_POD_AUTOSCALER),
        lambda each: [each.properties.section("spec").number("minReplicas", 1)] if _scales(budget, each, workload) else [],
    )
    return min(scalers, default=workloads.replicas(workload))


def _scales(budget: Subject, scaler: Resource, workload: Resource) -> bool:
    target = scaler.properties.section("spec").section("scaleTargetRef")
    named = (target.text("kind"), target.text("name")) == (workload.type.rsplit(":", 1)[-1], workloads.name(workload))
    return named and workloads.share_namespace(budget.stack, scaler, workload)
