"""Values of Istio's charts, against the charts themselves."""

from typing import Any

import pytest

from meridian.plan import Plan
from tests.components.platform.mesh_surroundings import mesh_plan
from tests.shared import unknown_values

PROFILE = "profile"
"""A value that templates/zzz_profile.yaml of each chart reads, and values.yaml does not list."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def values(plan: Plan, chart: str) -> dict[str, Any]:
    return plan[f"mesh-{chart}-chart"].inputs["values"]


@pytest.mark.parametrize("chart", ["base", "istiod", "cni", "ztunnel"])
def test_every_value_is_known_to_the_chart(plan: Plan, chart: str) -> None:
    """`meshConfig` is MeshConfig itself, of which the chart lists one field."""
    assert set(unknown_values(chart, values(plan, chart), free=["meshConfig", "resources"])) <= {PROFILE}


def test_istiod_and_cni_run_in_ambient_mode(plan: Plan) -> None:
    assert {values(plan, chart)["profile"] for chart in ("istiod", "cni")} == {"ambient"}


def test_what_is_unknown_is_not_called_and_tls_is_1_3(plan: Plan) -> None:
    config = values(plan, "istiod")["meshConfig"]
    assert config["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"}
    assert config["meshMTLS"] == config["tlsDefaults"] == {"minProtocolVersion": "TLSV1_3"}


def test_names_of_the_cluster_agree(plan: Plan) -> None:
    istiod, ztunnel = values(plan, "istiod"), values(plan, "ztunnel")
    assert istiod["meshConfig"]["trustDomain"] == "meridian-test"
    assert istiod["global"]["multiCluster"] == ztunnel["multiCluster"]
    assert istiod["global"]["network"] == ztunnel["network"]


def test_istiod_believes_ztunnel_where_it_is(plan: Plan) -> None:
    """Without, it gives ztunnel no certificates for pods (istiod's chart, CA_TRUSTED_NODE_ACCOUNTS)."""
    release = plan["mesh-ztunnel-chart"].inputs
    assert values(plan, "istiod")["trustedZtunnelNamespace"] == release["namespace"]
    assert release["name"] == "ztunnel"
    assert plan["mesh-istiod-chart"].inputs["namespace"] == "istio-system"


def test_no_gateway_makes_a_load_balancer(plan: Plan) -> None:
    assert values(plan, "istiod")["gatewayClasses"]["istio"]["service"] == {"spec": {"type": "ClusterIP"}}


def test_gateways_waypoints_and_istiod_survive_a_node(plan: Plan) -> None:
    istiod = values(plan, "istiod")
    assert istiod["autoscaleMin"] >= 2
    assert istiod["autoscaleMax"] >= istiod["autoscaleMin"]
    for name, fewest in {"istio": 3, "istio-waypoint": 2}.items():
        overlay = istiod["gatewayClasses"][name]
        assert overlay["horizontalPodAutoscaler"]["spec"]["minReplicas"] == fewest
        assert overlay["podDisruptionBudget"] == {"spec": {"maxUnavailable": 1}}


def test_overlays_are_those_istiod_knows(plan: Plan) -> None:
    """Istio 1.30.3, deploymentcontroller.go, supportedOverlays: any other makes it refuse the Gateway."""
    supported = {"deployment", "service", "serviceAccount", "horizontalPodAutoscaler", "podDisruptionBudget"}
    for overlay in values(plan, "istiod")["gatewayClasses"].values():
        assert set(overlay) <= supported


def test_proxies_suit_a_restricted_namespace(plan: Plan) -> None:
    """The templates of 1.30.3 set all that the level wants but the seccomp profile, which is this value."""
    assert values(plan, "istiod")["gateways"] == {"seccompProfile": {"type": "RuntimeDefault"}}
