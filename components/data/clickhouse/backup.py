"""Backups of ClickHouse: clickhouse-backup beside every server, and cron jobs that tell the first replica of each shard when.

The operator knows no backups of its own (Altinity/clickhouse-operator#862, #1795).
"""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.node_group import NodeGroup
from components.data.backup import BackupSpec
from components.data.clickhouse.client import script_pod
from components.data.clickhouse.contract import (
    BACKUP_DISK_PREFIX,
    BACKUP_PREFIX,
    BACKUP_USER,
    CERTIFICATES_PATH,
    USERS_SECRET,
    Port,
    first_replicas,
    full_name,
)
from components.data.clickhouse.files import DATA_PATH
from components.data.clickhouse.pods import CONTAINER_SECURITY, DATA_CLAIM, certificate_mount, mount
from components.data.clickhouse.sizing import backups_kept
from components.data.clickhouse.spec import ClickHouseSpec
from components.location import Location

IMAGE = "altinity/clickhouse-backup:2.8.1"
"""Version whose `upload --resume` no longer makes backups without data (Altinity/clickhouse-backup#1492)."""
SHORTEST_INTERVAL_MINUTES = 15
"""Between two increments: each lists all parts of all tables. Replicas, not backups, are for less."""
DAY_MINUTES = 24 * 60
"""Of a day: a lesser RPO asks for increments between the full backups."""
DEFAULT_BACKUP = BackupSpec(rpo_minutes=60, retention_days=35)
"""Policy of a stack that says none: an hour of rows, which whatever sends them must be able to send again."""
SCRIPT = "backup.sh"
"""Key of the script in `CLIENT_CONFIG`."""


def sidecar(location: Location, bucket_name: str, key_arn: pulumi.Input[str], backup: BackupSpec) -> dict[str, Any]:
    """Container beside ClickHouse; its credentials are the pod's role's (Altinity/clickhouse-backup#1025)."""
    plain = {
        "REMOTE_STORAGE": "s3",
        "S3_BUCKET": bucket_name,
        "S3_REGION": location.region,
        "AWS_REGION": location.region,
        "S3_PATH": f"{BACKUP_PREFIX}shard-{{shard}}",
        "S3_OBJECT_DISK_PATH": f"{BACKUP_DISK_PREFIX}shard-{{shard}}",
        "S3_ACL": "",  # the bucket has no ACLs
        "S3_SSE": "aws:kms",
        "S3_SSE_KMS_KEY_ID": key_arn,
        "BACKUPS_TO_KEEP_LOCAL": "-1",  # none stays after its upload
        "BACKUPS_TO_KEEP_REMOTE": str(backups_kept(backup.retention_days, backup.rpo_minutes)),
        "ALLOW_EMPTY_BACKUPS": "true",  # a new installation's tables
        "RESTORE_SCHEMA_ON_CLUSTER": "{cluster}",  # all replicas get the tables, then fetch the rows from the one that is restored
        "CLICKHOUSE_HOST": "localhost",
        "CLICKHOUSE_PORT": str(int(Port.NATIVE)),
        "CLICKHOUSE_SECURE": "true",
        "CLICKHOUSE_TLS_CA": f"{CERTIFICATES_PATH}/ca.crt",
        "CLICKHOUSE_USERNAME": BACKUP_USER,
        "API_LISTEN": f"127.0.0.1:{int(Port.BACKUP_API)}",
        "API_CREATE_INTEGRATION_TABLES": "true",  # system.backup_actions, by which the cron jobs speak to it
    }
    password = {"name": "CLICKHOUSE_PASSWORD", "valueFrom": {"secretKeyRef": {"name": USERS_SECRET, "key": BACKUP_USER}}}
    return {
        "name": "clickhouse-backup",
        "image": IMAGE,
        "args": ["server"],
        "env": [*({"name": name, "value": value} for name, value in plain.items()), password],
        "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"memory": "4Gi"}},
        "securityContext": dict(CONTAINER_SECURITY),
        "volumeMounts": [mount(DATA_CLAIM, DATA_PATH), certificate_mount()],
    }


def cron_jobs(spec: ClickHouseSpec, backup: BackupSpec, nodes: NodeGroup) -> dict[str, kubernetes.batch.v1.CronJobSpecArgs]:
    """Spec of each CronJob by kind: full backups, and increments on the newest one when a day is more than may be lost."""
    schedules = {"full": backup.full_schedule}
    if backup.rpo_minutes < DAY_MINUTES:
        schedules["increment"] = increment_schedule(backup.rpo_minutes)
    return {kind: _cron_job(spec, kind, schedule, nodes) for kind, schedule in schedules.items()}


def cron_name(kind: str) -> str:
    """Name of the CronJob of a kind."""
    return f"clickhouse-backup-{kind}"


def increment_schedule(rpo_minutes: int) -> str:
    """Cron of Kubernetes, five fields in UTC, that runs at least as often as `rpo_minutes`."""
    if rpo_minutes < 60:
        return f"*/{max(step for step in (15, 20, 30) if step <= rpo_minutes)} * * * *"
    hours = max(step for step in (1, 2, 3, 4, 6, 8, 12) if step * 60 <= rpo_minutes)
    return f"0 {'*' if hours == 1 else f'*/{hours}'} * * *"


def rpo_faults(rpo_minutes: int) -> list[str]:
    """One line where backups cannot come as often as declared."""
    if rpo_minutes >= SHORTEST_INTERVAL_MINUTES:
        return []
    return [
        f"rpo_minutes: {rpo_minutes}: clickhouse-backup makes increments every {SHORTEST_INTERVAL_MINUTES} minutes at most: allow that, "
        "and keep the source of the rows for as long"
    ]


def script() -> str:
    """Backs up each host of HOSTS and fails when one of them does.

    All are told first, so that the shards' backups are of one moment, near enough. A host that is busy refuses: the job fails and says so.
    """
    return """#!/bin/bash
set -euo pipefail
newest="SELECT name FROM system.backup_list WHERE location = 'remote' AND desc NOT LIKE '%broken%' ORDER BY created DESC LIMIT 1"
query() { clickhouse-client --config-file "$CLIENT_CONFIG" --host "$1" --query "$2" --format TabSeparatedRaw; }
name="$KIND-$(date -u +%Y%m%dT%H%M%SZ)"
declare -A command
for host in $HOSTS; do
  base=""
  if [ "$KIND" = increment ]; then
    last=$(query "$host" "$newest")
    [ -z "$last" ] || base="--diff-from-remote=$last "
  fi
  command[$host]="create_remote --delete-source $base$name"
  query "$host" "INSERT INTO system.backup_actions(command) VALUES ('${command[$host]}')"
done
failed=0
for host in $HOSTS; do
  while status=$(query "$host" "SELECT status FROM system.backup_actions WHERE command = '${command[$host]}' ORDER BY start DESC LIMIT 1")
    [ "$status" = "in progress" ]; do sleep 10; done
  echo "$host: $name: $status"
  if [ "$status" != success ]; then
    query "$host" "SELECT error FROM system.backup_actions WHERE command = '${command[$host]}' ORDER BY start DESC LIMIT 1" >&2
    failed=1
  fi
done
exit $failed
"""


def _cron_job(spec: ClickHouseSpec, kind: str, schedule: str, nodes: NodeGroup) -> kubernetes.batch.v1.CronJobSpecArgs:
    """A job that fails is not tried again: what it told the servers may still be running."""
    hosts = " ".join(full_name(host) for host in first_replicas(spec.cluster_name, spec.shards))
    pod = script_pod(spec.version, SCRIPT, user=BACKUP_USER, variables={"KIND": kind, "HOSTS": hosts}, nodes=nodes)
    return kubernetes.batch.v1.CronJobSpecArgs(
        schedule=schedule,
        time_zone="Etc/UTC",
        concurrency_policy="Forbid",
        starting_deadline_seconds=600,
        successful_jobs_history_limit=1,
        failed_jobs_history_limit=3,
        job_template=kubernetes.batch.v1.JobTemplateSpecArgs(
            spec=kubernetes.batch.v1.JobSpecArgs(backoff_limit=0, active_deadline_seconds=DAY_MINUTES * 60, template=pod)
        ),
    )
