"""Selectors that choose nothing: a policy, a budget or a service that looks as if it were in force."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts import workloads
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

SELECTORS: Mapping[str, str] = {
    **dict.fromkeys(kinds.NETWORK_POLICY, "podSelector"),
    **dict.fromkeys(kinds.POD_DISRUPTION_BUDGET, "selector"),
    **dict.fromkeys(kinds.SERVICE, "selector"),
}
"""Kind -> field of its spec that chooses pods of its namespace."""

OPAQUE = ("kubernetes:helm.sh/", "kubernetes:yaml:", "kubernetes:yaml/", "kubernetes:kustomize")
"""Starts of tokens of what makes objects that the stack does not show."""

_KNOWN_GROUPS = (".k8s.io", "istio.io", "cert-manager.io", "external-secrets.io", "monitoring.coreos.com")
"""Ends of API groups whose objects make no pods."""

_API = {"app": "api"}


def _policy(selector: dict[str, Any], namespace: str = "shop") -> Draft:
    return resource(kinds.NETWORK_POLICY[0], {"metadata": {"namespace": namespace}, "spec": {"podSelector": selector}})


def _workload(app: str = "api", token: str = kinds.DEPLOYMENT[0], namespace: str = "shop") -> Draft:
    template = {"metadata": {"labels": {"app": app}}}
    return resource(token, {"metadata": {"name": app, "namespace": namespace}, "spec": {"template": template}})


def _service(selector: dict[str, str] | None) -> Draft:
    return resource(kinds.SERVICE[0], {"metadata": {"namespace": "shop"}, "spec": {"selector": selector} if selector else {}})


_BUDGET = resource(
    kinds.POD_DISRUPTION_BUDGET[0],
    {"metadata": {"namespace": "shop"}, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "old"}}}},
)
_RELEASE = resource(kinds.HELM_RELEASE[0], {"chart": "api", "namespace": "shop"})


@rule(
    "k8s-18",
    on=tuple(SELECTORS),
    scope=Scope.STACK,
    severity=Severity.LOW,
    why="A label renamed in one place leaves a policy that guards nobody, a budget that spares nothing, a service without an answer.",
    fix="Make matchLabels (or a Service's selector) equal to the labels of the pod template that is meant.",
    controls=(),
    bad=(
        example(_policy({"matchLabels": {"app": "old"}}), api=_workload()),
        example(_policy({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}), api=_workload()),
        example(_BUDGET, api=_workload(token=kinds.STATEFUL_SET[0])),
        example(_service({"app": "old"}), api=_workload(token=kinds.DAEMON_SET[0])),
        example(_policy({"matchLabels": {"app": "far"}}), api=_workload(), far=_workload("far", namespace="far")),
    ),
    good=(
        example(_policy({"matchLabels": _API}), api=_workload()),
        example(_policy({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "old"]}]}), api=_workload()),
        example(_policy({}), api=_workload()),
        example(_policy({"matchLabels": {"app": "old"}}), api=_workload(), release=_RELEASE),
        example(_policy({"matchLabels": {"app": "old"}})),
        example(_service(_API), api=_workload(token=kinds.ROLLOUT[0])),
        example(_service(None), api=_workload()),
        example(_service(_API), old=_workload("old"), pod=resource(kinds.POD[0], {"metadata": {"namespace": "shop", "labels": _API}})),
    ),
)
def selector_chooses_somebody(subject: Subject) -> Iterator[str]:
    field = SELECTORS[subject.resource.type]
    spec = subject.properties.section("spec")
    if field not in spec or not len(selector := spec.section(field)):
        return
    neighbours = list(_neighbours(subject))
    # Where nobody of the stack lives, or somebody whose pods it does not show, those meant may be elsewhere.
    if not any(each.type in _LABELLED for each in neighbours) or any(_is_opaque(each) for each in neighbours):
        return
    chosen = known_first(neighbours, lambda each: [each] if each.type in _LABELLED and _selects(subject, selector, each) else [])
    if not any(chosen):
        yield f"its {field} chooses no pod of the stack"


_LABELLED = (*workloads.REPLICATED, *kinds.DAEMON_SET, *kinds.JOB, *kinds.CRON_JOB, *kinds.POD)
"""Kinds whose pods' labels the program writes."""


def _neighbours(subject: Subject) -> Iterator[Resource]:
    """Workloads of the subject's namespace, and whatever there makes pods unseen."""
    stack = subject.stack
    candidates = [each for each in stack.resources if each.type in _LABELLED or _is_opaque(each)]
    return known_first(candidates, lambda each: [each] if _shares(subject, each) else [])


def _shares(subject: Subject, other: Resource) -> bool:
    if other.type in kinds.HELM_RELEASE:
        return other.properties.text("namespace", "default") == workloads.namespace(subject.resource)
    return other.type.startswith(OPAQUE) or workloads.share_namespace(subject.stack, subject.resource, other)


def _is_opaque(resource: Resource) -> bool:
    if resource.type.startswith(OPAQUE):
        return True
    group = resource.type.split(":")[1].split("/")[0] if resource.type.startswith("kubernetes:") else ""
    return "." in group and not group.endswith(_KNOWN_GROUPS) and resource.type not in _LABELLED


def _selects(subject: Subject, selector: Properties, workload: Resource) -> bool:
    labels = _labels(workload)
    if subject.resource.type in kinds.SERVICE:
        return all(labels.get(key) == selector.text(key) for key in selector)
    return workloads.selects(selector, labels)


def _labels(workload: Resource) -> Mapping[str, str]:
    if workload.type in kinds.POD:
        return {**workload.properties.section("metadata").section("labels")}
    spec = workload.properties.section("spec")
    if workload.type in kinds.CRON_JOB:
        spec = spec.section("jobTemplate").section("spec")
    return {**spec.section("template").section("metadata").section("labels")}
