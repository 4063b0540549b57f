"""Identity providers: each kind tells groups in its own way, and people who leave are out at once."""

from typing import Any

import pytest

from components.edge.access_identity import secret_faults
from tests.components.edge.access import access_plan, access_spec

GROUP = "cloudflare:index/zeroTrustAccessGroup:ZeroTrustAccessGroup"
PROVIDER = "cloudflare:index/zeroTrustAccessIdentityProvider:ZeroTrustAccessIdentityProvider"
OIDC = {"auth_url": "https://i.test/a", "certs_url": "https://i.test/c", "client_id": "id", "token_url": "https://i.test/t"}
SAML = {"issuer_url": "https://i.test", "sso_target_url": "https://i.test/sso"}


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ({"kind": "okta", "settings": {"client_id": "id", "okta_account": "https://shop.okta.test"}}, {"okta": {"name": "engineers"}}),
        ({"kind": "azureAD", "settings": {"client_id": "id", "directory_id": "tenant"}}, {"azureAd": {"id": "engineers"}}),
        ({"kind": "oidc", "settings": OIDC}, {"oidc": {"claimName": "groups", "claimValue": "engineers"}}),
        (
            {"kind": "saml", "settings": SAML, "certificates": ["CERTIFICATE"]},
            {"saml": {"attributeName": "groups", "attributeValue": "engineers"}},
        ),
    ],
)
def test_groups_are_named_as_the_provider_names_them(provider: dict[str, Any], expected: dict[str, dict[str, str]]) -> None:
    plan = access_plan(
        secrets={} if provider["kind"] == "saml" else {"people": "HIDDEN"},
        identity_providers={"people": provider},
        groups={"platform": {"provider": "people", "members": ["engineers"]}},
        applications={"grafana": {"groups": ["platform"]}},
    )
    (made,) = plan.of_type(PROVIDER)
    assert made.inputs["type"] == provider["kind"]
    assert made.inputs["scimConfig"] == {
        "enabled": True,
        "userDeprovision": True,
        "seatDeprovision": True,
        "identityUpdateBehavior": "reauth",
    }
    ((selector, values),) = expected.items()
    (include,) = plan.find(GROUP, "access-platform").inputs["includes"]
    assert include == {selector: {**values, "identityProviderId": made.id}}


def test_secrets_are_there_for_whom_they_are_for() -> None:
    spec = access_spec()
    assert secret_faults(spec.identity_providers, {"okta": "HIDDEN"}) == []
    assert secret_faults(spec.identity_providers, {"google": "HIDDEN"}) == [
        "client_secrets: google is no identity provider that takes one",
        "identity_providers.okta: its client secret is missing, hand it in as client_secrets",
    ]
