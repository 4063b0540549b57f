"""Closed namespaces: what the add-ons' own may do, and nothing more."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from components.data.backup import BackupSpec
from components.data.velero import Velero, VeleroArgs
from components.platform.cert_manager import CertManager, CertManagerArgs
from components.platform.external_secrets import ExternalSecrets, ExternalSecretsArgs
from components.platform.network_policy import EVERYWHERE, OpenPort, from_control_plane, network_policies, port_faults, to_api_server
from meridian.plan import Plan
from tests.components.cluster.surroundings import Region, region_plan
from tests.components.data.test_bucket import build as bucket
from tests.deploy import deploy

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
METADATA = "169.254.169.254/32"


def add_ons(region: Region) -> None:
    nodes = region.node_group()
    CertManager("cert-manager", CertManagerArgs(cluster=region.cluster, nodes=nodes))
    ExternalSecrets("external-secrets", ExternalSecretsArgs(cluster=region.cluster, nodes=nodes))
    Velero("velero", VeleroArgs(spec=BackupSpec(), cluster=region.cluster, nodes=nodes, bucket=bucket()))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(add_ons)


def specs(plan: Plan, namespace: str) -> Mapping[str, Mapping[str, Any]]:
    rows = [row.inputs for row in plan.of_type(POLICY) if row.inputs["metadata"]["namespace"] == namespace]
    return {row["metadata"]["name"]: row["spec"] for row in rows}


def test_every_add_ons_namespace_has_exactly_these_policies(plan: Plan) -> None:
    closed = {"deny-all", "to-dns"}
    assert set(specs(plan, "cert-manager")) == closed | {"to-tcp-443", "from-tcp-10250"}
    assert set(specs(plan, "external-secrets")) == closed | {"to-tcp-443", "to-tcp-80", "from-tcp-10250"}
    assert set(specs(plan, "velero")) == closed | {"to-tcp-443", "to-tcp-80"}


def test_cert_manager_reaches_the_api_server_and_nothing_else(plan: Plan) -> None:
    """A default cluster's `kubernetes` Service is 172.20.0.1; the control plane's interfaces are in the private subnets."""
    (rule,) = specs(plan, "cert-manager")["to-tcp-443"]["egress"]
    blocks = [peer["ipBlock"]["cidr"] for peer in rule["to"]]
    private = [row.inputs["cidrBlock"] for row in plan.of_type("aws:ec2/subnet:Subnet") if "private" in row.name]
    assert blocks[0] == "172.20.0.1/32"
    assert sorted(blocks[1:]) == sorted(private)
    assert rule["ports"] == [{"port": 443, "protocol": "TCP"}]


@pytest.mark.parametrize("namespace", ["cert-manager", "external-secrets"])
def test_webhooks_answer_the_control_plane_only(plan: Plan, namespace: str) -> None:
    spec = specs(plan, namespace)["from-tcp-10250"]
    assert spec["policyTypes"] == ["Ingress"]
    (rule,) = spec["ingress"]
    assert {tuple(peer) for peer in rule["from"]} == {("ipBlock",)}
    assert all(IPv4Network(peer["ipBlock"]["cidr"]).is_private for peer in rule["from"])


@pytest.mark.parametrize("namespace", ["external-secrets", "velero"])
def test_aws_is_reached_but_the_instance_metadata_is_not(plan: Plan, namespace: str) -> None:
    found = specs(plan, namespace)
    assert found["to-tcp-443"]["egress"][0]["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [METADATA]}}]
    assert found["to-tcp-80"]["egress"][0]["to"] == [{"ipBlock": {"cidr": "169.254.170.23/32"}}]


def test_charts_come_into_closed_namespaces(plan: Plan) -> None:
    for release in plan.of_type("kubernetes:helm.sh/v3:Release"):
        denied = [row.urn for row in plan.of_type(POLICY) if row.inputs["metadata"]["namespace"] == release.inputs["namespace"]]
        assert denied
        assert set(denied) <= set(release.dependencies)


def test_a_policy_may_be_for_some_pods_only() -> None:
    port = OpenPort(port=15012, from_blocks=("10.0.0.0/8",), pods={"app": "istiod"}, reason="Proxies ask.")
    spec = planned(port)["from-tcp-15012"]
    assert spec == {
        "podSelector": {"matchLabels": {"app": "istiod"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 15012, "protocol": "TCP"}]}],
    }


def test_blocks_come_beside_namespaces() -> None:
    spec = planned(OpenPort(port=443, from_blocks=("10.0.0.0/8",), from_namespaces=("apps",), reason="Both."))["from-tcp-443"]
    assert [set(peer) for peer in spec["ingress"][0]["from"]] == [{"namespaceSelector"}, {"ipBlock"}]


def planned(*ports: OpenPort) -> Mapping[str, Mapping[str, Any]]:
    return specs(deploy(lambda: network_policies("space", "space", ports, pulumi.ResourceOptions())), "space")


def test_the_first_address_of_another_service_range_is_taken() -> None:
    ports: list[OpenPort] = []
    region_plan(lambda region: ports.extend([to_api_server(region.cluster), from_control_plane(region.cluster, 9443, "Asks.")]))
    assert ports[0].to_blocks[1:] == ports[1].from_blocks
    assert ports[1].key == "from-tcp-9443"


def test_a_port_both_ways_is_refused() -> None:
    both = OpenPort(port=2, from_blocks=("10.0.0.0/8",), to_blocks=(EVERYWHERE,), reason="c")
    assert port_faults([both]) == ["port to-tcp-2 is incoming and outgoing: make two"]
    with pytest.raises(ValueError, match="namespace 'space': port to-tcp-2 is incoming and outgoing: make two"):
        network_policies("space", "space", [both], pulumi.ResourceOptions())
