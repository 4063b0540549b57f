"""Backups: valid against the CRDs, and nothing of what loses them."""

from typing import Any

import pytest

from components.data.tidb.backup import BackupTarget, backup_schedule, log_faults, point_in_time_restore
from components.data.tidb.contract import BACKUP_ACCOUNT
from tests.components.data.tidb.specs import PLACE
from tests.shared import crd_faults

TARGET = BackupTarget(
    cluster="tidb",
    version="v8.5.7",
    bucket="meridian-eu-west-1-data",
    region="eu-west-1",
    key_option="--s3.sse-kms-key-id=arn:aws:kms:eu-west-1:111122223333:key/data",
    tolerations=PLACE.tolerations,
)


def manifest(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "pingcap.com/v1alpha1", "kind": kind, "metadata": {"name": "tidb"}, "spec": spec}


@pytest.fixture(scope="module")
def schedule() -> dict[str, Any]:
    return backup_schedule(TARGET, schedule="0 2 * * *", retention_days=30, compact_hours=4)


def test_the_schedule_is_valid(schedule: dict[str, Any]) -> None:
    assert crd_faults("tidb-operator-v1/pingcap.com_backupschedules.yaml", manifest("BackupSchedule", schedule)) == []


def test_retention_is_a_go_duration(schedule: dict[str, Any]) -> None:
    """`30d` is none: the operator would log an error and never clean up."""
    assert schedule["maxReservedTime"] == "720h"
    assert schedule["compactInterval"] == "4h"
    assert "maxBackups" not in schedule


def test_deleting_the_schedule_deletes_no_backup(schedule: dict[str, Any]) -> None:
    """Backups are owned by their schedule; the clean policy decides what becomes of the files."""
    assert {schedule[part]["cleanPolicy"] for part in ("backupTemplate", "logBackupTemplate")} == {"Retain"}


def test_credentials_stay_with_whom_they_belong(schedule: dict[str, Any]) -> None:
    for part in ("backupTemplate", "logBackupTemplate", "compactBackupTemplate"):
        assert schedule[part]["br"]["sendCredToTikv"] is False
        assert schedule[part]["serviceAccount"] == BACKUP_ACCOUNT
        assert "secretName" not in schedule[part]["s3"]


def test_files_are_readable_at_once_and_taken_by_a_bucket_without_acls(schedule: dict[str, Any]) -> None:
    for part in ("backupTemplate", "logBackupTemplate", "compactBackupTemplate"):
        assert schedule[part]["s3"]["storageClass"] == "STANDARD"
        assert schedule[part]["s3"]["acl"] == "bucket-owner-full-control"


def test_log_and_full_lie_apart_and_compaction_reads_the_log(schedule: dict[str, Any]) -> None:
    folders = {part: schedule[part]["s3"]["prefix"] for part in ("backupTemplate", "logBackupTemplate", "compactBackupTemplate")}
    assert folders == {"backupTemplate": "tidb/full", "logBackupTemplate": "tidb/log", "compactBackupTemplate": "tidb/log"}


def test_a_key_is_named_wherever_encryption_is(schedule: dict[str, Any]) -> None:
    """`aws:kms` without a key would be S3's own key, not the region's."""
    for part in ("backupTemplate", "logBackupTemplate"):
        assert schedule[part]["s3"]["sse"] == "aws:kms"
        assert schedule[part]["br"]["options"] == [TARGET.key_option]
    assert "sse" not in schedule["compactBackupTemplate"]["s3"]
    assert "options" not in schedule["compactBackupTemplate"]["br"]


def test_the_tool_has_the_version_of_the_cluster(schedule: dict[str, Any]) -> None:
    assert schedule["backupTemplate"]["toolImage"] == "pingcap/br:v8.5.7"


def test_a_restore_reads_both_folders_into_another_cluster() -> None:
    spec = point_in_time_restore(
        TARGET,
        "drill",
        full="tidb-pd.tidb-2379-2026-11-20t02-00-00",
        log="log-2026-11-01t00-00-00",
        until="2026-11-20T08:30:00Z",
    )
    assert crd_faults("tidb-operator-v1/pingcap.com_restores.yaml", manifest("Restore", spec)) == []
    assert (spec["restoreMode"], spec["pitrRestoredTs"]) == ("pitr", "2026-11-20T08:30:00Z")
    assert (spec["br"]["cluster"], spec["br"]["clusterNamespace"]) == ("drill", "drill")
    assert spec["s3"]["prefix"] == "tidb/log/log-2026-11-01t00-00-00"
    assert spec["pitrFullBackupStorageProvider"]["s3"]["prefix"] == "tidb/full/tidb-pd.tidb-2379-2026-11-20t02-00-00"


@pytest.mark.parametrize(
    ("prefix", "found"), [("", 1), ("tidb/", 1), ("tidb/log", 1), ("tidb/log/2026", 1), ("tidb/full/", 0), ("clickhouse/", 0)]
)
def test_a_lifecycle_that_moves_the_log_is_refused(prefix: str, found: int) -> None:
    faults = log_faults("tidb", [prefix])
    assert len(faults) == found
    assert all("name 'tidb/full/' instead" in fault for fault in faults)


def test_what_is_refused_is_where_the_log_lies(schedule: dict[str, Any]) -> None:
    assert log_faults("tidb", [f"{schedule['logBackupTemplate']['s3']['prefix']}/"])
    assert not log_faults("tidb", [f"{schedule['backupTemplate']['s3']['prefix']}/"])
