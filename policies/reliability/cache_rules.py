"""Caches: what outlives a node, a zone, and a mistake."""

from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, example, resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

_CACHE = (tokens.ELASTICACHE_REPLICATION_GROUP,)


def _cache(**inputs: Any) -> Draft:
    return resource(tokens.ELASTICACHE_REPLICATION_GROUP, inputs)


_SPREAD = {"automaticFailoverEnabled": True, "multiAzEnabled": True}


@rule(
    "rel-08",
    on=_CACHE,
    severity=Severity.HIGH,
    why="A shard without a replica in another zone is lost with its node, and with it every session and the load it kept off the database.",
    fix="Set automatic_failover_enabled=True, multi_az_enabled=True and replicas_per_node_group (or num_cache_clusters - 1) of at least 1.",
    controls=("fsbp:ElastiCache.3", "soc2:A1.2"),
    bad=(
        {},
        {**_SPREAD},
        {**_SPREAD, "numNodeGroups": 3, "replicasPerNodeGroup": 0},
        {**_SPREAD, "numCacheClusters": 1},
        {"multiAzEnabled": True, "replicasPerNodeGroup": 2},
        {"automaticFailoverEnabled": True, "replicasPerNodeGroup": 2},
        {**_SPREAD, "nodeGroupConfigurations": [{"replicaCount": 1}, {"replicaCount": 0}]},
    ),
    good=(
        {**_SPREAD, "numNodeGroups": 3, "replicasPerNodeGroup": 1},
        {**_SPREAD, "numCacheClusters": 3},
        {**_SPREAD, "nodeGroupConfigurations": [{"replicaCount": 1}, {"replicaCount": 2}]},
    ),
)
def cache_outlives_a_zone(cache: Subject) -> Iterator[str]:
    read = cache.properties
    if not read.flag("automaticFailoverEnabled"):
        yield "no replica takes over by itself"
    if not read.flag("multiAzEnabled"):
        yield "replicas may lie in the zone of their primary"
    shards = read.sections("nodeGroupConfigurations")
    counts = [each.number("replicaCount", 0) for each in shards] if shards else [_replicas(cache)]
    if min(counts) < 1:
        yield "a shard has no replica"


def _replicas(cache: Subject) -> float:
    """Replicas of each shard: of either way to say it (the two exclude each other)."""
    read = cache.properties
    if "numCacheClusters" in read:
        return read.number("numCacheClusters", 1) - 1
    return read.number("replicasPerNodeGroup", 0)


@rule(
    "rel-09",
    on=_CACHE,
    severity=Severity.MEDIUM,
    why="Without snapshots a mistaken FLUSHALL or a deleted cache is gone; without minor upgrades known faults stay.",
    fix="Set snapshot_retention_limit of at least min_snapshot_days and final_snapshot_identifier; leave auto_minor_version_upgrade on.",
    controls=("fsbp:ElastiCache.1", "fsbp:ElastiCache.2"),
    settings=("min_snapshot_days",),
    bad=(
        {},
        {"snapshotRetentionLimit": 7},
        {"snapshotRetentionLimit": 6, "finalSnapshotIdentifier": "last"},
        {"snapshotRetentionLimit": 7, "finalSnapshotIdentifier": "last", "autoMinorVersionUpgrade": False},
    ),
    good=(
        {"snapshotRetentionLimit": 7, "finalSnapshotIdentifier": "last"},
        {"snapshotRetentionLimit": 35, "finalSnapshotIdentifier": "last", "autoMinorVersionUpgrade": True},
    ),
)
def cache_can_be_restored(cache: Subject) -> Iterator[str]:
    read = cache.properties
    if (days := read.number("snapshotRetentionLimit", 0)) < cache.settings.min_snapshot_days:
        yield f"snapshots are kept {days:.0f} days, {cache.settings.min_snapshot_days} are wanted"
    if "finalSnapshotIdentifier" not in read:
        yield "it is deleted without a last snapshot"
    if not read.flag("autoMinorVersionUpgrade", default=True):
        yield "minor upgrades are off"


_SLOW = {"logType": "slow-log", "logFormat": "json", "destinationType": "cloudwatch-logs", "destination": "slow"}


@rule(
    "rel-23",
    on=_CACHE,
    severity=Severity.LOW,
    why="One command over a large key holds up all others; only the slow log says which it was.",
    fix='Add a log_delivery_configurations entry with log_type="slow-log".',
    controls=(),
    bad=({}, {"logDeliveryConfigurations": [{**_SLOW, "logType": "engine-log"}]}),
    good=({"logDeliveryConfigurations": [{**_SLOW, "logType": "engine-log"}, _SLOW]},),
)
def cache_tells_what_is_slow(cache: Subject) -> Iterator[str]:
    logs = known_first(cache.properties.sections("logDeliveryConfigurations"), lambda each: [each.text("logType")])
    if "slow-log" not in logs:
        yield "the slow log goes nowhere"


_GLOBAL = resource(tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP, {"primaryReplicationGroupId": "${subject.id}"})


@rule(
    "rel-24",
    on=_CACHE,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A global datastore copies after the fact: a write that the primary acknowledged can be missing after a switch of regions.",
    fix='Leave durability out of members of a global datastore; keep what must not be lost in one region, with durability="sync".',
    controls=("soc2:A1.2",),
    bad=(
        example(_cache(durability="sync"), world=_GLOBAL),
        {"durability": "async", "globalReplicationGroupId": "ldgnf-blue"},
    ),
    good=(
        {"durability": "sync"},
        example(_cache(), world=_GLOBAL),
        {"durability": "disabled", "globalReplicationGroupId": "ldgnf-blue"},
    ),
)
def cache_is_durable_or_global(cache: Subject) -> Iterator[str]:
    leads = cache.referrers(tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP, "primaryReplicationGroupId")
    if not leads and "globalReplicationGroupId" not in cache.properties:
        return
    if cache.properties.text("durability", "default") in {"sync", "async"}:
        yield "it is a member of a global datastore, which keeps no durable log"


@rule(
    "rel-25",
    on=_CACHE,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Two groups of one id take each other's place: the second update finds the first's cache and replaces it.",
    fix="Put the region and the purpose into replication_group_id.",
    controls=(),
    bad=(
        example(_cache(replicationGroupId="blue-query"), other=_cache(replicationGroupId="blue-query")),
        example(_cache(replicationGroupId="Blue"), other=_cache(replicationGroupId="blue")),
    ),
    good=(
        example(_cache(replicationGroupId="euw1-query"), other=_cache(replicationGroupId="usw2-query")),
        example(_cache(), other=_cache()),
    ),
)
def cache_has_an_id_of_its_own(cache: Subject) -> Iterator[str]:
    own = cache.properties.text("replicationGroupId").lower()  # ElastiCache stores it in lower case (API, ReplicationGroupId)
    others = (each for each in cache.stack.of_type(*_CACHE) if each is not cache.resource)
    twins = known_first(others, lambda each: [each.name] if own and each.properties.text("replicationGroupId").lower() == own else [])
    yield from (f"{twin} has the same id" for twin in twins)
