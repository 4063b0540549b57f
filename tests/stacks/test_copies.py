"""Copies between partners: derived from names alone, where the table lets them be, and nowhere else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import catalog
from components.data.backup import BackupSpec, copy_faults
from components.data.bucket import DataBucketSpec
from components.data.bucket_replication import replication_faults
from components.naming import Kind, physical_name
from components.tags import DataClass, TagSpec
from stacks import copies
from stacks.copies import copied, held_class, replicated
from stacks.spec import RegionSpec
from tests.stacks.test_region import planned

PARTNERS = {"eu-west-1": "eu-central-1", "eu-central-1": "eu-west-1", "us-east-1": "us-west-2", "us-west-2": "us-east-1"}
ACCOUNT = "111122223333"


def _replication(stack: str) -> dict[str, Any]:
    return dict(planned(stack).find("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "data-bucket-replication").inputs)


@pytest.mark.parametrize(("stack", "partner"), PARTNERS.items())
def test_what_a_region_sends_is_what_its_partner_makes(stack: str, partner: str) -> None:
    """Bucket, key and vault are named without a look at the other stack, and are there under these names."""
    there = planned(partner)
    (rule,) = _replication(stack)["rules"]
    bucket = there.find("aws:s3/bucket:Bucket", "copies-bucket")
    alias = there.find("aws:kms/alias:Alias", "data-key-alias")
    assert rule["destination"]["bucket"] == f"arn:aws:s3:::{bucket.inputs['bucket']}"
    key = rule["destination"]["encryptionConfiguration"]["replicaKmsKeyId"]
    assert key == f"arn:aws:kms:{partner}:{ACCOUNT}:{alias.inputs['name']}"
    assert not planned(stack).of_type("pulumi:pulumi:StackReference")
    (actions,) = [rule.get("copyActions", []) for rule in planned(stack)["backup-plan"].inputs["rules"]]
    vault = there.find("aws:backup/vault:Vault", "backup")
    wanted = [] if stack == "us-east-1" else [f"arn:aws:backup:{partner}:{ACCOUNT}:backup-vault:{vault.inputs['name']}"]
    assert [action["destinationVaultArn"] for action in actions] == wanted


def test_of_virginia_only_what_is_tagged_personal_leaves_for_oregon() -> None:
    """Health data stays (S-319): its bucket may hold it, so objects go by their tag, and recovery points not at all."""
    (rule,) = _replication("us-east-1")["rules"]
    assert rule["filter"] == {"and": {"prefix": "", "tags": {"data-class": "personal"}}}
    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
    (rule,) = _replication("us-west-2")["rules"]
    assert rule["filter"] == {"prefix": ""}


@pytest.mark.parametrize("stack", ["ap-east-1", "ap-southeast-1", "ap-northeast-1", "ap-south-1", "eu-west-2", "ca-central-1"])
def test_the_other_six_stay_whole_at_home(stack: str) -> None:
    """Three zones and a locked vault, as no region of the plan is under their law (C-19)."""
    plan = planned(stack)
    assert not plan.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    assert all("copyActions" not in rule or not rule["copyActions"] for rule in plan["backup-plan"].inputs["rules"])
    assert plan.find("aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backup-lock")


def spec_of(region: str, partner: str | None, data_class: DataClass) -> RegionSpec:
    """As much of a stack file as copies follow from."""
    tags = TagSpec(owner="platform", cost_center="infrastructure", data_class=data_class)
    return RegionSpec.model_construct(region=region, partner=partner, account_id=ACCOUNT, tags=tags)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(catalog.regions())), st.sampled_from([None, *catalog.regions()]), st.sampled_from(list(DataClass)))
def test_no_stack_file_builds_an_edge_that_the_table_forbids(region: str, partner: str | None, data_class: DataClass) -> None:
    if partner == region:
        return  # a partner of itself is refused by the stack file's checks
    spec = spec_of(region, partner, data_class)
    replication = replicated(spec, DataBucketSpec()).replication
    if replication is not None:
        moved = replication.data_class or data_class
        assert catalog.passage(moved, region, replication.region).allowed
        assert replication_faults(replication, data_class, region) == []
        assert list(DataClass).index(moved) <= list(DataClass).index(data_class)
    for place in copied(spec, BackupSpec()).copy_to:
        assert catalog.passage(data_class, region, place).allowed
    assert copy_faults(copied(spec, BackupSpec()), data_class, region) == []
    if partner is None:
        assert (replication, copied(spec, BackupSpec()).copy_to, held_class(spec)) == (None, (), None)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(catalog.regions())), st.sampled_from(list(catalog.regions())), st.sampled_from(list(DataClass)))
def test_a_copy_that_a_file_names_against_the_table_is_refused(region: str, there: str, data_class: DataClass) -> None:
    faults = copy_faults(BackupSpec(copy_to=(there,)), data_class, region)
    assert bool(faults) == (region == there or not catalog.passage(data_class, region, there).allowed)
    assert all(there in fault for fault in faults)


def test_what_a_file_says_goes_before_what_is_derived() -> None:
    spec = spec_of("eu-west-1", "eu-central-1", DataClass.PERSONAL)
    assert copied(spec, BackupSpec(copy_to=("eu-west-2",))).copy_to == ("eu-west-2",)
    own = replicated(spec, DataBucketSpec()).replication
    assert own is not None
    other = own.model_copy(update={"prefix": "media/"})
    assert replicated(spec, DataBucketSpec(replication=other)).replication == other


def test_names_are_those_that_services_take() -> None:
    longest = max(catalog.regions(), key=len)
    physical_name(Kind.S3_BUCKET, copies.bucket_name(copies.cluster_name(longest), ACCOUNT))
    physical_name(Kind.KMS_ALIAS, copies.key_alias(copies.cluster_name(longest)))
