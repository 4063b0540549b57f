"""External Secrets: its values, its store, and that it reads no other cluster's secrets."""

import json

import pulumi
import pytest

from components.location import Location
from components.platform.external_secrets import (
    ExternalSecrets,
    ExternalSecretsArgs,
    external_secret,
    reading_policy,
    remote_name,
)
from meridian.plan import Plan
from tests.components.cluster.surroundings import ACCOUNT, CLUSTER, Region, region_plan
from tests.shared import crd_faults, unknown_values

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
RELEASE = "kubernetes:helm.sh/v3:Release"


def build(region: Region) -> None:
    made = ExternalSecrets("secrets", ExternalSecretsArgs(cluster=region.cluster, nodes=region.node_group()))
    external_secret(
        "password",
        namespace="clickhouse",
        secret_name="clickhouse-users",
        remote=remote_name(CLUSTER, "clickhouse"),
        keys={"admin": "admin_password"},
        opts=pulumi.ResourceOptions(depends_on=made.resources),
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


def test_every_value_is_known_to_the_chart(plan: Plan) -> None:
    assert unknown_values("external-secrets", plan.of_type(RELEASE)[0].inputs["values"]) == []


def test_objects_are_those_of_the_crds(plan: Plan) -> None:
    assert crd_faults("external-secrets/external-secrets.io_clustersecretstores.yaml", plan["secrets-store"].inputs) == []
    assert crd_faults("external-secrets/external-secrets.io_externalsecrets.yaml", plan["password"].inputs) == []


def test_the_store_is_the_regions_with_the_controllers_own_identity(plan: Plan) -> None:
    assert plan["secrets-store"].inputs["spec"] == {"provider": {"aws": {"service": "SecretsManager", "region": "eu-west-1"}}}


def test_identity_chart_and_association_name_one_service_account(plan: Plan) -> None:
    association = plan.find(ASSOCIATION, "secrets-controller")
    (release,) = plan.of_type(RELEASE)
    assert association.inputs["serviceAccount"] == release.inputs["values"]["serviceAccount"]["name"]
    assert association.inputs["namespace"] == release.inputs["namespace"] == plan["secrets-namespace"].inputs["metadata"]["name"]


def test_only_this_clusters_secrets_can_be_read(plan: Plan) -> None:
    document = json.loads(plan.find("aws:iam/policy:Policy", "secrets-controller-read").inputs["policy"])
    read, decrypt = document["Statement"]
    secrets = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{CLUSTER}/*"
    assert read["Resource"] == secrets
    assert not any("Put" in action or "*" in action or "Delete" in action for action in read["Action"])
    assert decrypt["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN": secrets},
    }
    assert reading_policy(Location(account_id=ACCOUNT, region="eu-west-1"), CLUSTER) == document


def test_the_secret_refers_to_the_store_and_outlives_it(plan: Plan) -> None:
    spec, store = plan["password"].inputs["spec"], plan["secrets-store"]
    assert spec["secretStoreRef"] == {"name": store.inputs["metadata"]["name"], "kind": store.inputs["kind"]}
    assert spec["target"] == {"name": "clickhouse-users", "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    assert spec["data"] == [{"secretKey": "admin", "remoteRef": {"key": f"{CLUSTER}/clickhouse", "property": "admin_password"}}]
    assert store.urn in plan["password"].dependencies


def test_the_store_follows_the_chart_which_follows_its_identity(plan: Plan) -> None:
    (release,) = plan.of_type(RELEASE)
    assert release.urn in plan["secrets-store"].dependencies
    association = plan.find(ASSOCIATION, "secrets-controller")
    assert association.urn in release.dependencies
