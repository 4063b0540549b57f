"""The way in: Cloudflare's edge by client certificate, its tunnel from one namespace, nobody else."""

import pytest

from meridian.plan import Plan
from tests.components.platform.mesh_surroundings import mesh_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def test_the_edge_shows_a_client_certificate(plan: Plan) -> None:
    listeners = {row["name"]: row for row in plan["mesh-ingress-gateway"].inputs["spec"]["listeners"]}
    assert {name: row["port"] for name, row in listeners.items()} == {"https": 443, "tunnel": 8443}
    assert listeners["https"]["tls"] == {
        "mode": "Terminate",
        "certificateRefs": [{"name": "origin-tls"}],
        "options": {"gateway.istio.io/tls-terminate-mode": "MUTUAL"},
    }
    assert "options" not in listeners["tunnel"]["tls"]


def test_its_service_has_the_name_that_target_groups_are_bound_to(plan: Plan) -> None:
    """Istio, automated deployment: `<gateway>-<class>`."""
    gateway = plan["mesh-ingress-gateway"].inputs
    assert (gateway["metadata"]["name"], gateway["metadata"]["namespace"]) == ("public", "istio-ingress")
    assert gateway["spec"]["gatewayClassName"] == "istio"
    assert gateway["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


def test_routes_come_from_exposed_namespaces_only(plan: Plan) -> None:
    for listener in plan["mesh-ingress-gateway"].inputs["spec"]["listeners"]:
        allowed = listener["allowedRoutes"]["namespaces"]
        assert allowed["from"] == "Selector"
        labels = allowed["selector"]["matchLabels"]
        assert labels.items() <= plan["shop-namespace"].inputs["metadata"]["labels"].items()
        assert not labels.items() <= plan["queue-namespace"].inputs["metadata"]["labels"].items()


def test_the_tunnel_and_the_load_balancer_come_in(plan: Plan) -> None:
    edge = plan["mesh-ingress-from-tcp-443"].inputs["spec"]["ingress"][0]["from"]
    assert [peer["ipBlock"]["cidr"] for peer in edge] == [plan.of_type("aws:ec2/vpc:Vpc")[0].inputs["cidrBlock"]]
    own, tunnel = plan["mesh-ingress-from-tcp-8443"].inputs["spec"]["ingress"][0]["from"]
    assert own == {"podSelector": {}}
    assert tunnel == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "cloudflared"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "cloudflared"}},
    }


def test_what_denies_all_is_lifted_for_the_listeners_ports(plan: Plan) -> None:
    spec = plan["mesh-ingress-allow"].inputs["spec"]
    assert spec["targetRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"}]
    assert spec["rules"] == [{"to": [{"operation": {"ports": ["443", "8443"]}}]}]


def test_its_namespace_asks_for_readiness_gates(plan: Plan) -> None:
    labels = plan["mesh-ingress-namespace"].inputs["metadata"]["labels"]
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
