"""What holds in the whole mesh."""

import pytest

from meridian.plan import Plan
from tests.components.platform.mesh_surroundings import mesh_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def test_mutual_tls_is_strict_everywhere(plan: Plan) -> None:
    strict = plan["mesh-rules-strict"].inputs
    assert strict["kind"] == "PeerAuthentication"
    assert strict["metadata"]["namespace"] == "istio-system"
    assert strict["spec"] == {"mtls": {"mode": "STRICT"}}


def test_nobody_may_talk_unless_allowed_at_ztunnel_gateways_and_waypoints(plan: Plan) -> None:
    """An ALLOW policy without rules matches nothing (Istio, AuthorizationPolicy); waypoints need one that targets their class."""
    assert plan["mesh-rules-deny-all"].inputs["spec"] == {}
    waypoints = plan["mesh-rules-deny-all-waypoints"].inputs["spec"]
    assert waypoints == {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio-waypoint"}]}
    assert {plan[f"mesh-rules-{name}"].inputs["metadata"]["namespace"] for name in ("deny-all", "deny-all-waypoints")} == {"istio-system"}


def test_spans_go_where_the_mesh_config_says(plan: Plan) -> None:
    config = plan["mesh-istiod-chart"].inputs["values"]["meshConfig"]
    (tracing,) = plan["mesh-rules-default"].inputs["spec"]["tracing"]
    (provider,) = config["extensionProviders"]
    assert tracing == {"providers": [{"name": provider["name"]}], "randomSamplingPercentage": 100.0}
    assert provider["opentelemetry"] == {"service": "otel-gateway.monitoring.svc.cluster.local", "port": 4317}


def test_the_control_plane_reaches_the_webhook_and_proxies_reach_istiod(plan: Plan) -> None:
    private = {row.inputs["cidrBlock"] for row in plan.of_type("aws:ec2/subnet:Subnet") if "private" in row.name}
    webhook = plan["mesh-from-tcp-15017"].inputs["spec"]["ingress"]
    assert {peer["ipBlock"]["cidr"] for peer in webhook[0]["from"]} == private
    xds = plan["mesh-from-tcp-15012"].inputs["spec"]["ingress"][0]["from"]
    assert all(peer["ipBlock"]["cidr"].startswith("100.") for peer in xds), xds
    assert plan["mesh-to-tcp-443"].inputs["spec"]["policyTypes"] == ["Egress"]
