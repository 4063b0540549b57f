"""Software that shows GPUs to Kubernetes: one per cluster, for all its GPU pools together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi

from components import catalog
from components.base import Component
from components.cluster.helm import chart_release
from components.cluster.machine_image import OperatingSystem
from components.cluster.managed_group import Taint


class GpuRuntime(StrEnum):
    """Who registers GPUs with the kubelet. Exactly one must: two plugins on a node hand out each GPU twice (NVIDIA/gpu-operator#1220)."""

    DEVICE_PLUGIN = "device_plugin"
    """NVIDIA's device plugin; the AL2023 NVIDIA image has driver and container toolkit."""
    GPU_OPERATOR = "gpu_operator"
    """NVIDIA's operator with driver and toolkit off, as the image has both: adds MIG, metrics and validation."""
    OPERATING_SYSTEM = "operating_system"
    """Bottlerocket's own plugin, built into its NVIDIA image; nothing is installed."""


GPU_TAINTS = (Taint(key="nvidia.com/gpu", value="true"), Taint(key="dedicated", value="ai-workload"))
"""Keep pods without GPU work off GPU nodes."""
GPU_TOLERATIONS = [taint.toleration() for taint in GPU_TAINTS]
NAMESPACE = "kube-system"
"""Both charts are node agents with privileges, like EKS's own; a namespace of theirs would need an exemption from pod security."""

NODE_LABELS: Mapping[GpuRuntime, Mapping[str, str]] = {
    GpuRuntime.DEVICE_PLUGIN: {"nvidia.com/gpu.present": "true"},
    GpuRuntime.GPU_OPERATOR: {},
    GpuRuntime.OPERATING_SYSTEM: {"nvidia.com/gpu.deploy.operands": "false"},
}
"""Labels by which a chart finds its nodes or stays away: the plugin's affinity, the operator's opt-out (GPU operator, getting started)."""


def runtime_fault(system: OperatingSystem, runtime: GpuRuntime) -> str | None:
    """Why the two do not go together, or nothing."""
    if (system is OperatingSystem.BOTTLEROCKET) == (runtime is GpuRuntime.OPERATING_SYSTEM):
        return None
    if system is OperatingSystem.BOTTLEROCKET:
        return f"runtime: {runtime} on {system}: its NVIDIA image brings its own plugin, set runtime: operating_system or system: al2023"
    return f"runtime: {runtime} on {system}: its image has no device plugin, set runtime: device_plugin or gpu_operator"


@dataclass(frozen=True, kw_only=True)
class GpuRuntimeSupportArgs:
    """Wires of a GpuRuntimeSupport."""

    runtime: GpuRuntime
    """The one runtime of the cluster's pools."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. the system node group, on which the operator runs."""


class GpuRuntimeSupport(Component, token="meridian:cluster:GpuRuntimeSupport"):
    """The chart that a GpuRuntime stands for; nothing where the operating system does it."""

    runtime: str
    """Which runtime it is."""

    def __init__(self, name: str, args: GpuRuntimeSupportArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.runtime = args.runtime.value
        self.resources: tuple[pulumi.Resource, ...] = tuple(
            chart_release(f"{name}-{chart}", catalog.chart(chart), namespace=NAMESPACE, values=values, opts=self.after(*args.after))
            for chart, values in CHARTS[args.runtime].items()
        )
        self._seal()


CHARTS: Mapping[GpuRuntime, Mapping[str, Mapping[str, Any]]] = {
    GpuRuntime.DEVICE_PLUGIN: {"nvidia-device-plugin": {"tolerations": GPU_TOLERATIONS}},
    GpuRuntime.GPU_OPERATOR: {
        "gpu-operator": {
            "driver": {"enabled": False},
            "toolkit": {"enabled": False},
            "daemonsets": {"tolerations": GPU_TOLERATIONS},
            "dcgmExporter": {"serviceMonitor": {"enabled": False}},
            "node-feature-discovery": {"worker": {"tolerations": GPU_TOLERATIONS}},
        }
    },
    GpuRuntime.OPERATING_SYSTEM: {},
}
"""Chart -> values. The operator's service monitor needs the Prometheus operator's CRDs, which no region stack has yet."""


def cluster_runtime(runtimes: Iterable[GpuRuntime], *, elastic: bool = False) -> GpuRuntime | None:
    """What must be installed for GPU pools with these runtimes; none where nothing must.

    Args:
        runtimes: Those that the pools ask for.
        elastic: Whether Karpenter starts GPU nodes too; theirs is the pools' runtime, otherwise the device plugin.

    Raises:
        ValueError: they want both charts, which would both serve every AL2023 node.
    """
    installed = sorted({runtime for runtime in runtimes if CHARTS[runtime]})
    if len(installed) > 1:
        raise ValueError(f"runtime: pools of one cluster want {' and '.join(installed)}: choose one for all of them")
    if elastic and not installed:
        return GpuRuntime.DEVICE_PLUGIN
    return installed[0] if installed else None
