"""The tunnel's end at the edge: rules that end in 404, a network of its own for each region, and a token that nothing prints."""

import pytest

from components.edge.region_secret import SecretPlace
from components.edge.tunnel import CATCH_ALL, GATEWAY, Tunnel, TunnelArgs, ingress_faults, tunnel_rules
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig"
TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"
NETWORK = "cloudflare:index/zeroTrustTunnelCloudflaredVirtualNetwork:ZeroTrustTunnelCloudflaredVirtualNetwork"
ROUTE = "cloudflare:index/zeroTrustTunnelCloudflaredRoute:ZeroTrustTunnelCloudflaredRoute"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"


def args(region: str = "eu-west-1", **hosts: str) -> TunnelArgs:
    return TunnelArgs(
        site=site(),
        place=SecretPlace(region=region, cluster_name=f"meridian-{region}", key_arn=f"arn:aws:kms:{region}:111122223333:key/secrets"),
        cidr_block="10.0.0.0/16",
        team="shop",
        audiences={f"{host}.example.com": audience for host, audience in hosts.items()},
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    def build() -> None:
        Tunnel("ireland", args(grafana="g" * 64, argo="a" * 64))
        Tunnel("mumbai", args("ap-south-1", kibana="k" * 64))

    return deploy(build, mode="update")


def test_rules_are_kept_at_cloudflare_and_end_in_404(plan: Plan) -> None:
    for name in ("ireland", "mumbai"):
        assert plan.find(TUNNEL, name).inputs["configSrc"] == "cloudflare"
        config = plan.find(CONFIG, f"{name}-config")
        assert config.inputs["source"] == "cloudflare"
        assert config.inputs["config"]["ingresses"][-1] == {"service": "http_status:404"}
        assert config.inputs["tunnelId"] == plan.find(TUNNEL, name).id


def test_each_host_goes_to_the_gateways_own_listener_over_checked_tls(plan: Plan) -> None:
    first, second, _ = plan.find(CONFIG, "ireland-config").inputs["config"]["ingresses"]
    assert [first["hostname"], second["hostname"]] == ["grafana.example.com", "argo.example.com"]
    assert first["service"] == second["service"] == "https://public-istio.istio-ingress.svc.cluster.local:8443"
    assert first["originRequest"]["originServerName"] == "grafana.example.com"
    assert first["originRequest"]["noTlsVerify"] is False


def test_connectors_check_the_token_of_access_again(plan: Plan) -> None:
    first = plan.find(CONFIG, "ireland-config").inputs["config"]["ingresses"][0]
    assert first["originRequest"]["access"] == {"required": True, "teamName": "shop", "audTags": ["g" * 64]}


def test_equal_addresses_coexist_in_networks_of_their_own(plan: Plan) -> None:
    ireland, mumbai = plan.find(ROUTE, "ireland-route").inputs, plan.find(ROUTE, "mumbai-route").inputs
    assert ireland["network"] == mumbai["network"] == "10.0.0.0/16"
    assert ireland["virtualNetworkId"] == plan.find(NETWORK, "ireland-network").id
    assert ireland["virtualNetworkId"] != mumbai["virtualNetworkId"]
    assert ireland["tunnelId"] != mumbai["tunnelId"]
    assert plan.find(NETWORK, "ireland-network").inputs["isDefaultNetwork"] is False


def test_the_token_is_left_in_the_region_under_its_key_and_marked_secret(plan: Plan) -> None:
    secret, value = plan.find("aws:secretsmanager/secret:Secret", "mumbai-token"), plan["mumbai-token-value"]
    assert secret.inputs["name"] == "meridian-ap-south-1/tunnel-token"
    assert secret.inputs["region"] == value.inputs["region"] == "ap-south-1"
    assert secret.inputs["kmsKeyId"].startswith("arn:aws:kms:ap-south-1:")
    assert "secretString" in value.secret
    assert plan.find(TUNNEL, "mumbai").urn in value.dependencies


def test_names_lead_to_the_tunnel_through_the_proxy(plan: Plan) -> None:
    record = plan.find(RECORD, "ireland-grafana")
    assert record.inputs["content"] == f"{plan.find(TUNNEL, 'ireland').id}.cfargotunnel.com"
    assert (record.inputs["type"], record.inputs["proxied"], record.inputs["ttl"]) == ("CNAME", True, 1)
    assert plan.find(CONFIG, "ireland-config").urn in record.dependencies


def test_a_preview_knows_the_rules_and_not_the_token() -> None:
    preview = deploy(lambda: Tunnel("ireland", args(grafana="g" * 64)), mode="preview")
    assert preview.find(CONFIG, "ireland-config").inputs["config"]["ingresses"][-1] == {"service": CATCH_ALL}
    assert "c3RhbmQtaW4" not in str(preview["ireland-token-value"].inputs)


def test_a_hostname_in_no_zone_is_refused() -> None:
    wrong = TunnelArgs(**{**vars(args()), "audiences": {"grafana.example.org": "g" * 64}})
    with pytest.raises(ProgramFailed, match=r"grafana\.example\.org lies in no zone"):
        deploy(lambda: Tunnel("ireland", wrong))


@pytest.mark.parametrize("rules", [[], [("a.example.com", GATEWAY)], [("a.example.com", GATEWAY), (None, GATEWAY)]])
def test_a_tunnel_without_a_final_404_is_refused(rules: list[tuple[str | None, str]]) -> None:
    (fault,) = ingress_faults(rules)
    assert "the last rule must be http_status:404" in fault


def test_a_rule_for_every_host_before_the_end_is_refused() -> None:
    (fault,) = ingress_faults([(None, GATEWAY), (None, CATCH_ALL)])
    assert "rule 1" in fault
    assert list(ingress_faults(tunnel_rules(["a.example.com"]))) == []
    assert list(ingress_faults(tunnel_rules([]))) == []
