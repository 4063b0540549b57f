"""The way out: named hosts, each for named namespaces, through one waypoint."""

import pytest

from meridian.plan import Plan
from tests.components.cluster.surroundings import region_plan
from tests.components.platform.mesh_surroundings import mesh, mesh_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def test_each_service_has_its_entry_and_its_callers(plan: Plan) -> None:
    entry = plan["mesh-egress-payments-entry"].inputs
    assert entry["spec"]["hosts"] == ["api.stripe.com", "files.stripe.com"]
    assert (entry["spec"]["location"], entry["spec"]["resolution"]) == ("MESH_EXTERNAL", "DNS")
    assert entry["spec"]["ports"] == [{"name": "tls-payments", "number": 443, "protocol": "TLS"}]
    callers = plan["mesh-egress-mail-callers"].inputs["spec"]
    assert callers["targetRefs"] == [{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "mail"}]
    assert callers["rules"] == [{"from": [{"source": {"namespaces": ["post", "shop"]}}]}]


def test_entries_lie_where_the_waypoint_is_used(plan: Plan) -> None:
    labels = plan["mesh-egress-namespace"].inputs["metadata"]["labels"]
    waypoint = plan["mesh-egress-waypoint"].inputs
    assert labels["istio.io/use-waypoint"] == waypoint["metadata"]["name"]
    assert {plan[f"mesh-egress-{name}-entry"].inputs["metadata"]["namespace"] for name in ("payments", "mail")} == {"istio-egress"}
    assert waypoint["spec"]["gatewayClassName"] == "istio-waypoint"
    assert [(row["port"], row["protocol"]) for row in waypoint["spec"]["listeners"]] == [(15008, "HBONE")]


def test_only_the_ports_of_what_is_named_lead_outside(plan: Plan) -> None:
    outside = {
        row.inputs["metadata"]["name"]
        for row in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if row.inputs["metadata"]["namespace"] in {"istio-egress", "shop"}
        and any("0.0.0.0/0" in str(rule) for rule in row.inputs["spec"].get("egress", []))
    }
    assert outside == {"to-tcp-443", "to-tcp-465"}


def test_without_anything_named_nothing_leads_outside() -> None:
    made = region_plan(lambda region: mesh(region, external={}))
    policies = {row.inputs["metadata"]["name"] for row in made.resources if row.name.startswith("mesh-egress-to")}
    assert policies == {"to-dns", "to-tcp-15012", "to-tcp-4317"}
