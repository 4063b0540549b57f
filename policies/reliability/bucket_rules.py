"""Buckets: what outlives a wrong delete, and what a lifecycle must not put away."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import buckets
from policies.core.facts.workloads import at
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first


def _versioned(status: str, token: str = tokens.S3_VERSIONING) -> Example:
    versioning = resource(token, {"bucket": "${subject.id}", "versioningConfiguration": {"status": status}})
    return example(resource(tokens.S3_BUCKET), versioning=versioning)


@rule(
    "rel-15",
    on=buckets.BUCKETS,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Without versions an overwritten or deleted object is gone, and no other bucket can be a replica of this one.",
    fix='Add an aws.s3.BucketVersioning with this bucket and versioning_configuration.status="Enabled".',
    controls=("fsbp:S3.14", "hipaa:164.308(a)(7)"),
    bad=({}, _versioned("Suspended"), example(resource(tokens.S3_BUCKET_V2))),
    good=(_versioned("Enabled"), _versioned("Enabled", tokens.S3_VERSIONING_V2)),
)
def bucket_keeps_versions(bucket: Subject) -> Iterator[str]:
    companions = buckets.companions(bucket.stack, bucket.resource, buckets.VERSIONING)
    if not any(known_first(companions, lambda each: [each] if _enabled(each) else [])):
        yield "no versions are kept"


def _enabled(versioning: Resource) -> bool:
    return versioning.properties.section("versioningConfiguration").text("status") == "Enabled"


TEMPLATES = ("logBackupTemplate", "compactBackupTemplate")
"""What of a TiDB BackupSchedule writes the log that a point-in-time restore reads from its start."""

_NAMED = resource(tokens.S3_BUCKET, {"bucket": "blue-tidb"})
_SCHEDULE = resource(kinds.TIDB_BACKUP_SCHEDULE[0], {"spec": {"logBackupTemplate": {"s3": {"bucket": "blue-tidb", "prefix": "main/log"}}}})


def _tiered(*rules: dict[str, Any], log: Draft = _SCHEDULE) -> Example:
    lifecycle = resource(tokens.S3_LIFECYCLE, {"bucket": "${versioning.bucket}", "rules": list(rules)})
    return example(_NAMED, versioning=resource(tokens.S3_VERSIONING, {"bucket": "${subject.bucket}"}), lifecycle=lifecycle, log=log)


_COLD = {"id": "tier", "status": "Enabled", "transitions": [{"days": 90, "storageClass": "DEEP_ARCHIVE"}]}


@rule(
    "rel-29",
    on=buckets.BUCKETS,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A restore to a point in time reads the log from the oldest full backup on: what an archive holds must first be thawed for hours.",
    fix="Give the lifecycle's transitions a filter.prefix that leaves the log backup's prefix out.",
    controls=("soc2:A1.2",),
    bad=(
        _tiered(_COLD),
        _tiered({**_COLD, "filter": {"prefix": "main/"}}),
        _tiered({**_COLD, "filter": {"prefix": "main/log/2026"}}),
        _tiered({**_COLD, "filter": {"and": {"prefix": "main"}}}),
        _tiered({**_COLD, "transitions": [{"days": 90, "storageClass": "GLACIER"}], "filter": {"prefix": ""}}),
    ),
    good=(
        _tiered({**_COLD, "filter": {"prefix": "main/full/"}}),
        _tiered({**_COLD, "status": "Disabled"}),
        _tiered({**_COLD, "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}]}),
        _tiered({"id": "clean", "status": "Enabled", "expiration": {"days": 400}}),
        _tiered(_COLD, log=resource(kinds.TIDB_BACKUP_SCHEDULE[0], {"spec": {"logBackupTemplate": {"s3": {"bucket": "other"}}}})),
    ),
)
def log_backup_can_be_read_at_once(bucket: Subject) -> Iterator[str]:
    logs = list(_log_prefixes(bucket))
    for lifecycle in buckets.companions(bucket.stack, bucket.resource, buckets.LIFECYCLE) if logs else ():
        yield from known_first(lifecycle.properties.sections("rules"), lambda each: _archived(each, logs))


def _log_prefixes(bucket: Subject) -> Iterator[str]:
    """Prefixes in the bucket that a log backup writes below."""
    schedules = bucket.stack.of_type(*kinds.TIDB_BACKUP_SCHEDULE)
    for schedule in schedules:
        stores = known_first(TEMPLATES, lambda key, schedule=schedule: at(schedule.properties, ("spec", key, "s3")))
        yield from (store.text("prefix") for store in stores if store.text("bucket") == bucket.properties.text("bucket"))


def _archived(rule: Properties, logs: list[str]) -> Iterator[str]:
    if rule.text("status") != "Enabled":
        return
    # Classes from which nothing can be read before it is restored (S3 user guide, archival storage classes).
    if not any(each.text("storageClass") in {"GLACIER", "DEEP_ARCHIVE"} for each in rule.sections("transitions")):
        return
    chosen = rule.section("filter")
    prefix = chosen.text("prefix") or chosen.section("and").text("prefix") or rule.text("prefix")
    met = sorted({log for log in logs if log.startswith(prefix) or prefix.startswith(log)})
    yield from (f"lifecycle rule {rule.text('id')} archives the log backup at {log}" for log in met)
