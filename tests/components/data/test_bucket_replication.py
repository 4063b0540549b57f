"""Replication: along edges of the residency table only, with a role for this pair of buckets."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.data.bucket_replication import ReplicationSpec, copy_fault, replication_faults
from components.tags import DataClass
from meridian.plan import Plan
from tests.components.cluster.surroundings import ACCOUNT
from tests.components.data.test_bucket import COPY, NAME, build
from tests.deploy import deploy


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: build(replication=COPY))


def test_objects_deletions_and_keys_are_replicated(plan: Plan) -> None:
    """S3 user guide: encrypted objects are left out unless both the selection and the destination's key are named."""
    (config,) = plan.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    (rule,) = config.inputs["rules"]
    assert rule["status"] == "Enabled"
    assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
    destination = rule["destination"]
    assert destination["bucket"] == f"arn:aws:s3:::{COPY['bucket_name']}"
    assert destination["encryptionConfiguration"] == {"replicaKmsKeyId": COPY["key_arn"]}
    assert destination["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert destination["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}


def test_it_follows_versioning_and_its_permissions(plan: Plan) -> None:
    (config,) = plan.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    assert plan["backup-versioning"].urn in config.property_dependencies["bucket"]
    assert plan.find("aws:iam/rolePolicy:RolePolicy", "backup-replication").urn in config.dependencies


def test_only_s3_for_this_bucket_may_take_the_role(plan: Plan) -> None:
    trust = json.loads(plan.find("aws:iam/role:Role", "backup-replication").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{NAME}"},
    }


def test_the_role_reads_here_and_writes_there_and_uses_keys_through_s3_only(plan: Plan) -> None:
    statements = json.loads(plan.find("aws:iam/rolePolicy:RolePolicy", "backup-replication").inputs["policy"])["Statement"]
    by_action = {statement["Action"][0]: statement for statement in statements}
    assert by_action["s3:ReplicateObject"]["Resource"] == f"arn:aws:s3:::{COPY['bucket_name']}/*"
    assert by_action["s3:GetObjectVersionForReplication"]["Resource"] == f"arn:aws:s3:::{NAME}/*"
    assert by_action["kms:Decrypt"]["Condition"]["StringEquals"] == {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
    assert by_action["kms:Encrypt"]["Condition"]["StringEquals"] == {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
    assert by_action["kms:Encrypt"]["Resource"] == f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/*"


@pytest.mark.parametrize(
    ("data_class", "source", "destination", "fault"),
    [
        ("personal", "eu-west-1", "us-east-1", "no legal basis to copy personal data there from eu-west-1"),
        ("personal", "ap-south-1", "eu-west-1", r"allowed: none"),
        ("personal", "eu-west-1", "ap-east-1", r"allowed: eu-central-1, eu-west-2"),
        ("sensitive", "eu-west-1", "eu-central-1", "no legal basis"),
        ("public", "eu-west-1", "eu-west-1", "does not outlive it"),
        ("public", "eu-west-1", "eu-west-9", "region 'eu-west-9' is not in the catalogue"),
    ],
)
def test_forbidden_copies_are_refused_with_what_is_allowed(data_class: str, source: str, destination: str, fault: str) -> None:
    found = copy_fault("copy_to", DataClass(data_class), source, destination)
    assert found
    assert fault in found
    assert found.startswith(f"copy_to: {destination}: ") or "catalogue" in found


def test_allowed_copies_have_no_fault() -> None:
    assert copy_fault("copy_to", DataClass.PERSONAL, "eu-west-1", "eu-central-1") is None
    assert copy_fault("copy_to", DataClass.SENSITIVE, "us-west-2", "us-east-1") is None


def spec(**knobs: Any) -> ReplicationSpec:
    return ReplicationSpec.from_yaml(COPY | knobs)


def test_a_key_of_a_third_region_is_refused() -> None:
    key = COPY["key_arn"].replace("eu-central-1", "us-east-1")
    assert replication_faults(spec(key_arn=key), DataClass.PERSONAL, "eu-west-1") == [
        "replication.key_arn: us-east-1: the copies lie in eu-central-1: name a key there"
    ]


def test_a_key_must_be_an_arn() -> None:
    with pytest.raises(ValidationError, match="key_arn"):
        spec(key_arn="alias/meridian-data")


def test_where_the_whole_may_not_go_only_objects_of_the_class_do() -> None:
    """S3 user guide, replication rules: a filter by tag; delete markers are then left out."""
    made = deploy(lambda: build(replication={**COPY, "data_class": "personal"}))
    (config,) = made.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    (rule,) = config.inputs["rules"]
    assert rule["filter"] == {"and": {"prefix": "", "tags": {"data-class": "personal"}}}
    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}


def test_the_class_that_is_copied_decides() -> None:
    spec = ReplicationSpec(region="us-west-2", bucket_name="copies", key_arn=f"arn:aws:kms:us-west-2:{ACCOUNT}:alias/data")
    assert replication_faults(spec, DataClass.SENSITIVE, "us-east-1")
    assert replication_faults(spec.model_copy(update={"data_class": DataClass.PERSONAL}), DataClass.SENSITIVE, "us-east-1") == []
