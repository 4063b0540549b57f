"""Every resource that moves data is recognised, with the ends and the class it moves, whichever way it names them."""

from typing import Any

import pytest

from policies.core import kinds, tokens
from policies.core.example import Draft, example, resource
from policies.core.facts.edges import SUBJECTS, Edge, edges, region, region_in
from policies.core.facts.ways import AWS, KUBERNETES, MEMBERS
from policies.core.verdict import Undecided

IRELAND = resource(tokens.AWS_PROVIDER, {"region": "eu-west-1", "defaultTags": '{"tags": {"data-class": "personal"}}'})


def found(subject: Draft, *, ids_known: bool = True, **others: Draft) -> list[Edge]:
    stack = example(subject, **others, provider=IRELAND).stack(ids_known=ids_known)
    return list(edges(stack, stack.resources[0]))


def ends(made: list[Edge]) -> list[tuple[str, str, str]]:
    return [(edge.source, edge.destination, edge.data_class) for edge in made]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("arn:aws:backup:eu-central-1:123456789012:backup-vault:us-east-1-copies", "eu-central-1"),
        ("arn:aws:s3:::meridian-ap-southeast-1-data", "ap-southeast-1"),
        ("https://s3.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("kafka.example.com:9092", ""),
        ("menu-west-1", ""),
    ],
)
def test_a_region_is_read_from_what_names_it(text: str, told: str) -> None:
    assert region_in(text) == told


def test_the_key_of_the_copies_tells_where_an_unknown_bucket_lies() -> None:
    destination = {
        "bucket": "arn:aws:s3:::copies",
        "encryptionConfiguration": {"replicaKmsKeyId": "arn:aws:kms:us-west-2:123456789012:alias/data"},
    }
    replication = resource(tokens.S3_REPLICATION, {"bucket": "here", "rules": [{"destination": destination}]})
    assert ends(found(replication)) == [("eu-west-1", "us-west-2", "personal")]


def test_a_bucket_whose_place_nothing_tells_is_undecided() -> None:
    replication = resource(tokens.S3_REPLICATION, {"bucket": "here", "rules": [{"destination": {"bucket": "arn:aws:s3:::copies"}}]})
    with pytest.raises(Undecided, match="region of arn:aws:s3:::copies"):
        found(replication)


def test_a_bucket_of_the_same_estate_tells_its_region_by_name() -> None:
    replication = resource(tokens.S3_REPLICATION, {"bucket": "here", "rules": [{"destination": {"bucket": "arn:aws:s3:::copies"}}]})
    copies = resource(tokens.S3_BUCKET, {"bucket": "copies", "region": "eu-central-1"})
    assert ends(found(replication, copies=copies)) == [("eu-west-1", "eu-central-1", "personal")]


def test_the_class_is_the_rules_then_the_buckets_then_the_providers() -> None:
    rule: dict[str, Any] = {"destination": {"bucket": "arn:aws:s3:::copies-us-west-2"}}
    only = {**rule, "filter": {"and": {"prefix": "p/", "tags": {"data-class": "public"}}}}
    replication = resource(tokens.S3_REPLICATION, {"bucket": "${versions.bucket}", "rules": [only, rule]})
    versions = resource(tokens.S3_VERSIONING, {"bucket": "${bucket.id}"})
    bucket = resource(tokens.S3_BUCKET, {"tags": {"data-class": "sensitive"}})
    made = found(replication, ids_known=False, versions=versions, bucket=bucket)
    assert [edge.data_class for edge in made] == ["public", "sensitive"]


def test_a_copy_within_the_region_is_no_edge() -> None:
    plan = {"rules": [{"copyActions": [{"destinationVaultArn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:b"}]}]}
    assert found(resource(tokens.BACKUP_PLAN, plan)) == []


def test_what_a_replica_copies_comes_from_its_source() -> None:
    key = resource(tokens.KMS_REPLICA_KEY, {"primaryKeyArn": "arn:aws:kms:us-east-1:123456789012:key/mrk-1"})
    assert ends(found(key)) == [("us-east-1", "eu-west-1", "personal")]


def test_members_of_a_global_cache_share_all_both_ways() -> None:
    group = resource(tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP, {"primaryReplicationGroupId": "${one.id}"})
    others = {
        name: resource(tokens.ELASTICACHE_REPLICATION_GROUP, {"globalReplicationGroupId": "${subject.id}", "region": where})
        for name, where in (("two", "eu-central-1"), ("three", "eu-west-2"))
    }
    made = found(group, ids_known=False, one=resource(tokens.ELASTICACHE_REPLICATION_GROUP), **others)
    assert len(made) == 6
    assert {edge.source for edge in made} == {"eu-west-1", "eu-central-1", "eu-west-2"}


def test_an_object_of_a_cluster_lies_in_the_one_region_of_its_stack() -> None:
    backup = resource(kinds.TIDB_BACKUP[0], {"spec": {"s3": {"region": "us-east-1"}}})
    stack = example(backup, aws=IRELAND).stack(ids_known=True)
    assert region(stack, stack.resources[0]) == "eu-west-1"
    assert ends(list(edges(stack, stack.resources[0]))) == [("eu-west-1", "us-east-1", "personal")]
    both = example(backup, aws=IRELAND, other=resource(tokens.AWS_PROVIDER, {"region": "us-east-1"})).stack(ids_known=True)
    with pytest.raises(Undecided, match="region of subject"):
        list(edges(both, both.resources[0]))


def test_an_unknown_end_hides_no_known_one() -> None:
    rules = [{"copyActions": [{"destinationVaultArn": arn}]} for arn in ("${vault.arn}", "arn:aws:backup:us-east-1:1:backup-vault:b")]
    plan = resource(tokens.BACKUP_PLAN, {"rules": rules})
    stack = example(plan, vault=resource("aws:backup/other:Other"), provider=IRELAND).stack(ids_known=False)
    made = edges(stack, stack.resources[0])
    assert ends([next(made)]) == [("eu-west-1", "us-east-1", "personal")]
    with pytest.raises(Undecided):
        next(made)


def test_the_list_is_that_of_the_research() -> None:
    """data-layer.md 2.3 of the requirements' research, and res-05 to res-18 of its list of checks."""
    assert {*AWS, *MEMBERS, *(token for group in KUBERNETES for token in group), *kinds.TIDB_CLUSTER} == set(SUBJECTS)
    assert {tokens.S3_REPLICATION, tokens.BACKUP_PLAN, tokens.KMS_REPLICA_KEY, tokens.ECR_REPLICATION, tokens.SECRET} <= set(SUBJECTS)
    assert {tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP, tokens.MEMORYDB_MULTI_REGION, tokens.DYNAMODB_TABLE} <= set(SUBJECTS)
    assert {*kinds.MIRROR_MAKER, *kinds.POSTGRESQL_CLUSTER, *kinds.VELERO_LOCATION, *kinds.TIDB_BACKUP_SCHEDULE} <= set(SUBJECTS)
