"""Authenticated Origin Pulls: the zone's own certificate, on only once every region knows its authority."""

import pytest

from components.edge.origin_pulls import OriginPulls, OriginPullsArgs
from components.edge.region_secret import SecretPlace
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

CERTIFICATE = "cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate"
SETTINGS = "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings"
REGIONS = ("eu-west-1", "us-east-1")


@pytest.fixture(scope="module")
def plan() -> Plan:
    places = {
        region: SecretPlace(region=region, cluster_name=f"meridian-{region}", key_arn=f"arn:aws:kms:{region}:111122223333:key/secrets")
        for region in REGIONS
    }
    made = OriginPullsArgs(site=site(), certificate="CERTIFICATE", private_key="KEY", authority="AUTHORITY", places=places)
    return deploy(lambda: OriginPulls("pulls", made), mode="update")


def test_it_is_the_zones_own_certificate_and_its_key_is_secret(plan: Plan) -> None:
    certificate = plan.find(CERTIFICATE, "pulls-certificate")
    assert certificate.inputs["zoneId"] == "b" * 32
    assert "privateKey" in certificate.secret
    assert not plan.of_type("cloudflare:index/zoneSetting:ZoneSetting")


def test_every_region_gets_the_authority_where_its_gateway_reads_it(plan: Plan) -> None:
    for region in REGIONS:
        secret = plan.find("aws:secretsmanager/secret:Secret", f"pulls-{region}")
        assert secret.inputs["name"] == f"meridian-{region}/origin-pull-ca"
        assert secret.inputs["region"] == region
        assert plan[f"pulls-{region}-value"].inputs["secretString"] == '{"certificate": "AUTHORITY"}'


def test_the_private_key_goes_to_cloudflare_alone(plan: Plan) -> None:
    assert [found.name for found in plan.resources if "KEY" in str(found.inputs.get("privateKey", found.inputs.get("secretString")))] == [
        "pulls-certificate"
    ]


def test_it_is_switched_on_last(plan: Plan) -> None:
    enabled, certificate = plan.find(SETTINGS, "pulls-enabled"), plan.find(CERTIFICATE, "pulls-certificate")
    assert enabled.inputs == {"zoneId": "b" * 32, "enabled": True}
    assert certificate.urn in enabled.dependencies
    assert {plan[f"pulls-{region}-value"].urn for region in REGIONS} <= set(certificate.dependencies)
