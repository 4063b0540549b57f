"""Caches: what they encrypt, and whom they ask for a password."""

from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts.keys import all_ours
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity


def _cache(**inputs: Any) -> Example:
    """A Valkey cache as the rule wants it, but for these inputs; None leaves one out."""
    wanted = {"engine": "valkey", "kmsKeyId": "${key.arn}", "transitEncryptionEnabled": True, "userGroupIds": ["${users.userGroupId}"]}
    given = {key: value for key, value in {**wanted, **inputs}.items() if value is not None}
    return example(
        resource(tokens.ELASTICACHE_REPLICATION_GROUP, given),
        key=resource(tokens.KMS_KEY),
        users=resource(tokens.ELASTICACHE_USER_GROUP),
        world=resource(tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP),
    )


@rule(
    "sec-43",
    on=(tokens.ELASTICACHE_REPLICATION_GROUP,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A cache holds sessions and copies of records; without TLS and users whoever reaches its port reads and writes all of them.",
    fix=(
        "Set at_rest_encryption_enabled=True, kms_key_id to a key of this stack, transit_encryption_enabled=True without the mode "
        '"preferred", and user_group_ids (or auth_token).'
    ),
    controls=("fsbp:ElastiCache.4", "fsbp:ElastiCache.5", "fsbp:ElastiCache.6", "pci-dss-4.0:4.2.1"),
    bad=(
        _cache(kmsKeyId=None),
        {},
        _cache(engine="redis"),
        _cache(atRestEncryptionEnabled=False),
        _cache(kmsKeyId="alias/aws/elasticache"),
        _cache(transitEncryptionEnabled=False),
        _cache(transitEncryptionMode="preferred"),
        _cache(userGroupIds=None),
        _cache(userGroupIds=[]),
        _cache(globalReplicationGroupId="${world.globalReplicationGroupId}", kmsKeyId=None),
    ),
    good=(
        _cache(transitEncryptionMode="required"),
        _cache(engine="redis", atRestEncryptionEnabled=True, userGroupIds=None, authToken="${users.arn}"),
        _cache(engine=None, transitEncryptionEnabled=None, globalReplicationGroupId="${world.globalReplicationGroupId}"),
    ),
)
def cache_is_encrypted_and_asks_who_comes(cache: Subject) -> Iterator[str]:
    read = cache.properties
    # A member of a global datastore takes engine and TLS from its first member and may not say them (ElastiCache, Global datastores).
    if "globalReplicationGroupId" not in read:
        if not read.flag("transitEncryptionEnabled"):
            yield "connections are not encrypted"
        elif read.text("transitEncryptionMode", "required") != "required":
            yield "connections without TLS are taken too"
        # Only Valkey encrypts unless told otherwise (AWS provider, aws_elasticache_replication_group).
        if not read.flag("atRestEncryptionEnabled", default=read.text("engine", "redis") == "valkey"):
            yield "data is not encrypted at rest"
    if not all_ours(cache.stack, cache.resource, "kmsKeyId", [read], "kmsKeyId"):
        yield "the key of its data is not a customer managed one"
    if not any(key in read for key in ("authToken", "authTokenWo")) and not len(read.texts("userGroupIds")):
        yield "neither users nor a token guard it"
