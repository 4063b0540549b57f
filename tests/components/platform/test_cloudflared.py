"""The tunnel's connectors: vendor's flags, restricted pods, a fixed number of them, and three neighbours."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from pydantic import ValidationError

from components.platform.cloudflared import Cloudflared, CloudflaredArgs, CloudflaredSpec
from meridian.plan import Plan
from tests.components.cluster.surroundings import CLUSTER, Region, region_plan
from tests.shared import crd_faults

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def build(region: Region) -> None:
    args = CloudflaredArgs(spec=CloudflaredSpec(), cluster=region.cluster, nodes=region.node_group(), scraped_from=("monitoring",))
    Cloudflared("tunnel", args)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


@pytest.fixture(scope="module")
def pod(plan: Plan) -> dict[str, Any]:
    return plan.find(DEPLOYMENT, "tunnel").inputs["spec"]["template"]["spec"]


def test_flags_and_environment_are_those_of_the_vendor(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["args"] == ["tunnel", "--no-autoupdate", "--metrics", "0.0.0.0:2000", "--grace-period", "30s", "run"]
    environment = {variable["name"]: variable for variable in container["env"]}
    assert environment["TUNNEL_EDGE_IP_VERSION"]["value"] == "4"
    assert environment["TUNNEL_TOKEN_FILE"]["value"] == "/etc/cloudflared/token"
    assert "TUNNEL_TOKEN" not in environment
    assert container["volumeMounts"] == [{"name": "token", "mountPath": "/etc/cloudflared", "readOnly": True}]
    assert pod["volumes"] == [{"name": "token", "secret": {"secretName": "tunnel-token"}}]
    assert pod["terminationGracePeriodSeconds"] == 45


def test_an_edge_out_of_reach_restarts_nobody(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": 2000}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthcheck", "port": 2000}


def test_pods_are_what_the_restricted_level_lets_in(plan: Plan, pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is plan["tunnel-account"].inputs["automountServiceAccountToken"] is False
    labels = plan["tunnel-namespace"].inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["istio.io/dataplane-mode"] == "none"


def test_three_of_a_fixed_number_over_the_zones_and_two_stay(plan: Plan, pod: dict[str, Any]) -> None:
    deployment = plan.find(DEPLOYMENT, "tunnel").inputs["spec"]
    assert deployment["replicas"] == 3
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert plan["tunnel-budget"].inputs["spec"]["minAvailable"] == 2
    assert plan["tunnel-budget"].inputs["spec"]["selector"] == deployment["selector"]
    assert "topology.kubernetes.io/zone" in {spread["topologyKey"] for spread in pod["topologySpreadConstraints"]}
    assert not [found for found in plan.resources if "HorizontalPodAutoscaler" in found.type or "ScaledObject" in found.type]


def test_selectors_are_the_pods_labels(plan: Plan) -> None:
    deployment = plan.find(DEPLOYMENT, "tunnel").inputs["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()


def test_the_token_comes_by_reference_and_stands_in_no_object(plan: Plan) -> None:
    token = plan["tunnel-token"]
    assert crd_faults("external-secrets/external-secrets.io_externalsecrets.yaml", token.inputs) == []
    assert token.inputs["spec"]["data"] == [{"secretKey": "token", "remoteRef": {"key": f"{CLUSTER}/tunnel-token", "property": "token"}}]
    assert not plan.of_type("kubernetes:core/v1:Secret")


def test_a_region_comes_up_before_its_token_is_written(plan: Plan) -> None:
    """The global stack writes it after reading this stack's outputs: waiting would never end."""
    for waiting in (plan["tunnel-token"], plan.find(DEPLOYMENT, "tunnel")):
        assert waiting.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_connectors_reach_cloudflare_the_gateway_and_names_only(plan: Plan) -> None:
    policies = {found.inputs["metadata"]["name"]: found.inputs["spec"] for found in plan.of_type(POLICY)}
    assert policies["deny-all"]["policyTypes"] == ["Ingress", "Egress"]
    out = {name: spec["egress"][0] for name, spec in policies.items() if name.startswith("to-")}
    assert set(out) == {"to-dns", "to-udp-7844", "to-tcp-7844", "to-tcp-443", "to-tcp-8443"}
    blocks = {peer["ipBlock"]["cidr"] for name in ("to-udp-7844", "to-tcp-7844", "to-tcp-443") for peer in out[name]["to"]}
    for edge in ("198.41.192.0/24", "198.41.200.0/24"):  # region1 and region2 of v2.argotunnel.com
        assert any(IPv4Network(edge).subnet_of(IPv4Network(block)) for block in blocks)
    assert not any(IPv4Network(block).prefixlen < 12 for block in blocks)
    assert out["to-tcp-8443"]["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-ingress"}}}]


def test_metrics_are_open_only_to_who_scrapes(plan: Plan) -> None:
    incoming = {found.inputs["metadata"]["name"] for found in plan.of_type(POLICY) if "from" in found.inputs["metadata"]["name"]}
    assert incoming == {"from-tcp-2000"}
    closed = region_plan(
        lambda region: Cloudflared("tunnel", CloudflaredArgs(spec=CloudflaredSpec(), cluster=region.cluster, nodes=region.node_group()))
    )
    assert not [found for found in closed.of_type(POLICY) if "from" in found.inputs["metadata"]["name"]]


@pytest.mark.parametrize(("replicas", "limit"), [(2, "greater than or equal to 3"), (26, "less than or equal to 25")])
def test_fewer_than_three_and_more_than_a_tunnel_takes_are_refused(replicas: int, limit: str) -> None:
    with pytest.raises(ValidationError, match=limit):
        CloudflaredSpec(replicas=replicas)
