"""Device posture: a rule per platform, a group per check that any of them fills."""

from typing import Any

import pulumi
import pytest

from components.edge.posture import Posture, PostureArgs
from components.edge.posture_spec import PostureSpec
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

RULE = "cloudflare:index/zeroTrustDevicePostureRule:ZeroTrustDevicePostureRule"
GROUP = "cloudflare:index/zeroTrustAccessGroup:ZeroTrustAccessGroup"
INTEGRATION = "cloudflare:index/zeroTrustDevicePostureIntegration:ZeroTrustDevicePostureIntegration"
FULL: dict[str, Any] = {
    "certificate": {"certificate_id": "c" * 36, "common_name": "${serial_number}"},
    "edr": {
        "kind": "crowdstrike_s2s",
        "settings": {"api_url": "https://api.crowdstrike.test", "client_id": "id", "customer_id": "customer"},
    },
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    def build() -> None:
        made = Posture("posture", PostureArgs(spec=PostureSpec.from_yaml(FULL), site=site(), edr_secret="HIDDEN"))
        pulumi.export("requirements", made.requirements)

    return deploy(build, mode="update")


def test_types_are_the_apis_own_with_underscores(plan: Plan) -> None:
    assert {rule.inputs["type"] for rule in plan.of_type(RULE)} == {
        "os_version",
        "disk_encryption",
        "firewall",
        "client_certificate_v2",
        "crowdstrike_s2s",
    }


def test_each_platform_has_a_rule_of_its_own_for_each_check_of_the_client(plan: Plan) -> None:
    version = plan.find(RULE, "posture-os_version-mac").inputs
    assert version["matches"] == [{"platform": "mac"}]
    assert version["input"] == {"operatingSystem": "mac", "operator": ">=", "version": "15.0.0"}
    assert plan.find(RULE, "posture-disk_encryption-windows").inputs["input"] == {"operatingSystem": "windows", "requireAll": True}
    assert plan.find(RULE, "posture-firewall-windows").inputs["input"]["enabled"] is True
    certificate = plan.find(RULE, "posture-client_certificate_v2-mac").inputs["input"]
    assert (certificate["cn"], certificate["checkPrivateKey"]) == ("${serial_number}", True)


def test_a_device_of_any_platform_can_fill_every_group(plan: Plan) -> None:
    """A policy that required the rules themselves would ask a Mac for a version of Windows."""
    for check in ("os_version", "disk_encryption", "firewall"):
        group = plan.find(GROUP, f"posture-{check}-passed").inputs
        uids = [include["devicePosture"]["integrationUid"] for include in group["includes"]]
        assert uids == [plan.find(RULE, f"posture-{check}-{platform}").id for platform in ("windows", "mac")]
        assert "requires" not in group


def test_the_edr_is_asked_over_a_connection_whose_secret_is_secret(plan: Plan) -> None:
    (connection,) = plan.of_type(INTEGRATION)
    assert connection.inputs["interval"] == "5m"
    assert any("clientSecret" in path or path == "config" for path in connection.secret)
    rule = plan.find(RULE, "posture-crowdstrike_s2s-rule").inputs
    assert rule["input"] == {"connectionId": connection.id, "operator": ">=", "overall": "80"}


def test_requirements_are_the_groups_by_check(plan: Plan) -> None:
    assert plan.outputs["requirements"]["firewall"] == plan.find(GROUP, "posture-firewall-passed").id
    assert len(plan.outputs["requirements"]) == 5


def test_results_grow_old(plan: Plan) -> None:
    assert {(rule.inputs["schedule"], rule.inputs["expiration"]) for rule in plan.of_type(RULE)} == {("5m", "30m")}


@pytest.mark.parametrize(
    ("kind", "settings", "expected"),
    [
        ("intune", {"client_id": "id", "customer_id": "tenant"}, {"complianceStatus": "compliant"}),
        ("sentinelone_s2s", {"api_url": "https://s1.test"}, {"activeThreats": 0, "operator": "==", "infected": False, "isActive": True}),
    ],
)
def test_other_products_say_it_in_their_own_way(kind: str, settings: dict[str, str], expected: dict[str, Any]) -> None:
    spec = PostureSpec.from_yaml({"edr": {"kind": kind, "settings": settings}})
    made = deploy(lambda: Posture("posture", PostureArgs(spec=spec, site=site(), edr_secret="HIDDEN")), mode="update")
    given = made.find(RULE, f"posture-{kind}-rule").inputs["input"]
    assert {key: value for key, value in given.items() if key != "connectionId"} == expected


def test_an_edr_without_its_secret_is_refused() -> None:
    with pytest.raises(ProgramFailed, match=r"edr.kind crowdstrike_s2s needs the secret of its connection"):
        deploy(lambda: Posture("posture", PostureArgs(spec=PostureSpec.from_yaml(FULL), site=site())))
