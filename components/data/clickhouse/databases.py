"""The databases of the workloads. Tables are the applications' own; what Meridian can declare for them is where and how long rows lie."""

import pulumi_kubernetes as kubernetes

from components.cluster.node_group import NodeGroup
from components.data.clickhouse.client import script_pod
from components.data.clickhouse.contract import ADMINISTRATOR, client_service, full_name
from components.data.clickhouse.files import COLD_VOLUME, STORAGE_POLICY
from components.data.clickhouse.spec import ClickHouseSpec, DatabaseSpec

SCRIPT = "databases.sh"
"""Key of the script in the clients' ConfigMap."""


def statements(spec: ClickHouseSpec) -> str:
    """SQL that makes the databases on every replica of every shard; running it again changes nothing.

    The comment is what `SHOW CREATE DATABASE` tells whoever makes a table there.
    """
    return "".join(
        f"CREATE DATABASE IF NOT EXISTS {name} ON CLUSTER '{{cluster}}' COMMENT 'SETTINGS storage_policy = ''{STORAGE_POLICY}'' "
        f"{ttl('<time>', database).replace(chr(39), chr(39) * 2)}';\n"
        for name, database in spec.databases.items()
    )


def ttl(column: str, database: DatabaseSpec) -> str:
    """Clause of `CREATE TABLE` that moves rows to S3 and deletes them, by a column of type Date or DateTime.

    A database cannot hand a TTL down to its tables, so each table's definition takes it (ClickHouse documentation, MergeTree, TTL).
    """
    return f"TTL {column} + INTERVAL {database.hot_days} DAY TO VOLUME '{COLD_VOLUME}', {column} + INTERVAL {database.keep_days} DAY DELETE"


def script(spec: ClickHouseSpec) -> str:
    """Runs the statements by any ready replica; ON CLUSTER takes them to all."""
    return (
        "#!/bin/bash\nset -euo pipefail\n"
        f"clickhouse-client --config-file \"$CLIENT_CONFIG\" --host {full_name(client_service())} --multiquery <<'SQL'\n"
        f"{statements(spec)}SQL\n"
    )


def job(spec: ClickHouseSpec, nodes: NodeGroup) -> kubernetes.batch.v1.JobSpecArgs:
    """Spec of the Job; it is made anew when the databases change, and tried again while replicas start."""
    names = " ".join(spec.databases)
    pod = script_pod(spec.version, SCRIPT, user=ADMINISTRATOR, variables={"DATABASES": names}, nodes=nodes)
    return kubernetes.batch.v1.JobSpecArgs(backoff_limit=6, active_deadline_seconds=900, template=pod)
