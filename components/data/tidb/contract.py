"""What tidb-operator 1.6 derives from a cluster's name, and the ports of its pods: one table for everything that refers to them.

Secret names: tidb-operator v1.6.6, pkg/util/util.go. Ports: the same, pkg/apis/pingcap/v1alpha1/constants.go and the members' managers.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from components.naming import Kind, physical_name

API_VERSION = "pingcap.com/v1alpha1"
"""Of all custom resources of the operator."""
OPERATOR_NAMESPACE = "tidb-operator"
"""Namespace of the operator, which asks PD, TiKV and TiDB how they are."""
BACKUP_ACCOUNT = "tidb-backup-manager"
"""Service account of the backup and restore jobs, and of TiKV and TiFlash, which write to and read from the bucket themselves."""
BOOTSTRAP_KEY = "bootstrap-sql"
"""Key of the config map whose statements TiDB runs when a cluster is first started (tidb-operator, tidb_member_manager.go)."""
REVISION_HASH = 10
"""Characters that a StatefulSet appends to its name in the label `controller-revision-hash` (kubernetes/kubernetes#64023)."""
BACKUP_STAMP = "2006-01-02t15-04-05"
"""Shape of the time in the names of what a schedule makes (tidb-operator, BackupNameTimeFormat)."""


class Part(StrEnum):
    """Components of a TiDB cluster, as the operator spells them in labels, secrets and field names."""

    PD = "pd"
    """Placement Driver: time, metadata and scheduling; a quorum."""
    TIKV = "tikv"
    """Row store; Raft groups."""
    TIDB = "tidb"
    """SQL."""
    TIFLASH = "tiflash"
    """Column store beside TiKV."""
    TICDC = "ticdc"
    """Change data capture."""
    TIPROXY = "tiproxy"
    """Proxy that moves client connections between SQL pods."""
    DISCOVERY = "discovery"
    """The operator's own pod that lets PD members find each other."""


QUORUM_PARTS = (Part.PD, Part.TIKV, Part.TIDB)
"""What every cluster has."""

PORTS: Mapping[Part, Mapping[str, int]] = {
    Part.PD: {"client": 2379, "peer": 2380},
    Part.TIKV: {"server": 20160, "status": 20180},
    Part.TIDB: {"sql": 4000, "status": 10080},
    Part.TIFLASH: {"flash": 3930, "tcp": 9000, "http": 8123, "internal": 9009, "proxy": 20170, "metrics": 8234, "proxy-status": 20292},
    Part.TICDC: {"server": 8301},
    Part.TIPROXY: {"sql": 6000, "api": 3080, "peer": 3081},
    Part.DISCOVERY: {"server": 10261, "proxy": 10262},
}
"""Ports by component and meaning."""


def cluster_secret(cluster: str, part: Part) -> str:
    """Secret with the certificate by which a component's pods know each other."""
    return f"{cluster}-{part}-cluster-secret"


def cluster_client_secret(cluster: str) -> str:
    """Secret with the certificate by which the operator, backups and monitoring enter PD and TiKV."""
    return f"{cluster}-cluster-client-secret"


def sql_server_secret(cluster: str) -> str:
    """Secret with the certificate that SQL clients see."""
    return f"{cluster}-tidb-server-secret"


def sql_client_secret(cluster: str) -> str:
    """Secret with the certificate of SQL's `root`."""
    return f"{cluster}-tidb-client-secret"


def component_name(cluster: str, part: Part) -> str:
    """StatefulSet of the component; its Service too, save for PD's and TiKV's peers, which end in `-peer`."""
    return f"{cluster}-{part}"


def component_labels(cluster: str, part: Part) -> dict[str, str]:
    """Labels of the component's pods."""
    return {
        "app.kubernetes.io/name": "tidb-cluster",
        "app.kubernetes.io/managed-by": "tidb-operator",
        "app.kubernetes.io/instance": cluster,
        "app.kubernetes.io/component": part.value,
    }


def schedule_name(cluster: str) -> str:
    """BackupSchedule of the cluster."""
    return f"{cluster}-backup"


def name_faults(cluster: str, parts: Iterable[Part]) -> list[str]:
    """One line for each name that the operator would derive and Kubernetes refuse."""
    derived = [f"{component_name(cluster, part)}-{'0' * REVISION_HASH}" for part in parts]
    derived.append(f"compact-{schedule_name(cluster)}-{BACKUP_STAMP}")
    faults: list[str] = []
    for name in derived:
        try:
            physical_name(Kind.KUBERNETES_LABEL, name)
        except ValueError as error:
            faults.append(f"name: of '{cluster}' tidb-operator derives a name that fails: {error}")
    return faults
