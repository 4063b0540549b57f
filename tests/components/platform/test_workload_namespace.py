"""A namespace for workloads: closed, sized, encrypted, and who may call it."""

from typing import Any

import pytest

from components.platform.workload_namespace import WorkloadNamespaceSpec
from meridian.plan import Plan
from tests.components.platform.mesh_surroundings import mesh_plan

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def names(plan: Plan, namespace: str) -> set[str]:
    return {row.inputs["metadata"]["name"] for row in plan.of_type(POLICY) if row.inputs["metadata"]["namespace"] == namespace}


def peers(plan: Plan, name: str, direction: str, side: str) -> list[str]:
    (rule,) = plan[name].inputs["spec"][direction]
    found = [peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name", "own") for peer in rule[side]]
    return sorted(found)


def test_a_member_of_the_mesh_opens_only_the_meshs_ports(plan: Plan) -> None:
    assert names(plan, "shop") == {
        "deny-all",
        "to-dns",
        "from-probes",
        "from-tcp-15008",
        "to-tcp-15008",
        "from-tcp-15020",
        "to-tcp-15012",
        "to-tcp-4317",
        "to-tcp-4000",
    }
    assert peers(plan, "shop-from-tcp-15008", "ingress", "from") == ["istio-ingress", "monitoring", "own", "web"]
    assert peers(plan, "shop-to-tcp-15008", "egress", "to") == ["istio-egress", "stock"]


def test_probes_of_the_kubelet_come_in_beside_the_mesh(plan: Plan) -> None:
    spec = plan["shop-from-probes"].inputs["spec"]
    assert spec["ingress"] == [
        {
            "from": [
                {"ipBlock": {"cidr": "169.254.7.127/32"}},
                {"ipBlock": {"cidr": "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"}},
            ]
        }
    ]


def test_labels_tell_who_encrypts(plan: Plan) -> None:
    shop, queue = (plan[f"{name}-namespace"].inputs["metadata"]["labels"] for name in ("shop", "queue"))
    assert shop["istio.io/dataplane-mode"] == "ambient"
    assert shop["istio.io/use-waypoint"] == plan["shop-waypoint"].inputs["metadata"]["name"]
    assert shop["istio.io/ingress-use-waypoint"] == "true"
    assert queue["istio.io/dataplane-mode"] == "none"
    assert "istio.io/use-waypoint" not in queue


def test_what_encrypts_by_itself_has_its_own_ports_and_nothing_of_the_mesh(plan: Plan) -> None:
    assert names(plan, "queue") == {"deny-all", "to-dns", "from-tcp-9093"}
    assert not [row for row in plan.resources if row.name.startswith("queue-") and "istio" in row.type]


def test_pods_take_what_their_waypoint_brings(plan: Plan) -> None:
    """Otherwise a caller with a pod's address passes the waypoint's rules by."""
    spec = plan["shop-allow-waypoint"].inputs["spec"]
    assert "targetRefs" not in spec
    waypoint, scraper = spec["rules"][0]["from"]
    assert waypoint == {"source": {"principals": ["meridian-test/ns/shop/sa/waypoint"]}}
    assert scraper == {"source": {"namespaces": ["monitoring"]}}


def test_the_waypoint_takes_named_callers_only(plan: Plan) -> None:
    spec = plan["shop-allow-callers"].inputs["spec"]
    assert spec["targetRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}]
    members, gateway = spec["rules"][0]["from"]
    assert members == {"source": {"namespaces": ["shop", "web"]}}
    assert gateway == {"source": {"principals": ["meridian-test/ns/istio-ingress/sa/public-istio"]}}


def test_its_share_of_the_cluster_is_bounded(plan: Plan) -> None:
    hard = plan["shop-quota"].inputs["spec"]["hard"]
    assert hard["services.loadbalancers"] == hard["services.nodeports"] == "0"
    assert hard["requests.memory"] == hard["limits.memory"]
    (sizes,) = plan["shop-sizes"].inputs["spec"]["limits"]
    assert sizes["default"]["memory"] == sizes["defaultRequest"]["memory"]
    assert set(hard) >= {f"requests.{key}" for key in sizes["defaultRequest"]}


def test_the_breaker_holds_for_every_service_of_it(plan: Plan) -> None:
    breaker = plan["shop-breaker"].inputs
    assert breaker["spec"]["host"] == "*.shop.svc.cluster.local"
    assert breaker["metadata"]["namespace"] == "shop"


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"encryption": "native_tls", "exposed": True}, "exposed: only with encryption mesh: name an OpenPort instead"),
        ({"encryption": "native_tls", "client_namespaces": ["web"]}, "client_namespaces: only with encryption mesh"),
        ({"pod_security": "privileged"}, "pod_security: privileged pods leave every policy"),
        ({"share": {"cpu": "1.5"}}, "share.cpu"),
        ({"share": {"memory": "256GB"}}, "share.memory"),
    ],
)
def test_faults_are_named(knobs: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        WorkloadNamespaceSpec.from_yaml(knobs)
