"""Gateway: in every layer threats first, what is listed next, and a block at the end."""

import re
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.edge.gateway import Gateway, GatewayArgs, GatewaySpec, network_faults
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

POLICY = "cloudflare:index/zeroTrustGatewayPolicy:ZeroTrustGatewayPolicy"
SETTINGS = "cloudflare:index/zeroTrustGatewaySettings:ZeroTrustGatewaySettings"
SPEC: dict[str, Any] = {"domains": ["github.com", "aws.amazon.com"], "groups": ["platform-engineers"], "ports": [443, 4000]}


def args(**networks: str) -> GatewayArgs:
    known = {region.replace("_", "-"): (block, pulumi.Output.from_input(f"vnet-{region}")) for region, block in networks.items()}
    return GatewayArgs(
        spec=GatewaySpec.from_yaml(SPEC),
        site=site(),
        networks=known,
        posture_rule_ids={"os_version": ["rule-b", "rule-a"], "firewall": ["rule-c"]},
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: Gateway("gateway", args(eu_west_1="10.0.0.0/16", us_east_1="10.0.0.0/16")), mode="update")


def _layer(plan: Plan, layer: str) -> list[dict[str, Any]]:
    found = [dict(rule.inputs) for rule in plan.of_type(POLICY) if rule.inputs["filters"] == [layer]]
    return sorted(found, key=lambda rule: rule["precedence"])


@pytest.mark.parametrize("layer", ["dns", "l4", "http"])
def test_every_layer_ends_in_a_block_of_everything(plan: Plan, layer: str) -> None:
    last = _layer(plan, layer)[-1]
    assert last["action"] == "block"
    assert "identity" not in last
    assert last["traffic"] in {'dns.fqdn matches ".*"', "net.dst.ip in {0.0.0.0/0 ::/0}", 'http.request.host matches ".*"'}


@pytest.mark.parametrize("layer", ["dns", "http"])
def test_threats_are_blocked_before_anything_is_allowed(plan: Plan, layer: str) -> None:
    first, second, _ = _layer(plan, layer)
    assert (first["action"], second["action"]) == ("block", "allow")
    assert "security_category" in first["traffic"]
    assert re.search(r'\{"aws\.amazon\.com" "example\.com" "github\.com"\}', second["traffic"])


def test_private_networks_are_for_people_of_the_groups_on_checked_devices(plan: Plan) -> None:
    ireland = plan.find(POLICY, "gateway-l4-private-eu-west-1").inputs
    assert ireland["traffic"] == 'net.dst.ip in {10.0.0.0/16} and net.dst.port in {443 4000} and net.vnet_id == "vnet-eu_west_1"'
    assert ireland["identity"] == 'any(identity.groups.name[*] in {"platform-engineers"})'
    either, firewall = 'any(device_posture.checks.passed[*] in {"rule-a" "rule-b"})', 'any(device_posture.checks.passed[*] in {"rule-c"})'
    assert ireland["devicePosture"] == f"{firewall} and {either}"


def test_equal_addresses_are_told_apart_by_the_virtual_network(plan: Plan) -> None:
    first, second, _ = _layer(plan, "l4")
    assert first["traffic"] != second["traffic"]
    assert first["traffic"].split(" and ")[0] == second["traffic"].split(" and ")[0]


def test_precedences_are_of_the_account(plan: Plan) -> None:
    precedences = [rule.inputs["precedence"] for rule in plan.of_type(POLICY)]
    assert len(set(precedences)) == len(precedences) == 9


def test_expressions_are_spaced_as_the_api_gives_them_back(plan: Plan) -> None:
    """Other spacing shows as a change in every preview (terraform-provider-cloudflare#5839)."""
    for rule in plan.of_type(POLICY):
        assert "  " not in rule.inputs["traffic"]
        assert rule.inputs["traffic"] == rule.inputs["traffic"].strip()


def test_activity_is_logged_and_tls_opened(plan: Plan) -> None:
    (settings,) = plan.of_type(SETTINGS)
    assert settings.inputs["settings"] == {
        "activityLog": {"enabled": True},
        "tlsDecrypt": {"enabled": True},
        "protocolDetection": {"enabled": True},
    }


def test_a_new_region_moves_no_block(plan: Plan) -> None:
    alone = deploy(lambda: Gateway("gateway", args(eu_west_1="10.0.0.0/16")), mode="update")
    assert _layer(alone, "l4")[-1]["precedence"] == _layer(plan, "l4")[-1]["precedence"]


def test_a_network_may_be_an_output_of_its_region() -> None:
    def build() -> None:
        networks = {"eu-west-1": (pulumi.Output.from_input("10.4.0.0/16"), pulumi.Output.from_input("vnet"))}
        Gateway("gateway", GatewayArgs(spec=GatewaySpec.from_yaml(SPEC), site=site(), networks=networks))

    plan = deploy(build, mode="update")
    allowed = plan.find(POLICY, "gateway-l4-private-eu-west-1").inputs
    assert allowed["traffic"] == 'net.dst.ip in {10.4.0.0/16} and net.dst.port in {443 4000} and net.vnet_id == "vnet"'
    assert "devicePosture" not in allowed


@pytest.mark.parametrize(
    ("differences", "message"),
    [
        ({"domains": ["*.github.com"]}, r"domains: '\*\.github\.com' must be a plain name"),
        ({"domains": ["https://github.com"]}, "must be a plain name"),
        ({"groups": ['a"} or true']}, "holds a quote or a backslash"),
        ({"ports": [0]}, "ports: 0 is no TCP port"),
        ({"groups": []}, "groups"),
    ],
)
def test_refusals(differences: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GatewaySpec.from_yaml({**SPEC, **differences})


def test_only_private_networks_are_reached() -> None:
    assert list(network_faults({"a": "10.0.0.0/16", "b": "100.64.0.0/16"})) == []
    (public,) = network_faults({"a": "0.0.0.0/0"})
    assert public == "networks.a: 0.0.0.0/0 is public: only private networks are reached through a tunnel"
    with pytest.raises(ProgramFailed, match=r"networks.eu-west-1: 10.0.0.1/16 is no CIDR block"):
        deploy(lambda: Gateway("gateway", args(eu_west_1="10.0.0.1/16")))
