"""One runtime per cluster: its chart, the values that chart knows, and combinations that break."""

import pytest

from components import catalog
from components.cluster.gpu_runtime import (
    CHARTS,
    GPU_TAINTS,
    GpuRuntime,
    GpuRuntimeSupport,
    GpuRuntimeSupportArgs,
    cluster_runtime,
    runtime_fault,
)
from components.cluster.machine_image import OperatingSystem
from meridian.plan import Plan
from tests.deploy import deploy
from tests.shared import unknown_values

RELEASE = "kubernetes:helm.sh/v3:Release"
CHART_VALUES = [pytest.param(chart, values, id=chart) for charts in CHARTS.values() for chart, values in charts.items()]


def plan(runtime: GpuRuntime) -> Plan:
    return deploy(lambda: GpuRuntimeSupport("gpu-runtime", GpuRuntimeSupportArgs(runtime=runtime)))


def test_device_plugin_tolerates_both_taints_of_gpu_nodes() -> None:
    (release,) = plan(GpuRuntime.DEVICE_PLUGIN).of_type(RELEASE)
    assert release.inputs["chart"] == "nvidia-device-plugin"
    assert release.inputs["repositoryOpts"] == {"repo": "https://nvidia.github.io/k8s-device-plugin"}
    assert release.inputs["version"] == catalog.chart("nvidia-device-plugin").version
    tolerated = {(row["key"], row["operator"], row["effect"]) for row in release.inputs["values"]["tolerations"]}
    assert (
        tolerated
        == {(taint.key, "Exists", "NoSchedule") for taint in GPU_TAINTS}
        == {
            ("nvidia.com/gpu", "Exists", "NoSchedule"),
            ("dedicated", "Exists", "NoSchedule"),
        }
    )


def test_operator_leaves_driver_and_toolkit_to_the_image() -> None:
    (release,) = plan(GpuRuntime.GPU_OPERATOR).of_type(RELEASE)
    assert release.inputs["values"]["driver"] == {"enabled": False}
    assert release.inputs["values"]["toolkit"] == {"enabled": False}


def test_an_operating_system_with_its_own_plugin_needs_nothing() -> None:
    assert plan(GpuRuntime.OPERATING_SYSTEM).of_type(RELEASE) == []


@pytest.mark.parametrize(("chart", "values"), CHART_VALUES)
def test_every_value_is_known_to_the_chart(chart: str, values: dict[str, object]) -> None:
    assert unknown_values(chart, values) == []


def test_one_runtime_for_all_pools() -> None:
    both = [GpuRuntime.DEVICE_PLUGIN, GpuRuntime.OPERATING_SYSTEM]
    assert cluster_runtime(both) is GpuRuntime.DEVICE_PLUGIN
    assert cluster_runtime([GpuRuntime.OPERATING_SYSTEM]) is None
    assert cluster_runtime([], elastic=True) is GpuRuntime.DEVICE_PLUGIN
    assert cluster_runtime([GpuRuntime.GPU_OPERATOR], elastic=True) is GpuRuntime.GPU_OPERATOR
    with pytest.raises(ValueError, match="want device_plugin and gpu_operator: choose one"):
        cluster_runtime([*both, GpuRuntime.GPU_OPERATOR])


@pytest.mark.parametrize("system", OperatingSystem)
@pytest.mark.parametrize("runtime", GpuRuntime)
def test_bottlerocket_goes_with_its_own_plugin_only(system: OperatingSystem, runtime: GpuRuntime) -> None:
    together = (system, runtime) in {
        (OperatingSystem.BOTTLEROCKET, GpuRuntime.OPERATING_SYSTEM),
        (OperatingSystem.AL2023, GpuRuntime.DEVICE_PLUGIN),
        (OperatingSystem.AL2023, GpuRuntime.GPU_OPERATOR),
    }
    assert (runtime_fault(system, runtime) is None) == together
