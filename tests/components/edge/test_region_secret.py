"""A secret left in another region: where External Secrets looks, under that region's key, and never in the open."""

import json

import pulumi
import pytest

from components.edge.region_secret import SecretPlace, region_secret
from components.platform.ingress import tunnel_secret
from meridian.plan import Plan
from tests.deploy import deploy

KEY = "arn:aws:kms:ap-south-1:111122223333:key/secrets"
PLACE = SecretPlace(region="ap-south-1", cluster_name="meridian-ap-south-1", key_arn=KEY)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(
        lambda: region_secret("token", PLACE, tunnel_secret(PLACE.cluster_name), {"token": "hidden"}, pulumi.ResourceOptions()),
        mode="update",
    )


def test_it_lies_in_the_region_under_its_key(plan: Plan) -> None:
    secret = plan.find("aws:secretsmanager/secret:Secret", "token")
    assert (secret.inputs["region"], secret.inputs["kmsKeyId"]) == ("ap-south-1", KEY)
    assert secret.inputs["name"] == "meridian-ap-south-1/tunnel-token"
    assert secret.inputs["recoveryWindowInDays"] == 30


def test_the_value_is_json_and_secret(plan: Plan) -> None:
    value = plan["token-value"]
    assert value.inputs["region"] == "ap-south-1"
    assert value.inputs["secretId"] == plan.find("aws:secretsmanager/secret:Secret", "token").id
    assert "secretString" in value.secret
    assert json.loads(value.inputs["secretString"]) == {"token": "hidden"}
