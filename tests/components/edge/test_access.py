"""Access: an application for every admin interface of every region, all of them identified, all of them for eight hours at most."""

import pytest

from components.catalog.cloudflare_plans import CloudflarePlan
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.edge.access import REGIONS, access_plan

APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication"
POLICY = "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy"
TOKEN = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken"
ORGANIZATION = "cloudflare:index/zeroTrustOrganization:ZeroTrustOrganization"
PROVIDER = "cloudflare:index/zeroTrustAccessIdentityProvider:ZeroTrustAccessIdentityProvider"
INTERFACES = ("admin", "argo-cd", "grafana", "jaeger", "kibana", "prometheus", "tidb-dashboard", "vault")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return access_plan(service_tokens={"probe": {"applications": ["grafana"], "days": 30}})


def test_every_admin_interface_of_every_region_has_an_application(plan: Plan) -> None:
    hosts = {destination["uri"] for found in plan.of_type(APPLICATION) for destination in found.inputs["destinations"]}
    assert hosts == {f"{interface}-{region}.example.com" for interface in INTERFACES for region in REGIONS}


def test_applications_are_protected_as_a_new_one_has_a_new_audience(plan: Plan) -> None:
    assert all(found.options.protect for found in plan.of_type(APPLICATION))
    (access,) = plan.of_type("meridian:edge:Access")
    audiences = access.outputs["audiences"]
    assert audiences["grafana-eu-west-1.example.com"] == plan.find(APPLICATION, "access-grafana-eu-west-1").outputs["aud"]
    assert len(set(audiences.values())) == len(INTERFACES) * len(REGIONS)


def test_every_policy_of_people_asks_identity_factor_and_device(plan: Plan) -> None:
    people = [found for found in plan.of_type(POLICY) if found.inputs["decision"] == "allow"]
    assert len(people) == len(INTERFACES)
    for policy in people:
        assert [set(include) for include in policy.inputs["includes"]] == [{"group"}]
        assert len(policy.inputs["requires"]) == 3
        assert policy.inputs["mfaConfig"]["allowedAuthenticators"]
        assert policy.inputs["mfaConfig"]["mfaDisabled"] is False


def test_nobody_is_everybody_and_nothing_is_bypassed(plan: Plan) -> None:
    for policy in plan.of_type(POLICY):
        assert policy.inputs["decision"] in {"allow", "non_identity"}
        assert not [include for include in policy.inputs["includes"] if "everyone" in include or "anyValidServiceToken" in include]


def test_sessions_are_named_on_policy_application_and_organisation(plan: Plan) -> None:
    named = [*plan.of_type(APPLICATION), *plan.of_type(POLICY), *plan.of_type(ORGANIZATION)]
    assert {found.inputs["sessionDuration"] for found in named} == {"8h"}


def test_a_hardware_key_is_asked_where_production_can_be_changed(plan: Plan) -> None:
    factors = {
        found.name: found.inputs["mfaConfig"]["allowedAuthenticators"] for found in plan.of_type(POLICY) if "mfaConfig" in found.inputs
    }
    assert factors["access-tidb-dashboard"] == factors["access-argo-cd"] == ["security_key"]
    assert factors["access-grafana"] == ["security_key", "biometrics"]
    assert not any("totp" in allowed for allowed in factors.values())


def test_the_organisation_demands_a_second_factor_and_only_code_changes_it(plan: Plan) -> None:
    (organization,) = plan.of_type(ORGANIZATION)
    assert organization.inputs["authDomain"] == "shop.cloudflareaccess.com"
    assert organization.inputs["mfaRequiredForAllApps"] is organization.inputs["isUiReadOnly"] is True
    assert organization.options.protect


def test_a_machine_opens_only_what_its_token_names(plan: Plan) -> None:
    (token,), (machines,) = plan.of_type(TOKEN), [found for found in plan.of_type(POLICY) if found.inputs["decision"] == "non_identity"]
    assert token.inputs["duration"] == "720h"
    assert machines.name == "access-grafana-machines"
    assert machines.inputs["includes"] == [{"serviceToken": {"tokenId": token.id}}]
    assert "clientSecret" in token.options.additional_secret_outputs
    ids = [policy["id"] for policy in plan.find(APPLICATION, "access-grafana-us-east-1").inputs["policies"]]
    assert ids == [plan.find(POLICY, "access-grafana").id, machines.id]


def test_the_client_secret_is_secret(plan: Plan) -> None:
    (provider,) = plan.of_type(PROVIDER)
    assert any(path.startswith("config") for path in provider.secret)


def test_risk_needs_the_plan_that_scores_it() -> None:
    with pytest.raises(ProgramFailed, match=r"adaptive: .*risk score needs plan enterprise, the zone has plan business"):
        access_plan(plan=CloudflarePlan.BUSINESS, adaptive=True)


def test_a_missing_client_secret_is_refused() -> None:
    with pytest.raises(ProgramFailed, match=r"identity_providers.okta: its client secret is missing"):
        access_plan(secrets={})


def test_a_preview_knows_hosts_and_policies() -> None:
    preview = access_plan(mode="preview")
    assert len(preview.of_type(APPLICATION)) == len(INTERFACES) * len(REGIONS)
    assert all(found.inputs["includes"] for found in preview.of_type(POLICY))
