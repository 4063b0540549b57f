"""The data layer of a region: what only its composition decides."""

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.data.backup import BackupSpec
from components.data.tidb.restore import TidbDrillSpec
from meridian.engine import embedded
from meridian.engine.project import Project
from meridian.plan import Mode, Plan
from stacks.data import expiry, longest_interval_days
from stacks.spec import DataSpec

PROJECT = Project.at(Path(__file__).parents[2])


def with_data(**changes: Any) -> Plan:
    """Ireland with other values under `data`."""
    config = dict(PROJECT.config("eu-west-1").values)
    region = json.loads(config["meridian:region"])
    config["meridian:region"] = json.dumps({**region, "data": {**region["data"], **changes}})
    return embedded.plan(PROJECT.program(), project="meridian", stack="eu-west-1", root=PROJECT.root, config=config)


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
    assert TidbDrillSpec.from_yaml(yaml.load(section, Loader=yaml.BaseLoader)["tidb_drill"]).name == "drill"


def test_a_drill_makes_a_cluster_beside_the_living_one_and_restores_into_it() -> None:
    knobs = yaml.load(RUNBOOK.split("## Restore TiDB")[1].split("```yaml")[1].split("```")[0], Loader=yaml.BaseLoader)["tidb_drill"]
    plan = with_data(tidb_drill=knobs)
    (restore,) = plan.of_type("kubernetes:pingcap.com/v1alpha1:Restore")
    assert (restore.inputs["metadata"]["namespace"], restore.inputs["metadata"]["name"]) == ("drill", "drill-restore")
    clusters = {one.inputs["metadata"]["name"]: one for one in plan.of_type("kubernetes:pingcap.com/v1alpha1:TidbCluster")}
    assert clusters["drill"].urn in plan.depends(restore)
    assert clusters["tidb"].urn not in plan.depends(restore)
    assert clusters["tidb"].options.protect
    assert not clusters["drill"].options.protect
    assert clusters["drill"].inputs["spec"]["tikv"]["replicas"] == clusters["tidb"].inputs["spec"]["tikv"]["replicas"]
    without = {resource.urn for resource in with_data()}
    assert {resource.urn for resource in plan} > without  # taking the lines out again touches nothing else


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tidb_drill": {"name": "tidb"}}, r"data\.tidb_drill\.name: tidb: 'tidb' is the living cluster"),
        ({"tidb": None, "tidb_drill": {}}, r"data\.tidb_drill\.full: .*there is no TiDB whose backups could be restored"),
    ],
)
def test_a_drill_needs_a_source_and_a_target_of_its_own(changes: dict[str, Any], said: str) -> None:
    drill = {"full": "tidb-pd.tidb-2379-2026-11-20t01-00-00", "log": "log-2026-11-01t09-00-00", "until": "2026-11-20T08:30:00Z"}
    with pytest.raises(pulumi.RunError, match=said):
        with_data(**{**changes, "tidb_drill": {**drill, **changes["tidb_drill"]}})
