"""Backups: the sidecar, its schedule, and the script, run against a server of paper."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from components.data.backup import BackupSpec
from components.data.clickhouse.backup import DEFAULT_BACKUP, increment_schedule, rpo_faults, script
from components.data.clickhouse.contract import host
from meridian.plan import Plan
from tests.components.cluster.surroundings import KEY
from tests.components.data.clickhouse.surroundings import BUCKET, clickhouse_plan, default_plan, installation_spec

CRON = "kubernetes:batch/v1:CronJob"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def sidecar(plan: Plan) -> dict[str, Any]:
    (found,) = [row for row in installation_spec(plan)["templates"]["podTemplates"][0]["spec"]["containers"] if row["name"] != "clickhouse"]
    return found


def test_the_sidecar_writes_encrypted_to_the_bucket_without_keys(plan: Plan) -> None:
    env = {row["name"]: row.get("value") for row in sidecar(plan)["env"]}
    assert (env["REMOTE_STORAGE"], env["S3_BUCKET"], env["S3_REGION"], env["AWS_REGION"]) == ("s3", BUCKET, "eu-west-1", "eu-west-1")
    assert (env["S3_SSE"], env["S3_SSE_KMS_KEY_ID"], env["S3_ACL"]) == ("aws:kms", KEY, "")
    assert not [name for name in env if "ACCESS_KEY" in name or "SECRET_KEY" in name]


def test_paths_are_of_the_shard_and_neither_begins_the_other(plan: Plan) -> None:
    env = {row["name"]: row.get("value") for row in sidecar(plan)["env"]}
    path, disks = env["S3_PATH"], env["S3_OBJECT_DISK_PATH"]
    assert "{shard}" in path
    assert "{shard}" in disks
    assert not path.startswith(disks)
    assert not disks.startswith(path)
    assert not disks.startswith("clickhouse/backup/")


def test_it_speaks_tls_to_its_own_pod_and_listens_to_nobody_else(plan: Plan) -> None:
    env = {row["name"]: row.get("value") for row in sidecar(plan)["env"]}
    assert (env["CLICKHOUSE_HOST"], env["CLICKHOUSE_PORT"], env["CLICKHOUSE_SECURE"]) == ("localhost", "9440", "true")
    assert env["CLICKHOUSE_TLS_CA"] == "/etc/clickhouse-certificates/ca.crt"
    assert env["API_LISTEN"] == "127.0.0.1:7171"
    assert env["API_CREATE_INTEGRATION_TABLES"] == "true"
    (password,) = [row for row in sidecar(plan)["env"] if row["name"] == "CLICKHOUSE_PASSWORD"]
    assert password["valueFrom"]["secretKeyRef"] == {"name": "clickhouse-users", "key": "backup"}


def test_it_sees_the_data_of_the_server(plan: Plan) -> None:
    assert {"name": "data", "mountPath": "/var/lib/clickhouse"} in sidecar(plan)["volumeMounts"]
    assert sidecar(plan)["image"] == "altinity/clickhouse-backup:2.8.1"


def test_full_backups_by_the_policy_and_increments_by_the_rpo(plan: Plan) -> None:
    jobs = {row.inputs["metadata"]["name"]: row.inputs["spec"] for row in plan.of_type(CRON)}
    assert {name: job["schedule"] for name, job in jobs.items()} == {
        "clickhouse-backup-full": "0 1 * * *",
        "clickhouse-backup-increment": "0 * * * *",
    }
    assert {(job["timeZone"], job["concurrencyPolicy"]) for job in jobs.values()} == {("Etc/UTC", "Forbid")}


def test_one_backup_a_shard_from_its_first_replica(plan: Plan) -> None:
    for row in plan.of_type(CRON):
        env = {
            item["name"]: item.get("value")
            for item in row.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["env"]
        }
        assert env["HOSTS"].split() == [f"chi-clickhouse-analytics-{shard}-0.clickhouse.svc.cluster.local" for shard in (0, 1)]
        assert env["KIND"] == row.inputs["metadata"]["name"].rsplit("-", 1)[-1]


def test_a_day_needs_no_increments() -> None:
    assert [row.inputs["metadata"]["name"] for row in clickhouse_plan({"rpo_minutes": 1440}).of_type(CRON)] == ["clickhouse-backup-full"]


@pytest.mark.parametrize(
    ("minutes", "cron"),
    [(15, "*/15 * * * *"), (29, "*/20 * * * *"), (59, "*/30 * * * *"), (60, "0 * * * *"), (359, "0 */4 * * *"), (1439, "0 */12 * * *")],
)
def test_increments_come_as_often_as_may_be_lost(minutes: int, cron: str) -> None:
    assert increment_schedule(minutes) == cron


def test_less_than_a_quarter_of_an_hour_is_refused_by_name() -> None:
    assert rpo_faults(15) == []
    (fault,) = rpo_faults(14)
    assert "rpo_minutes: 14: clickhouse-backup makes increments every 15 minutes at most" in fault
    assert rpo_faults(DEFAULT_BACKUP.rpo_minutes) == []


@pytest.mark.parametrize("schedule", ["0 0 1 * * *", "cron(0 1 * * ? *)", "@daily"])
def test_other_dialects_of_cron_are_refused(schedule: str) -> None:
    with pytest.raises(ValidationError):
        BackupSpec.from_yaml({"full_schedule": schedule})


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("full", "success", 0), ("increment", "success", 0), ("full", "error", 1), ("full", "", 1)]
)
def test_the_script_ends_as_the_backups_do(tmp_path: Path, kind: str, status: str, code: int) -> None:
    ended, asked = _run(tmp_path, kind, status)
    assert ended.returncode == code, ended.stderr
    inserts = [line for line in asked if "INSERT" in line]
    assert [line.split()[0] for line in inserts] == ["one", "two"]
    assert all(("--diff-from-remote=full-before" in line) is (kind == "increment") for line in inserts)
    assert all("create_remote --delete-source" in line for line in inserts)


def test_the_runbook_names_what_is_there(plan: Plan) -> None:
    text = (Path(__file__).parents[4] / "docs/OPERATIONS.md").read_text().split("## Restore ClickHouse")[1].split("\n## ")[0]
    assert set(re.findall(r"clickhouse-backup-[a-z]+", text)) - {"clickhouse-backup-disks"} == {
        row.inputs["metadata"]["name"] for row in plan.of_type(CRON)
    }
    assert set(re.findall(r"chi-[a-z0-9-]+", text)) == {f"{host('analytics', shard, 0)}-0" for shard in (0, 1)}
    assert set(re.findall(r"-c ([a-z-]+)", text)) == {sidecar(plan)["name"]}
    assert set(re.findall(r"-n ([a-z-]+)", text)) == {"clickhouse"}
    env = {row["name"]: row.get("value") for row in sidecar(plan)["env"]}
    for prefix in (env["S3_PATH"], env["S3_OBJECT_DISK_PATH"]):
        assert f"`{prefix.split('shard')[0]}`" in text
    assert "secret clickhouse-users" in text
    assert re.search(r"full-\d{8}T\d{6}Z", text)
    assert "date -u +%Y%m%dT%H%M%SZ" in script()


def test_a_restore_makes_the_tables_on_every_replica(plan: Plan) -> None:
    env = {row["name"]: row.get("value") for row in sidecar(plan)["env"]}
    assert env["RESTORE_SCHEMA_ON_CLUSTER"] == "{cluster}"


def _run(folder: Path, kind: str, status: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The script with a clickhouse-client that writes down what it is asked and answers from the arguments."""
    if not (bash := shutil.which("bash")):
        pytest.skip("bash is not there")
    client = folder / "clickhouse-client"
    client.write_text(
        '#!/bin/sh\necho "$4 $6" >> "$ASKED"\n'
        'case "$6" in *backup_list*) echo full-before;; *"SELECT status"*) echo "$STATUS";; *"SELECT error"*) echo no;; esac\n'
    )
    client.chmod(0o755)
    (folder / "backup.sh").write_text(script())
    env = {"PATH": f"{folder}:/usr/bin:/bin", "ASKED": str(folder / "asked"), "STATUS": status, "KIND": kind}
    env |= {"HOSTS": "one two", "CLIENT_CONFIG": "/none"}
    ended = subprocess.run([bash, str(folder / "backup.sh")], env=env, capture_output=True, text=True, check=False, timeout=60)
    return ended, (folder / "asked").read_text().splitlines()
