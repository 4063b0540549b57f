"""DataBucket: what it makes, under whom, and what it refuses."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError

from components.data.bucket import DataBucket, DataBucketArgs, DataBucketSpec
from components.location import Location
from components.tags import DataClass
from meridian.plan import Plan
from tests.components.cluster.surroundings import ACCOUNT, KEY
from tests.deploy import deploy

NAME = f"meridian-eu-west-1-{ACCOUNT}-backup"
COPY = {
    "region": "eu-central-1",
    "bucket_name": f"meridian-eu-central-1-{ACCOUNT}-backup",
    "key_arn": f"arn:aws:kms:eu-central-1:{ACCOUNT}:alias/meridian-data",
}


def build(
    data_class: DataClass = DataClass.PERSONAL,
    jurisdiction: str = "IE",
    name: str = NAME,
    log_bucket: str | None = None,
    expiry: Mapping[str, int] = MappingProxyType({}),
    **knobs: Any,
) -> DataBucket:
    args = DataBucketArgs(
        spec=DataBucketSpec.from_yaml(knobs),
        location=Location(account_id=ACCOUNT, region="eu-west-1"),
        bucket_name=name,
        key_arn=KEY,
        data_class=data_class,
        jurisdiction=jurisdiction,
        rpo_minutes=5,
        log_bucket=log_bucket,
        expiry=expiry,
    )
    return DataBucket("backup", args)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(build)


def test_the_bucket_is_protected_and_says_what_it_holds(plan: Plan) -> None:
    (bucket,) = plan.of_type("aws:s3/bucket:Bucket")
    assert bucket.options.protect
    assert bucket.inputs["bucket"] == NAME
    assert bucket.inputs["tags"] == {"data-class": "personal", "jurisdiction": "IE", "rpo": "5m"}
    assert not bucket.inputs.get("forceDestroy")


def test_name_and_arn_are_known_in_a_preview() -> None:
    made = deploy(build, mode="preview")
    (component,) = made.of_type(DataBucket.token)
    assert component.outputs["name"] == NAME
    assert component.outputs["arn"] == f"arn:aws:s3:::{NAME}"


def test_nothing_of_it_is_public_and_the_account_owns_every_object(plan: Plan) -> None:
    block = plan["backup-public-access"].inputs
    assert all(block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"))
    assert plan["backup-ownership"].inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_objects_leave_only_over_tls_1_2(plan: Plan) -> None:
    policy = json.loads(plan["backup-tls-only"].inputs["policy"])
    assert [(s["Effect"], s["Principal"], s["Action"], s["Condition"]) for s in policy["Statement"]] == [
        ("Deny", "*", "s3:*", {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", "*", "s3:*", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]
    assert all(s["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"] for s in policy["Statement"])


def test_objects_are_encrypted_with_the_regions_key(plan: Plan) -> None:
    (rule,) = plan["backup-encryption"].inputs["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
        "bucketKeyEnabled": True,
    }


def test_versions_are_kept_and_then_dropped_with_broken_uploads(plan: Plan) -> None:
    assert plan["backup-versioning"].inputs["versioningConfiguration"]["status"] == "Enabled"
    (clean,) = [rule for rule in plan["backup-lifecycle"].inputs["rules"] if rule["id"] == "clean"]
    assert clean["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert clean["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert "expiration" not in clean


def tiers(made: Plan) -> dict[str, list[tuple[int, str]]]:
    rules = made["backup-lifecycle"].inputs["rules"]
    return {
        rule["filter"]["prefix"]: [(t["days"], t["storageClass"]) for t in rule["transitions"]] for rule in rules if "transitions" in rule
    }


def test_objects_grow_cold_by_age(plan: Plan) -> None:
    assert tiers(plan) == {"": [(30, "STANDARD_IA"), (90, "GLACIER_IR"), (365, "DEEP_ARCHIVE")]}


def test_only_named_prefixes_grow_cold() -> None:
    made = deploy(lambda: build(tiered_prefixes=["full/"], tiers={"STANDARD_IA": 30, "GLACIER_IR": 90}))
    assert tiers(made) == {"full/": [(30, "STANDARD_IA"), (90, "GLACIER_IR")]}
    assert tiers(deploy(lambda: build(tiers={}))) == {}


@pytest.mark.parametrize("days", [{"STANDARD_IA": 29}, {"STANDARD_IA": 30, "GLACIER_IR": 59}, {"GLACIER_IR": 90, "DEEP_ARCHIVE": 30}])
def test_tiers_that_s3_refuses_are_refused(days: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="each class at least 30 days after the dearer one"):
        DataBucketSpec.from_yaml({"tiers": days})


def rules(made: Plan) -> dict[str, dict[str, Any]]:
    return {rule["id"]: {key: rule[key] for key in rule.keys() - {"id"}} for rule in made["backup-lifecycle"].inputs["rules"]}


CLEAN = {
    "status": "Enabled",
    "filter": {"prefix": ""},
    "noncurrentVersionExpiration": {"noncurrentDays": 30},
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
}


def test_only_what_is_named_expires_and_moves_no_more_in_a_life_so_short(plan: Plan) -> None:
    assert not any("expiration" in rule for rule in rules(plan).values())
    assert rules(deploy(lambda: build(tiered_prefixes=["tidb/full/"], expiry={"tidb/full/": 36}))) == {
        "expire-tidb/full/": {"status": "Enabled", "filter": {"prefix": "tidb/full/"}, "expiration": {"days": 36}},
        "clean": CLEAN,
    }


@pytest.mark.parametrize(
    ("days", "classes"),
    [
        # Minimum storage is charged: 30 days of STANDARD_IA, 90 of GLACIER_IR, 180 of DEEP_ARCHIVE (S3 user guide, storage classes).
        (59, []),
        (60, [(30, "STANDARD_IA")]),
        (179, [(30, "STANDARD_IA")]),
        (180, [(30, "STANDARD_IA"), (90, "GLACIER_IR")]),
        (544, [(30, "STANDARD_IA"), (90, "GLACIER_IR")]),
        (545, [(30, "STANDARD_IA"), (90, "GLACIER_IR"), (365, "DEEP_ARCHIVE")]),
    ],
)
def test_objects_that_expire_move_where_they_outlive_what_the_class_charges(days: int, classes: list[tuple[int, str]]) -> None:
    made = deploy(lambda: build(tiered_prefixes=["full/", "full/old/", "other/"], expiry={"full/": days}))
    moved = tiers(made)
    assert moved.pop("other/") == [(30, "STANDARD_IA"), (90, "GLACIER_IR"), (365, "DEEP_ARCHIVE")]
    assert moved == ({"full/": classes, "full/old/": classes} if classes else {})


@pytest.mark.parametrize(
    ("expiry", "said"),
    [
        ({"": 36}, r"expiry: '': also deletes what begins alike: end it in '/'"),
        ({"tidb/full": 36}, r"expiry: 'tidb/full': also deletes what begins alike"),
        ({"full/": 0}, r"expiry: 'full/': 0: S3 takes whole days from 1"),
        ({"tidb/": 10, "tidb/full/": 36}, r"expiry: 'tidb/full/': 36: 'tidb/' around it already expires after 10: make that 36 or more"),
    ],
)
def test_an_expiry_that_deletes_what_it_does_not_name_is_refused(expiry: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(expiry=expiry)


def test_a_shorter_expiry_within_a_longer_one_is_taken() -> None:
    made = rules(deploy(lambda: build(tiers={}, expiry={"tidb/": 36, "tidb/scratch/": 1})))
    assert {key: rule["expiration"] for key, rule in made.items() if key != "clean"} == {
        "expire-tidb/": {"days": 36},
        "expire-tidb/scratch/": {"days": 1},
    }


def test_unknown_knob_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="tier_prefixes"):
        DataBucketSpec.from_yaml({"tier_prefixes": ["full/"]})


def test_a_region_of_another_law_is_refused() -> None:
    with pytest.raises(ValueError, match="jurisdiction: DE: eu-west-1 is in IE"):
        build(jurisdiction="DE")


def test_a_name_that_s3_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="S3 bucket name 'Meridian' must match"):
        build(name="Meridian")


def test_a_copy_is_made_only_where_one_is_asked_for(plan: Plan) -> None:
    assert plan.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig") == []
    assert plan.of_type("aws:s3/bucketLogging:BucketLogging") == []
    made = deploy(lambda: build(replication=COPY, log_bucket="meridian-logs"))
    assert len(made.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")) == 1
    logging = made["backup-access-log"].inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("meridian-logs", f"{NAME}/")


def test_a_copy_where_the_data_may_not_go_is_refused() -> None:
    with pytest.raises(ValueError, match=r"replication.region: eu-central-1: no legal basis to copy sensitive data there"):
        build(DataClass.SENSITIVE, replication=COPY)


def test_every_companion_is_below_the_component(plan: Plan) -> None:
    (component,) = plan.of_type(DataBucket.token)
    below = [row for row in plan.resources if row.type.startswith("aws:s3/")]
    assert len(below) == 7
    assert {row.parent for row in below} == {component.urn}
