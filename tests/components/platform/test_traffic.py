"""Canary, A/B, mirror and breaker."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.traffic import TrafficSplitSpec, circuit_breaker, route_spec
from meridian.plan import Plan
from tests.components.platform.mesh_surroundings import SPLIT, mesh_plan

EXAMPLE = Path(__file__).parents[3] / "docs/examples/canary.md"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def test_the_rest_goes_by_weight(plan: Plan) -> None:
    *_, rest = plan["orders-route"].inputs["spec"]["rules"]
    assert {row["name"]: row["weight"] for row in rest["backendRefs"]} == {"orders-v1": 95, "orders-v2": 5, "orders-v3": 0}
    assert sum(row["weight"] for row in rest["backendRefs"]) == 100
    assert rest["timeouts"] == {"request": "15s"}


def test_a_cohort_gets_its_version_whatever_the_weights(plan: Plan) -> None:
    cohort = plan["orders-route"].inputs["spec"]["rules"][0]
    assert cohort["matches"][0]["headers"] == [{"type": "Exact", "name": "x-cohort", "value": "beta"}]
    assert cohort["backendRefs"] == [{"name": "orders-v2", "port": 80, "weight": 100}]
    assert "filters" not in cohort


def test_a_copy_goes_to_the_mirror(plan: Plan) -> None:
    *_, rest = plan["orders-route"].inputs["spec"]["rules"]
    assert rest["filters"] == [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "orders-v3", "port": 80}, "percent": 10}}]


def test_weights_hold_inside_and_at_the_gateway(plan: Plan) -> None:
    service, gateway = plan["orders-route"].inputs["spec"]["parentRefs"]
    assert service == {"group": "", "kind": "Service", "name": "orders", "port": 80}
    listener = next(row for row in plan["mesh-ingress-gateway"].inputs["spec"]["listeners"] if row["name"] == gateway["sectionName"])
    assert listener["port"] == 443
    assert (gateway["name"], gateway["namespace"]) == ("public", "istio-ingress")


def test_without_public_names_it_stays_inside() -> None:
    spec = route_spec(TrafficSplitSpec.from_yaml({"service": "orders", "weights": {"v1": 100}}))
    assert [parent["kind"] for parent in spec["parentRefs"]] == ["Service"]
    assert "hostnames" not in spec


def test_the_breaker_is_the_documents() -> None:
    """5 minutes (004, line 542); Envoy's default of five in a row for the rate that Istio cannot count."""
    policy = circuit_breaker("*.shop.svc.cluster.local")["trafficPolicy"]
    assert policy["outlierDetection"] == {
        "consecutive5xxErrors": 5,
        "interval": "10s",
        "baseEjectionTime": "300s",
        "maxEjectionPercent": 50,
    }


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"weights": {"v1": 90, "v2": 5}}, "weights: they sum to 95: percentages must sum to 100"),
        ({"weights": {"v1": 101, "v2": -1}}, r"weights\.v2: -1 is negative"),
        ({"cohorts": {"v9": {"name": "x", "value": "y"}}}, r"cohorts\.v9: no such version: one of v1, v2, v3"),
        ({"mirror": {"version": "v9"}}, "mirror.version: no version 'v9'"),
        ({"mirror": {"version": "v2"}}, "'v2' gets 5 % already: mirror to a version of 0 %"),
        ({"mirror": {"version": "v3", "percent": 0}}, "greater than or equal to 1"),
        ({"service": "o" * 62}, "has 65 characters, at most 63 are allowed"),
    ],
)
def test_faults_are_named(knobs: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TrafficSplitSpec.from_yaml({**SPLIT, **knobs})


def test_the_example_in_the_documents_is_a_split() -> None:
    found = re.search(r"```yaml\n(.*?)```", EXAMPLE.read_text(), re.DOTALL)
    assert found
    spec = TrafficSplitSpec.from_yaml(yaml.safe_load(found[1]))
    assert (spec.weights["v2"], spec.mirror and spec.mirror.version) == (5, "v3")
