"""The data layer of a region: what only its composition decides."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.data.backup import BackupSpec
from components.data.tidb.restore import TidbRestoreSpec
from meridian.engine.project import Project
from meridian.plan import Mode
from stacks.data import expiry, longest_interval_days
from stacks.spec import DataSpec

PROJECT = Project.at(Path(__file__).parents[2])


def test_in_the_region_full_backups_expire_a_day_after_their_retention_and_the_log_never() -> None:
    plan = PROJECT.plan("eu-west-1")
    rules = plan["data-bucket-lifecycle"].inputs["rules"]
    assert [rule for rule in rules if "expiration" in rule] == [
        {"id": "expire-tidb/full/", "status": "Enabled", "filter": {"prefix": "tidb/full/"}, "expiration": {"days": 36}}
    ]
    assert [rule["id"] for rule in rules] == ["expire-tidb/full/", "clean"]
    written = plan["tidb-schedule"].inputs["spec"]
    assert (written["backupTemplate"]["s3"]["prefix"], written["maxReservedTime"]) == ("tidb/full", f"{35 * 24}h")
    assert written["backupTemplate"]["s3"]["bucket"] == plan["data-bucket-versioning"].inputs["bucket"]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({}, {}),
        ({"clickhouse": {}}, {}),
        ({"tidb": {"tikv": {"data_gib": 500}}}, {"tidb/full/": 36}),
        ({"tidb": {"name": "orders", "tikv": {"data_gib": 500}}, "backup": {"retention_days": 90}}, {"orders/full/": 91}),
        ({"tidb": {"tikv": {"data_gib": 500}}, "backup": {"full_schedule": "0 1 * * 0"}}, {"tidb/full/": 42}),
    ],
)
def test_only_what_nobody_else_deletes_expires(declared: dict[str, Any], expected: dict[str, int]) -> None:
    assert expiry(DataSpec.from_yaml(declared)) == expected


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("0 1 * * *", 1),
        ("0 */6 * * *", 1),
        ("0 1 * * 0", 7),
        ("0 1 * * 1-5", 7),
        ("0 1 31 * *", 61),
        ("0 1 1 * 0", 61),
        ("0 1 1 1,7 *", 366),
    ],
)
def test_the_interval_between_full_backups_is_never_taken_too_short(schedule: str, days: int) -> None:
    assert longest_interval_days(BackupSpec(full_schedule=schedule)) == days


RUNBOOK = (Path(__file__).parents[2] / "docs" / "OPERATIONS.md").read_text()


def test_the_runbook_names_the_snapshot_that_a_deleted_cache_leaves() -> None:
    plan = PROJECT.plan("eu-west-1", Mode.UPDATE)
    left = {group.inputs["finalSnapshotIdentifier"] for group in plan.of_type("aws:elasticache/replicationGroup:ReplicationGroup")}
    named = set(re.findall(r"meridian-eu-west-1-\w+-final", RUNBOOK))
    assert named
    assert named <= left


def test_the_runbook_spells_a_restore_as_tidb_takes_it() -> None:
    section = RUNBOOK.split("## Restore TiDB")[1].split("```yaml")[1].split("```")[0]
    knobs = {key: str(value) for key, value in yaml.load(section, Loader=yaml.BaseLoader).items()}
    assert set(TidbRestoreSpec.from_yaml(knobs).model_dump()) == {"full", "log", "until"}
