"""S3Access: one prefix of one bucket for one service account, with the mechanism that the engine's SDK reads."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.cluster.identity import IdentityMechanism
from components.data.s3_access import MECHANISMS, Engine, S3Access, S3AccessArgs
from meridian.plan import Plan
from tests.components.cluster.surroundings import ACCOUNT, Region, region_plan
from tests.components.data.test_bucket import NAME, build

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ARN = f"arn:aws:s3:::{NAME}"


def access(engine: Engine, prefix: str = "tidb/") -> Callable[[Region], object]:
    def make(region: Region) -> None:
        args = S3AccessArgs(
            cluster=region.cluster, namespace="tidb", service_account="tidb-backup", bucket=build(), prefix=prefix, engine=engine
        )
        S3Access("access", args)

    return make


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(access(Engine.TIDB))


def statements(plan: Plan) -> dict[str, Any]:
    document = json.loads(plan.find("aws:iam/policy:Policy", "access-role-bucket").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_data_planes_use_irsa_and_controllers_pod_identity() -> None:
    """Sources at the table."""
    assert MECHANISMS == {
        Engine.TIDB: IdentityMechanism.IRSA,
        Engine.CLICKHOUSE: IdentityMechanism.IRSA,
        Engine.VELERO: IdentityMechanism.POD_IDENTITY,
    }
    assert set(MECHANISMS) == set(Engine)


def test_irsa_account_names_its_role_and_the_role_its_account(plan: Plan) -> None:
    account, role = plan["access-account"], plan.find("aws:iam/role:Role", "access-role")
    assert account.inputs["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role.outputs["arn"]}
    conditions = json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Condition"]["StringEquals"]
    metadata = account.inputs["metadata"]
    assert f"system:serviceaccount:{metadata['namespace']}:{metadata['name']}" in conditions.values()
    assert [row for row in plan.of_type(ASSOCIATION) if row.inputs["namespace"] == "tidb"] == []


def test_pod_identity_needs_an_association_and_no_annotation() -> None:
    made = region_plan(access(Engine.VELERO))
    association = made.find(ASSOCIATION, "access-role")
    metadata = made["access-account"].inputs["metadata"]
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (metadata["namespace"], metadata["name"])
    assert not metadata.get("annotations")
    assert association.urn in made["access-account"].dependencies


def test_only_the_prefix_is_reached(plan: Plan) -> None:
    found = statements(plan)
    assert found["Objects"]["Resource"] == f"{ARN}/tidb/*"
    assert found["List"]["Resource"] == ARN
    assert found["List"]["Condition"] == {"StringLike": {"s3:prefix": ["tidb/*"]}}
    assert not any("*" in action for row in found.values() for action in row["Action"])
    assert {"s3:PutObject", "s3:PutObjectAcl"} <= set(found["Objects"]["Action"])  # PutObject with an ACL needs both (S3 API, PutObject)


def test_the_key_is_used_for_this_bucket_through_s3_only(plan: Plan) -> None:
    key = statements(plan)["Key"]
    assert key["Resource"] == f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*"
    assert key["Condition"] == {
        "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        "ArnLike": {"kms:EncryptionContext:aws:s3:arn": [ARN, f"{ARN}/tidb/*"]},
    }


def test_permissions_are_known_in_a_preview() -> None:
    made = region_plan(access(Engine.CLICKHOUSE), mode="preview")
    assert statements(made)["Objects"]["Resource"] == f"{ARN}/tidb/*"


def test_the_whole_bucket_needs_no_condition() -> None:
    found = statements(region_plan(access(Engine.VELERO, prefix="")))
    assert "Condition" not in found["List"]
    assert found["Objects"]["Resource"] == f"{ARN}/*"
