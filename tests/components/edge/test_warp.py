"""The device client: locked, and private networks by choice of those who may."""

from typing import Any

import pytest

from components.edge.warp import Warp, WarpArgs, WarpSpec
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

EVERYBODY = "cloudflare:index/zeroTrustDeviceDefaultProfile:ZeroTrustDeviceDefaultProfile"
PROFILE = "cloudflare:index/zeroTrustDeviceCustomProfile:ZeroTrustDeviceCustomProfile"
SPEC: dict[str, Any] = {
    "profiles": {
        "europe": {"groups": ["platform-eu"], "regions": ["eu-west-1", "eu-central-1"]},
        "america": {"groups": ["platform-us"], "regions": ["us-east-1"]},
    }
}
NETWORKS = {"eu-west-1": "vnet-1", "eu-central-1": "vnet-2", "us-east-1": "vnet-3"}


def made(networks: dict[str, str]) -> Plan:
    return deploy(lambda: Warp("warp", WarpArgs(spec=WarpSpec.from_yaml(SPEC), site=site(), virtual_network_ids=networks)), mode="update")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return made(NETWORKS)


def test_nobody_switches_it_off_or_leaves(plan: Plan) -> None:
    for profile in (*plan.of_type(EVERYBODY), *plan.of_type(PROFILE)):
        assert profile.inputs["switchLocked"] is True
        assert profile.inputs["allowedToLeave"] is profile.inputs["allowModeSwitch"] is False
        assert profile.inputs["autoConnect"] == 300
        assert profile.inputs["serviceModeV2"] == {"mode": "warp"}


def test_regions_addresses_go_through_the_client(plan: Plan) -> None:
    for profile in (*plan.of_type(EVERYBODY), *plan.of_type(PROFILE)):
        past = {exclude["address"] for exclude in profile.inputs["excludes"]}
        assert not past & {"10.0.0.0/8", "100.64.0.0/10"}
        assert "includes" not in profile.inputs


def test_people_choose_among_their_regions_and_no_others(plan: Plan) -> None:
    europe, america = plan.find(PROFILE, "warp-europe").inputs, plan.find(PROFILE, "warp-america").inputs
    assert europe["virtualNetworks"] == {"alloweds": ["vnet-1", "vnet-2"], "default": "vnet-1"}
    assert america["virtualNetworks"] == {"alloweds": ["vnet-3"], "default": "vnet-3"}
    assert europe["match"] == 'any(identity.groups.name[*] in {"platform-eu"})'
    assert europe["precedence"] < america["precedence"]


def test_a_region_without_a_virtual_network_is_refused() -> None:
    with pytest.raises(ProgramFailed, match=r"profiles.america.regions: us-east-1 has no virtual network, there are eu-central-1, eu-w"):
        made({"eu-west-1": "vnet-1", "eu-central-1": "vnet-2"})
