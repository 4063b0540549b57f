"""Which pods charts and EKS add-ons make, and what a node keeps for itself: the two sides of placement."""

import functools
from collections.abc import Mapping
from typing import Any

from components.catalog.loader import Fact, InstanceType, find, read

_RESERVED_CPU = ((1, 60), (2, 10), (4, 5))
"""Up to so many vCPU -> thousandths of each that the kubelet reserves; 2.5 of every further one (amazon-eks-ami 81fec2e8, nodeadm)."""
_VIRTUALISATION = 0.075
"""Share of an instance's memory that its hypervisor and kernel keep: what Karpenter reckons with (chart 1.14, vmMemoryOverheadPercent)."""
_RESERVED_MEMORY, _RESERVED_BY_POD, _EVICTION = 255, 11, 100
"""MiB that the kubelet reserves, those for each pod it may run, and those at which it evicts (amazon-eks-ami 81fec2e8, nodeadm)."""
MEBIBYTE = 2**20
"""Bytes."""


class PodRow(Fact):
    """Pods that are alike."""

    default: int = 1
    """Replicas where the values name none."""
    replicas_at: str = ""
    """Path in the values that says how many."""
    daemon: bool = False
    """One on every node it tolerates."""
    requests: Mapping[str, str] = {}
    """Requests of its containers together, as Kubernetes spells quantities."""
    requests_at: tuple[str, ...] = ()
    """Paths in the values that replace them: each a `resources`, which add up."""
    placement: Mapping[str, Any] = {}
    """What the chart puts into the pod's spec by itself."""
    placement_at: str = ""
    """Path in the values under which the fields of placement stand."""
    labels: Mapping[str, str] = {}
    """Labels that selectors match."""


@functools.cache
def _rows(kind: str) -> Mapping[str, Mapping[str, PodRow]]:
    return {name: {pod: PodRow(**row) for pod, row in rows.items()} for name, rows in read("pods")[kind].items()}


def chart_pods(chart: str) -> Mapping[str, PodRow]:
    """Pods of a chart, by name; raises NotInCatalog."""
    return find("chart's pods", chart, _rows("charts"))


def addon_pods(addon: str) -> Mapping[str, PodRow]:
    """Pods of an EKS add-on, by name; raises NotInCatalog."""
    return find("add-on's pods", addon, _rows("addons"))


def allocatable(kind: InstanceType) -> Mapping[str, int]:
    """What pods can have of a node of that type, on AL2023 with its defaults: thousandths of a vCPU, bytes, pods, GPUs."""
    reserved_cpu, counted = 0.0, 0
    for upto, thousandths in _RESERVED_CPU:
        reserved_cpu += max(min(kind.vcpu, upto) - counted, 0) * thousandths
        counted = upto
    reserved_cpu += max(kind.vcpu - counted, 0) * 2.5
    memory = int(kind.memory_gib * 1024 * (1 - _VIRTUALISATION)) - _RESERVED_MEMORY - _RESERVED_BY_POD * kind.max_pods - _EVICTION
    return {
        "cpu": kind.vcpu * 1000 - int(reserved_cpu),
        "memory": memory * MEBIBYTE,
        "pods": kind.max_pods,
        "nvidia.com/gpu": int(kind.gpu_count),
    }
