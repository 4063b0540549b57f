"""Pods that a region will run: those that its Plan declares, and those that charts, add-ons and operators make of what it declares."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.catalog.pods import PodRow, addon_pods, chart_pods
from meridian.analysis import operator_pods
from meridian.analysis.pod import Pod, at
from meridian.plan import Plan, Planned

RELEASE, ADDON = "kubernetes:helm.sh/v3:Release", "aws:eks/addon:Addon"
_PLACEMENT = ("nodeSelector", "tolerations", "affinity", "topologySpreadConstraints")
"""Values that charts hand to the pod's spec as they stand."""


@dataclass(frozen=True, kw_only=True)
class _Template:
    """Where a kind of workload says what its pods are."""

    path: tuple[str, ...] = ("spec", "template")
    daemon: bool = False


_WORKLOADS: Mapping[str, _Template] = {
    "kubernetes:apps/v1:Deployment": _Template(),
    "kubernetes:apps/v1:StatefulSet": _Template(),
    "kubernetes:apps/v1:DaemonSet": _Template(daemon=True),
    "kubernetes:batch/v1:Job": _Template(),
    "kubernetes:batch/v1:CronJob": _Template(path=("spec", "jobTemplate", "spec", "template")),
}
"""A job counts as one pod: room for it must be there whenever it runs."""


def pods(plan: Plan) -> tuple[Pod, ...]:
    """All pods, in the order of the Plan's names, those on every node first; one pod for all nodes stands for a DaemonSet."""
    makers: tuple[Callable[[Plan], Iterator[Pod]], ...] = (_add_ons, _charts, _declared, operator_pods.pods)
    found = [pod for maker in makers for pod in maker(plan)]
    return tuple(sorted(found, key=lambda pod: (not pod.daemon, pod.namespace, pod.name)))


def _declared(plan: Plan) -> Iterator[Pod]:
    for resource in plan.resources:
        if resource.type in _WORKLOADS:
            workload = _WORKLOADS[resource.type]
            template: Any = resource.inputs
            for key in workload.path:
                template = template[key]
            metadata = resource.inputs.get("metadata", {})
            claims = resource.inputs.get("spec", {}).get("volumeClaimTemplates")
            for name in _names(resource.name, int(resource.inputs.get("spec", {}).get("replicas", 1)), daemon=workload.daemon):
                yield Pod(
                    name=name,
                    namespace=str(metadata.get("namespace", "default")),
                    owner=resource.name,
                    labels=dict(template.get("metadata", {}).get("labels", {})),
                    spec=template["spec"],
                    daemon=workload.daemon,
                    volume=bool(claims),
                )


def _charts(plan: Plan) -> Iterator[Pod]:
    for release in plan.of_type(RELEASE):
        chart = str(release.inputs["chart"]).rsplit("/", 1)[-1]
        yield from _rows(release, chart_pods(chart), release.inputs.get("values") or {}, str(release.inputs["namespace"]))


def _add_ons(plan: Plan) -> Iterator[Pod]:
    for addon in plan.of_type(ADDON):
        configuration = addon.inputs.get("configurationValues")
        yield from _rows(addon, addon_pods(str(addon.inputs["addonName"])), _values(configuration), "kube-system")


def _values(text: object) -> Mapping[str, Any]:
    """None where it is unknown yet: addresses of subnets, which place no pod."""
    try:
        return json.loads(str(text)) if text else {}
    except json.JSONDecodeError:
        return {}


def _rows(resource: Planned, rows: Mapping[str, PodRow], values: Mapping[str, Any], namespace: str) -> Iterator[Pod]:
    for name, row in rows.items():
        told: Mapping[str, Any] = _told(values, row.placement_at) or {}
        placed: dict[str, Any] = {key: told[key] for key in _PLACEMENT if told.get(key)}
        spec: dict[str, Any] = {**row.placement, **placed, "containers": list(_containers(row, values))}
        for each in _names(name, int(_told(values, row.replicas_at) or row.default) if row.replicas_at else row.default, daemon=row.daemon):
            labels = dict(row.labels) or {"app.kubernetes.io/name": name}
            yield Pod(name=each, namespace=namespace, owner=resource.name, labels=labels, spec=spec, daemon=row.daemon)


def _containers(row: PodRow, values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    told = [found for path in row.requests_at if (found := _told(values, path))]
    for number, resources in enumerate(told or [{"requests": dict(row.requests)}]):
        yield {"name": f"container-{number}", "resources": resources}


def _told(values: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path; everything for the empty one."""
    return at(values, *filter(None, path.split(".")))


def _names(name: str, replicas: int, *, daemon: bool) -> Iterator[str]:
    return iter([name]) if daemon else (f"{name}-{number}" for number in range(replicas))
