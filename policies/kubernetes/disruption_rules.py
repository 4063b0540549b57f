"""Disruption budgets: drains go on, and never take too much at once."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts.disruption import least, selected, share
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

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
    if "maxUnavailable" in spec and share(spec.text("maxUnavailable"), 100) == 0:
        yield "maxUnavailable spares every pod"
    if "minAvailable" not in spec:
        return
    wanted = spec.text("minAvailable").removesuffix(".0")  # the wire has floats only
    pods = sum(least(budget.stack, each) for each in selected(budget.stack, budget.resource))
    if wanted == "100%" or (pods and share(wanted, pods) >= pods):
        yield f"minAvailable {wanted} spares every pod" + (f" of {pods:.0f}" if pods else "")
