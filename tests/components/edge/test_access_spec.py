"""What a stack file may say of Access, and each refusal by its words."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.access_spec import access_faults, admin_host
from tests.components.edge.access import access_spec
from tests.components.edge.sites import site


@pytest.mark.parametrize(
    ("differences", "message"),
    [
        ({"applications": {"grafana": {"groups": []}}}, "an Access application without identity is open to everybody"),
        ({"applications": {"grafana": {"groups": ["platform"], "session_hours": 9}}}, r"session_hours[\s\S]*less than or equal to 8"),
        ({"service_tokens": {"ci": {"applications": ["grafana"], "days": 366}}}, r"days[\s\S]*less than or equal to 365"),
        ({"applications": {"grafana": {"groups": ["nobody"]}}}, "applications.grafana.groups: nobody is none of platform"),
        ({"groups": {"platform": {"provider": "google", "members": ["a"]}}}, "groups.platform.provider: google is none of okta"),
        ({"service_tokens": {"ci": {"applications": ["wiki"]}}}, "service_tokens.ci.applications: wiki is none of admin, argo-cd"),
        ({"applications": {"grafana": {"groups": ["platform"], "authenticators": ["sms"]}}}, "'security_key', 'biometrics' or 'totp'"),
        ({"identity_providers": {"okta": {"kind": "okta", "settings": {}}}}, "okta needs client_id, okta_account, given are none"),
        ({"team": "Shop Ltd"}, "team"),
        ({"groups": {"platform": {"provider": "okta", "members": []}}}, "members"),
    ],
)
def test_refusals(differences: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        access_spec(**differences)


def test_saml_needs_the_certificates_it_signs_with() -> None:
    saml = {"kind": "saml", "settings": {"issuer_url": "https://i.test", "sso_target_url": "https://i.test/sso"}}
    with pytest.raises(ValidationError, match="certificates: SAML needs"):
        access_spec(identity_providers={"okta": saml})


def test_hosts_lie_one_label_below_the_zone_as_the_universal_certificate_covers() -> None:
    host = admin_host("tidb-dashboard", "ap-southeast-1", "example.com")
    assert host == "tidb-dashboard-ap-southeast-1.example.com"
    assert host.count(".") == "example.com".count(".") + 1


def test_more_applications_than_an_account_takes_are_refused() -> None:
    many = {f"tool-{number}": {"groups": ["platform"]} for number in range(51)}
    regions = tuple(f"region-{number}" for number in range(10))
    (fault,) = access_faults(access_spec(applications=many), site(), regions)
    assert fault.startswith("applications: 510 in 10 regions, an account takes 500")


def test_more_tokens_than_an_account_takes_are_refused() -> None:
    many = {f"robot-{number}": {"applications": ["grafana"]} for number in range(51)}
    (fault,) = access_faults(access_spec(service_tokens=many), site(), ("eu-west-1",))
    assert fault.startswith("service_tokens: 51, an account takes 50")


def test_risk_scores_are_for_enterprise() -> None:
    assert list(access_faults(access_spec(adaptive=True), site(), ())) == []
    (fault,) = access_faults(access_spec(adaptive=True), site(CloudflarePlan.PRO), ())
    assert fault.startswith("adaptive: ")
