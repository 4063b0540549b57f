"""A data namespace: closed, but for DNS and the ports named."""

from typing import Any

import pytest

from components.data.namespace import DataNamespace, DataNamespaceArgs
from components.platform.network_policy import EVERYWHERE, OpenPort, port_faults
from meridian.plan import Plan
from tests.deploy import deploy

PORTS = (
    OpenPort(port=4000, from_namespaces=("apps",), from_labels={"tidb-client": "true"}, reason="Applications query TiDB."),
    OpenPort(port=2379, reason="Everything asks PD."),
    OpenPort(port=443, to_blocks=(EVERYWHERE, "10.0.0.0/8"), reason="Backups go to S3."),
    OpenPort(port=9440, to_namespaces=("clickhouse",), reason="Cold rows go to ClickHouse."),
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: DataNamespace("tidb", DataNamespaceArgs(namespace="tidb", ports=PORTS)))


def policy(plan: Plan, key: str) -> dict[str, Any]:
    inputs = plan[f"tidb-{key}"].inputs
    assert inputs["metadata"]["namespace"] == "tidb"
    return inputs["spec"]


def test_nothing_passes_by_default(plan: Plan) -> None:
    assert policy(plan, "deny-all") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_names_are_asked_of_kube_dns_only(plan: Plan) -> None:
    assert policy(plan, "to-dns") == {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                    }
                ],
                "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
            }
        ],
    }


def test_a_port_is_open_within_and_to_the_namespaces_named(plan: Plan) -> None:
    apps = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "apps"}},
        "podSelector": {"matchLabels": {"tidb-client": "true"}},
    }
    spec = policy(plan, "from-tcp-4000")
    assert spec["ingress"] == [{"from": [{"podSelector": {}}, apps], "ports": [{"port": 4000, "protocol": "TCP"}]}]
    assert spec["egress"] == [{"to": [{"podSelector": {}}], "ports": [{"port": 4000, "protocol": "TCP"}]}]
    assert policy(plan, "from-tcp-2379")["ingress"][0]["from"] == [{"podSelector": {}}]


def test_outgoing_ports_leave_out_the_instance_metadata(plan: Plan) -> None:
    spec = policy(plan, "to-tcp-443")
    assert spec["policyTypes"] == ["Egress"]
    assert "ingress" not in spec
    assert spec["egress"][0]["to"] == [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}},
        {"ipBlock": {"cidr": "10.0.0.0/8"}},
    ]
    assert policy(plan, "to-tcp-9440")["egress"][0]["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "clickhouse"}}}
    ]


def test_no_more_than_the_ports_named_are_open(plan: Plan) -> None:
    policies = plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    assert {row.inputs["metadata"]["name"] for row in policies} == {"deny-all", "to-dns", *(port.key for port in PORTS)}
    assert {row.inputs["metadata"]["annotations"]["kubernetes.io/description"] for row in policies} >= {port.reason for port in PORTS}


def test_policies_follow_their_namespace_which_is_out_of_the_mesh(plan: Plan) -> None:
    space = plan["tidb-namespace"]
    assert space.inputs["metadata"]["labels"]["istio-injection"] == "disabled"
    assert space.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for row in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy"):
        assert space.urn in row.dependencies


def test_ports_that_clash_are_refused() -> None:
    twice = (OpenPort(port=1, reason="a"), OpenPort(port=1, reason="b"))
    both = OpenPort(port=2, from_namespaces=("a",), to_blocks=(EVERYWHERE,), reason="c")
    assert port_faults(twice) == ["port from-tcp-1 is named 2 times: join them"]
    with pytest.raises(ValueError, match="namespace 'tidb': port to-tcp-2 is incoming and outgoing: make two"):
        DataNamespace("tidb", DataNamespaceArgs(namespace="tidb", ports=(both,)))
