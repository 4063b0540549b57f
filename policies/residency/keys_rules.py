"""Whose key data lies under."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import buckets
from policies.core.facts.keys import all_ours
from policies.core.facts.workloads import Path, at
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

KEYS: Mapping[str, Path] = {
    tokens.EBS_VOLUME: ("kmsKeyId",),
    tokens.EFS_FILE_SYSTEM: ("kmsKeyId",),
    tokens.ELASTICACHE_REPLICATION_GROUP: ("kmsKeyId",),
    tokens.DOCUMENTDB_CLUSTER: ("kmsKeyId",),
    tokens.RDS_CLUSTER: ("kmsKeyId",),
    tokens.RDS_INSTANCE: ("kmsKeyId",),
    tokens.FSX_LUSTRE_FILE_SYSTEM: ("kmsKeyId",),
    tokens.BACKUP_VAULT: ("kmsKeyArn",),
    tokens.DYNAMODB_TABLE: ("serverSideEncryption", "kmsKeyArn"),
    tokens.MSK_CLUSTER: ("encryptionInfo", "encryptionAtRestKmsKeyArn"),
    tokens.OPENSEARCH_DOMAIN: ("encryptAtRest", "kmsKeyId"),
}
"""Type that holds data -> where it names its key."""

_KEY = resource(tokens.KMS_KEY)
_OF_PEOPLE = resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"data-class": "personal"}}'})
_ENCRYPTION = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"}


def _of_people(type: str, inputs: dict[str, Any], **others: Draft) -> Example:
    """A resource of a stack that holds data of people."""
    return example(resource(type, inputs), key=_KEY, provider=_OF_PEOPLE, **others)


@rule(
    "res-23",
    on=(*KEYS, *buckets.BUCKETS),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Only under a key of one's own can data be put out of reach: by withdrawing the key from a region, a role, or for good.",
    fix="Give the resource's KMS key property the ARN of a key of this stack; tag what holds no data of people data-class: operational.",
    controls=("hipaa:164.312(a)(2)(iv)", "pci-dss-4.0:3.5.1"),
    settings=("unrestricted_data_classes",),
    bad=(
        _of_people(tokens.EBS_VOLUME, {"encrypted": True}),
        _of_people(tokens.RDS_CLUSTER, {"kmsKeyId": "alias/aws/rds"}),
        _of_people(tokens.DYNAMODB_TABLE, {"serverSideEncryption": {"enabled": True}}),
        _of_people(tokens.S3_BUCKET, {}),
        example(resource(tokens.BACKUP_VAULT, {"tags": {"data-class": "sensitive"}})),
        _of_people(
            tokens.S3_BUCKET,
            {},
            encryption=resource(
                tokens.S3_ENCRYPTION,
                {"bucket": "${subject.id}", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
            ),
        ),
    ),
    good=(
        _of_people(tokens.EBS_VOLUME, {"kmsKeyId": "${key.arn}"}),
        _of_people(tokens.RDS_CLUSTER, {"kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"}),
        _of_people(tokens.DYNAMODB_TABLE, {"serverSideEncryption": {"enabled": True, "kmsKeyArn": "${key.arn}"}}),
        _of_people(tokens.EBS_VOLUME, {"tags": {"data-class": "operational"}}),
        _of_people(
            tokens.S3_BUCKET_V2,
            {},
            encryption=resource(
                tokens.S3_ENCRYPTION_V2, {"bucket": "${subject.id}", "rules": [{"applyServerSideEncryptionByDefault": _ENCRYPTION}]}
            ),
        ),
        example(resource(tokens.EBS_VOLUME)),
    ),
)
def data_of_people_lies_under_our_key(store: Subject) -> Iterator[str]:
    data_class = _data_class(store)
    if not data_class or data_class in store.settings.unrestricted_data_classes:
        return
    if not any(_keys(store)):
        yield f"{data_class} data does not lie under a customer managed key"


def _data_class(store: Subject) -> str:
    """The resource's `data-class` tag, else its provider's default one; empty for none."""
    tags = store.properties.section("tags")
    if "data-class" in tags:
        return tags.text("data-class")
    return store.stack.provider_configuration(store.resource).section("defaultTags").section("tags").text("data-class")


def _keys(store: Subject) -> Iterator[bool]:
    """For each place where a key may be named whether it is ours."""
    stack, resource = store.stack, store.resource
    if resource.type in KEYS:
        *way, key = KEYS[resource.type]
        yield all_ours(stack, resource, way[0] if way else key, at(resource.properties, tuple(way)), key)
        return
    for encryption in buckets.companions(stack, resource, buckets.ENCRYPTION):
        defaults = at(encryption.properties, ("rules", "applyServerSideEncryptionByDefault"))
        yield all_ours(stack, encryption, "rules", defaults, "kmsMasterKeyId")
