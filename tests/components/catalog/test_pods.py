"""What nodes keep for themselves, and the pods of charts and add-ons against the charts' own values."""

from typing import Any

import pytest
import yaml

from components import catalog
from components.catalog.loader import read
from components.catalog.pods import addon_pods, allocatable, chart_pods
from tests.shared import shared

ROWS = [(chart, pod) for chart, pods in read("pods")["charts"].items() for pod in pods]


@pytest.mark.parametrize(
    ("instance_type", "cpu", "kubelet_mib"),
    [("m7i.xlarge", 3920, 893), ("r7g.4xlarge", 15890, 2829), ("m7i.large", 1930, 574)],
)
def test_a_node_reserves_what_the_image_s_documentation_says(instance_type: str, cpu: int, kubelet_mib: int) -> None:
    """80m and 893 MiB on 4 vCPU and 58 pods are what `kubectl describe node` shows on AL2023 (amazon-eks-ami, reserved resources)."""
    kind = catalog.instance_type(instance_type)
    room = allocatable(kind)
    assert room["cpu"] == cpu
    assert room["memory"] == (int(kind.memory_gib * 1024 * 0.925) - kubelet_mib - 100) * 2**20
    assert room["pods"] == kind.max_pods


def test_gpus_are_counted_whole() -> None:
    assert allocatable(catalog.instance_type("p4d.24xlarge"))["nvidia.com/gpu"] == 8
    assert allocatable(catalog.instance_type("m7i.large"))["nvidia.com/gpu"] == 0


@pytest.mark.parametrize(("chart", "pod"), ROWS)
def test_paths_and_defaults_are_the_chart_s(chart: str, pod: str) -> None:
    row = chart_pods(chart)[pod]
    values = yaml.safe_load((shared(f"charts/{chart}") / "values.yaml").read_text())
    values = values.get("_internal_defaults_do_not_set", values)
    if row.replicas_at:
        assert _at(values, row.replicas_at) == row.default
    for path in row.requests_at:
        assert _at(values, path) is not None, f"{path} is no value of {chart}"
    asked = [_at(values, path).get("requests") for path in row.requests_at]
    assert {key: _plain(value) for key, value in row.requests.items()} == {
        key: _plain(value) for requests in asked if requests for key, value in requests.items()
    }


def test_charts_and_addons_that_are_not_listed_are_refused() -> None:
    with pytest.raises(catalog.NotInCatalog, match="chart's pods 'karpentr' is not in the catalogue: did you mean karpenter"):
        chart_pods("karpentr")
    with pytest.raises(catalog.NotInCatalog, match="add-on's pods 'dns'"):
        addon_pods("dns")


def test_every_chart_of_the_catalogue_has_its_pods() -> None:
    """A chart that nobody counted would find no room, and nobody would know."""
    assert set(catalog.charts()) - set(read("pods")["charts"]) == set()


def _at(values: Any, path: str) -> Any:
    for key in path.split("."):
        values = values[key]
    return values


def _plain(quantity: str) -> str:
    """`2048Mi` is `2Gi`."""
    return {"2048Mi": "2Gi"}.get(str(quantity), str(quantity))
