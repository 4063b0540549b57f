"""Copies of data in other regions: each has a legal basis, or is not made."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import resource
from policies.core.facts.buckets import BUCKETS
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity
from policies.residency.edges import CONTROLS, FIX, SETTINGS, of_ireland, refused

_WHY = "A copy abroad is a transfer: without a legal basis it is unlawful the moment the first record arrives, and cannot be undone."
_VIRGINIA, _FRANKFURT = {"region": "us-east-1"}, {"region": "eu-central-1"}


def _replicate(bucket: str, key_region: str = "", **rule: object) -> dict[str, object]:
    key = {"encryptionConfiguration": {"replicaKmsKeyId": f"arn:aws:kms:{key_region}:123456789012:key/1"}} if key_region else {}
    return {"bucket": "${here.id}", "rules": [{"status": "Enabled", "destination": {"bucket": bucket, **key}, **rule}]}


_HERE = resource(tokens.S3_BUCKET, {"bucket": "here"})


@rule(
    "res-05",
    on=(tokens.S3_REPLICATION, *BUCKETS),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why=_WHY,
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.S3_REPLICATION, _replicate("arn:aws:s3:::there", "us-east-1"), here=_HERE),
        of_ireland(tokens.S3_REPLICATION, _replicate("arn:aws:s3:::copies-us-east-1"), here=_HERE),
        of_ireland(tokens.S3_REPLICATION, _replicate("${there.arn}"), here=_HERE, there=resource(tokens.S3_BUCKET, _VIRGINIA)),
        of_ireland(
            tokens.S3_BUCKET,
            {"replicationConfiguration": {"rules": [{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::copies-ap-east-1"}}]}},
        ),
    ),
    good=(
        of_ireland(tokens.S3_REPLICATION, _replicate("arn:aws:s3:::there", "eu-central-1"), here=_HERE),
        of_ireland(tokens.S3_REPLICATION, _replicate("${there.arn}"), here=_HERE, there=resource(tokens.S3_BUCKET, _FRANKFURT)),
        of_ireland(tokens.S3_REPLICATION, _replicate("${there.arn}"), here=_HERE, there=resource(tokens.S3_BUCKET)),
        of_ireland(
            tokens.S3_REPLICATION,
            _replicate("arn:aws:s3:::copies-us-east-1", filter={"tag": {"key": "data-class", "value": "public"}}),
            here=_HERE,
        ),
        of_ireland(
            tokens.S3_REPLICATION,
            _replicate("arn:aws:s3:::copies-us-east-1"),
            here=resource(tokens.S3_BUCKET, {"tags": {"data-class": "operational"}}),
        ),
        of_ireland(tokens.S3_BUCKET, {"bucket": "alone"}),
    ),
)
def objects_are_replicated_where_they_may_lie(replication: Subject) -> Iterator[str]:
    return refused(replication)


def _copied(*vaults: str, **rule: object) -> dict[str, object]:
    actions = [{"destinationVaultArn": vault} for vault in vaults]
    return {"name": "daily", "rules": [{"ruleName": "daily", "targetVaultName": "here", "copyActions": actions, **rule}]}


def _vault(region: str) -> str:
    return f"arn:aws:backup:{region}:123456789012:backup-vault:copies"


@rule(
    "res-06",
    on=(tokens.BACKUP_PLAN, tokens.RDS_BACKUP_REPLICATION),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why=_WHY,
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.BACKUP_PLAN, _copied(_vault("us-east-1"))),
        of_ireland(tokens.BACKUP_PLAN, _copied(_vault("eu-central-1"), recoveryPointTags={"data-class": "sensitive"})),
        of_ireland(tokens.BACKUP_PLAN, _copied("${there.arn}"), there=resource(tokens.BACKUP_VAULT, _VIRGINIA)),
        of_ireland(tokens.BACKUP_PLAN, _copied(_vault("us-east-1"), targetVaultName="${here.name}"), here=resource(tokens.BACKUP_VAULT)),
        of_ireland(tokens.RDS_BACKUP_REPLICATION, {"sourceDbInstanceArn": "arn:aws:rds:ap-south-1:123456789012:db:people"}),
    ),
    good=(
        of_ireland(tokens.BACKUP_PLAN, _copied(_vault("eu-central-1"))),
        of_ireland(tokens.BACKUP_PLAN, _copied("${there.arn}"), there=resource(tokens.BACKUP_VAULT, _FRANKFURT)),
        of_ireland(tokens.BACKUP_PLAN, _copied(_vault("us-east-1"), recoveryPointTags={"data-class": "operational"})),
        of_ireland(tokens.BACKUP_PLAN, _copied()),
        of_ireland(tokens.RDS_BACKUP_REPLICATION, {"sourceDbInstanceArn": "arn:aws:rds:eu-central-1:123456789012:db:people"}),
    ),
)
def backups_are_copied_where_they_may_lie(plan: Subject) -> Iterator[str]:
    return refused(plan)


_DATASTORE = {"globalReplicationGroupIdSuffix": "query", "primaryReplicationGroupId": "${here.id}"}
_FIRST = resource(tokens.ELASTICACHE_REPLICATION_GROUP, {"replicationGroupId": "here"})


def _member(region: dict[str, str]) -> dict[str, str]:
    return {"globalReplicationGroupId": "${subject.globalReplicationGroupId}", **region}


@rule(
    "res-07",
    on=(tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP, tokens.MEMORYDB_MULTI_REGION),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="Members of a global cache hold all of its data, and each may come to lead: what may not move back may not be shared.",
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(
            tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP,
            _DATASTORE,
            here=_FIRST,
            there=resource(tokens.ELASTICACHE_REPLICATION_GROUP, _member(_VIRGINIA)),
        ),
        of_ireland(
            tokens.MEMORYDB_MULTI_REGION,
            {"multiRegionClusterNameSuffix": "sessions"},
            here=resource(tokens.MEMORYDB_CLUSTER, {"multiRegionClusterName": "${subject.multiRegionClusterName}"}),
            there=resource(tokens.MEMORYDB_CLUSTER, {"multiRegionClusterName": "${subject.multiRegionClusterName}", **_VIRGINIA}),
        ),
    ),
    good=(
        of_ireland(
            tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP,
            _DATASTORE,
            here=_FIRST,
            there=resource(tokens.ELASTICACHE_REPLICATION_GROUP, _member(_FRANKFURT)),
        ),
        of_ireland(
            tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP,
            _DATASTORE,
            data_class="public",
            here=_FIRST,
            there=resource(tokens.ELASTICACHE_REPLICATION_GROUP, _member(_VIRGINIA)),
        ),
        of_ireland(tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP, _DATASTORE, here=_FIRST),
    ),
)
def caches_span_only_what_may_share_data(cache: Subject) -> Iterator[str]:
    return refused(cache)


_TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/people"


@rule(
    "res-11",
    on=(
        tokens.DYNAMODB_TABLE,
        tokens.DYNAMODB_GLOBAL_TABLE,
        tokens.DYNAMODB_TABLE_REPLICA,
        tokens.RDS_GLOBAL_CLUSTER,
        tokens.DOCUMENTDB_GLOBAL_CLUSTER,
        tokens.RDS_INSTANCE,
    ),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why=_WHY,
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.DYNAMODB_TABLE, {"replicas": [{"regionName": "us-east-1"}]}),
        of_ireland(tokens.DYNAMODB_TABLE_REPLICA, {"globalTableArn": _TABLE}),
        of_ireland(
            tokens.RDS_GLOBAL_CLUSTER,
            {"globalClusterIdentifier": "people"},
            here=resource(tokens.RDS_CLUSTER, {"globalClusterIdentifier": "${subject.id}"}),
            there=resource(tokens.RDS_CLUSTER, {"globalClusterIdentifier": "${subject.id}", **_VIRGINIA}),
        ),
        of_ireland(tokens.RDS_INSTANCE, {"replicateSourceDb": "arn:aws:rds:ap-east-1:123456789012:db:people"}),
    ),
    good=(
        of_ireland(tokens.DYNAMODB_TABLE, {"replicas": [{"regionName": "eu-central-1"}]}),
        of_ireland(tokens.DYNAMODB_TABLE, {"tags": {"data-class": "public"}, "replicas": [{"regionName": "us-east-1"}]}),
        of_ireland(tokens.DYNAMODB_TABLE_REPLICA, {"globalTableArn": _TABLE.replace("us-east-1", "eu-central-1")}),
        of_ireland(
            tokens.RDS_GLOBAL_CLUSTER,
            {"globalClusterIdentifier": "people"},
            here=resource(tokens.RDS_CLUSTER, {"globalClusterIdentifier": "${subject.id}"}),
            there=resource(tokens.RDS_CLUSTER, {"globalClusterIdentifier": "${subject.id}", **_FRANKFURT}),
        ),
        of_ireland(tokens.RDS_INSTANCE, {"replicateSourceDb": "${here.arn}"}, here=resource(tokens.RDS_INSTANCE)),
    ),
)
def databases_are_replicated_where_they_may_lie(database: Subject) -> Iterator[str]:
    return refused(database)
