"""How many pods a workload has at least, and how many of them its disruption budgets keep (Kubernetes, pod disruption budgets)."""

import math
from collections.abc import Iterator

from policies.core import kinds
from policies.core.facts import workloads
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, known_first


def least(stack: Stack, workload: Resource) -> float:
    """Fewest pods the workload has by plan: what its autoscaler keeps, else its replicas."""
    scalers = known_first(
        stack.of_type(*kinds.HORIZONTAL_POD_AUTOSCALER),
        lambda each: [each.properties.section("spec").number("minReplicas", 1)] if _scales(stack, each, workload) else [],
    )
    return min(scalers, default=workloads.replicas(workload))


def budgets_of(stack: Stack, workload: Resource) -> Iterator[Resource]:
    """Budgets in the workload's namespace that select its pods."""
    return known_first(stack.of_type(*kinds.POD_DISRUPTION_BUDGET), lambda each: [each] if selects(stack, each, workload) else [])


def selected(stack: Stack, budget: Resource) -> Iterator[Resource]:
    """Workloads in the budget's namespace whose pods it selects."""
    return known_first(stack.of_type(*workloads.REPLICATED), lambda each: [each] if selects(stack, budget, each) else [])


def selects(stack: Stack, budget: Resource, workload: Resource) -> bool:
    """Whether the budget is about the workload's pods; one without a selector is about none."""
    spec = budget.properties.section("spec")
    return (
        "selector" in spec
        and workloads.share_namespace(stack, budget, workload)
        and workloads.selects(spec.section("selector"), workloads.labels(workload))
    )


def kept(spec: Properties, pods: float) -> float:
    """Pods of so many that the budget keeps from being evicted."""
    if "minAvailable" in spec:
        return share(spec.text("minAvailable"), pods)
    return pods - share(spec.text("maxUnavailable"), pods) if "maxUnavailable" in spec else pods


def share(limit: str, pods: float) -> float:
    """Pods that a limit means: a number, or a percentage, which is rounded up (Kubernetes, specifying a disruption budget)."""
    return math.ceil(pods * float(limit[:-1]) / 100) if limit.endswith("%") else float(limit)


def _scales(stack: Stack, scaler: Resource, workload: Resource) -> bool:
    target = scaler.properties.section("spec").section("scaleTargetRef")
    named = (target.text("kind"), target.text("name")) == (workload.type.rsplit(":", 1)[-1], workloads.name(workload))
    return named and workloads.share_namespace(stack, scaler, workload)
