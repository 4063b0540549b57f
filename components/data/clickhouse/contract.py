"""What the ClickHouse operator derives from names, and the ports, secrets and labels that two parts share: one table for all of them.

Names: Altinity/clickhouse-operator, pkg/model/chi/namer and pkg/model/chk/namer, patterns.go. Labels: pkg/model/*/tags/labeler/list.go.
"""

from collections.abc import Sequence
from enum import IntEnum

NAMESPACE = "clickhouse"
"""Namespace of the operator, ClickHouse and Keeper: without a list of its own the operator watches the namespace it runs in."""
INSTALLATION = "clickhouse"
"""Name of the ClickHouseInstallation."""
INSTALLATION_API = "clickhouse.altinity.com/v1"
"""API of the ClickHouseInstallation."""
KEEPER = "clickhouse"
"""Name of the ClickHouseKeeperInstallation."""
KEEPER_API = "clickhouse-keeper.altinity.com/v1"
"""API of the ClickHouseKeeperInstallation: another group than ClickHouse's."""
KEEPER_CLUSTER = "keeper"
"""Name of Keeper's one cluster."""
SERVICE_ACCOUNT = "clickhouse"
"""Service account of the ClickHouse pods; its IAM role is tied to this name."""
OPERATOR_SECRET = "clickhouse-operator-access"
"""Secret with `username` and `password` by which the operator enters ClickHouse."""
USERS_SECRET = "clickhouse-users"
"""Secret with the password of each user under the user's name, and its SHA-256 under `hash_key`."""
SERVER_CERTIFICATE = "clickhouse-server-tls"
"""Secret with the certificate of ClickHouse, and the authority that clients check it with."""
KEEPER_CERTIFICATE = "clickhouse-keeper-tls"
"""Secret with the certificate of Keeper, for its clients and among its members."""
CLIENT_CONFIG = "clickhouse-client"
"""ConfigMap with clickhouse-client's configuration and the scripts that run by it."""
ADMINISTRATOR = "administrator"
"""User that makes databases and users."""
BACKUP_USER = "backup"
"""User of clickhouse-backup."""
SYSTEM_USERS = (ADMINISTRATOR, BACKUP_USER, "default")
"""Users that every installation has. `default` is ClickHouse's own: unused, but with a password and from its own pod only."""
CERTIFICATES_PATH = "/etc/clickhouse-certificates"
"""Where the pods find their certificate; as a volume of its own, so that a renewed one arrives without a restart."""
TRUST_DOMAIN = f"{NAMESPACE}.svc.cluster.local"
"""Suffix of the full names of the namespace's services."""
COLD_PREFIX = "clickhouse/cold/"
"""Keys of the cold tier: live table data, unreadable once a lifecycle moves it to an archive that must be thawed."""
BACKUP_PREFIX = "clickhouse/backup/"
"""Keys of backups."""
BACKUP_DISK_PREFIX = "clickhouse/backup-disks/"
"""Keys of the backed-up cold tier. Neither prefix begins the other, or clickhouse-backup lists one within the other (its ReadMe)."""
BUCKET_PREFIX = "clickhouse/"
"""What the service account may touch: all three."""
CLICKHOUSE_LABELS = {"clickhouse.altinity.com/chi": INSTALLATION}
"""Labels of every ClickHouse pod."""
KEEPER_LABELS = {"clickhouse-keeper.altinity.com/chk": KEEPER}
"""Labels of every Keeper pod."""


class Port(IntEnum):
    """Ports of the pods. Only those with TLS, and metrics, are open in the network."""

    HTTPS = 8443
    """SQL over HTTPS."""
    NATIVE = 9440
    """SQL over ClickHouse's own protocol with TLS."""
    INTERSERVER = 9010
    """Parts between replicas, over HTTPS."""
    METRICS = 9363
    """ClickHouse's metrics."""
    KEEPER = 9281
    """Keeper's clients, with TLS."""
    RAFT = 9444
    """Keeper's members among each other, with TLS."""
    KEEPER_METRICS = 7000
    """Keeper's metrics."""
    OPERATOR_METRICS = 8888
    """What the operator's exporter reads from ClickHouse."""
    BACKUP_API = 7171
    """clickhouse-backup's interface, on the pod's loopback only: it knows no users."""


def host(cluster: str, shard: int, replica: int) -> str:
    """Service and StatefulSet of one ClickHouse pod."""
    return f"chi-{INSTALLATION}-{cluster}-{shard}-{replica}"


def first_replicas(cluster: str, shards: int) -> list[str]:
    """Host of each shard that backups are taken from."""
    return [host(cluster, shard, 0) for shard in range(shards)]


def keeper_host(member: int) -> str:
    """Service and StatefulSet of one Keeper pod."""
    return f"chk-{KEEPER}-{KEEPER_CLUSTER}-0-{member}"


def keeper_service() -> str:
    """Service of all Keeper pods."""
    return f"keeper-{KEEPER}"


def full_name(service: str) -> str:
    """Name of a service that certificates and other namespaces know it by."""
    return f"{service}.{TRUST_DOMAIN}"


def certificate_names(services: Sequence[str]) -> list[str]:
    """Names of a certificate: each service as the operator writes it into the configuration and in full, and the pod's own loopback."""
    return ["localhost", *services, *(full_name(service) for service in services)]


def client_service() -> str:
    """Service that clients connect to: any ready replica."""
    return f"clickhouse-{INSTALLATION}"


def hash_key(user: str) -> str:
    """Key in `USERS_SECRET` of the SHA-256 of a user's password, which is all that ClickHouse itself gets to know."""
    return f"{user}-sha256"
