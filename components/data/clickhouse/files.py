"""ClickHouse's own configuration: which ports it opens, how it speaks TLS, and where its tables lie."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.data.clickhouse.contract import (
    ADMINISTRATOR,
    CERTIFICATES_PATH,
    COLD_PREFIX,
    USERS_SECRET,
    Port,
    hash_key,
)
from components.data.clickhouse.spec import ClickHouseSpec
from components.location import Location

HOT_VOLUME = "hot"
"""Volume of the storage policy on EBS."""
COLD_VOLUME = "cold"
"""Volume of the storage policy on S3, behind the cache."""
STORAGE_POLICY = "tiered"
"""Storage policy of every MergeTree table that names none."""
MOVE_FACTOR = 0.2
"""Free share of the hot volume below which ClickHouse moves the oldest parts to the cold one, whatever their age."""
CACHE_FILL = 0.9
"""Share of the cache's volume that the cache may fill: ext4 keeps some for itself."""
DATA_PATH = "/var/lib/clickhouse"
"""Where the data volume is mounted."""
CACHE_PATH = "/var/lib/clickhouse-cache"
"""Where the cache's volume is mounted."""
LOOPBACK = ("127.0.0.1", "::1")
"""Addresses of the pod itself."""
NO_PROTOCOLS = "sslv2,sslv3,tlsv1,tlsv1_1"
"""Versions that are refused: TLS 1.2 and 1.3 remain."""

SETTINGS: Mapping[str, Any] = {
    "https_port": int(Port.HTTPS),
    "tcp_port_secure": int(Port.NATIVE),
    "interserver_https_port": int(Port.INTERSERVER),
    **dict.fromkeys(("http_port", "tcp_port", "interserver_http_port", "mysql_port", "postgresql_port"), "_removed_"),
    "prometheus/endpoint": "/metrics",
    "prometheus/port": int(Port.METRICS),
    "prometheus/metrics": "true",
    "prometheus/events": "true",
    "prometheus/asynchronous_metrics": "true",
    "merge_tree/storage_policy": STORAGE_POLICY,
    "merge_tree/allow_remote_fs_zero_copy_replication": 0,
}
"""Server settings. The image's own configuration opens the ports that are removed here, all without TLS; `_removed_` is the operator's
word for it (Altinity/clickhouse-operator, security hardening). Zero-copy replication is not ready for production (its documents)."""


def files(spec: ClickHouseSpec, location: Location, bucket_name: str) -> dict[str, str]:
    """Configuration files of every ClickHouse pod."""
    return {"config.d/tls.xml": tls("server", "client"), "config.d/storage.xml": storage(spec, location, bucket_name)}


def tls(*sides: str) -> str:
    """`openSSL` of ClickHouse, Keeper or clickhouse-client: own certificate, and peers believed by the cluster's authority only."""
    inner = {"server": _SERVER_TLS, "client": _CLIENT_TLS}
    return f"<clickhouse><openSSL>{''.join(inner[side] for side in sides)}</openSSL></clickhouse>"


_SERVER_TLS = (
    "<server>"
    f"<certificateFile>{CERTIFICATES_PATH}/tls.crt</certificateFile>"
    f"<privateKeyFile>{CERTIFICATES_PATH}/tls.key</privateKeyFile>"
    f"<caConfig>{CERTIFICATES_PATH}/ca.crt</caConfig>"
    "<verificationMode>none</verificationMode>"  # of clients, which prove themselves by password
    "<loadDefaultCAFile>false</loadDefaultCAFile><cacheSessions>true</cacheSessions>"
    f"<disableProtocols>{NO_PROTOCOLS}</disableProtocols><preferServerCiphers>true</preferServerCiphers>"
    "</server>"
)
_CLIENT_TLS = (
    "<client>"
    f"<caConfig>{CERTIFICATES_PATH}/ca.crt</caConfig>"
    "<verificationMode>strict</verificationMode>"
    "<loadDefaultCAFile>true</loadDefaultCAFile>"  # beside the cluster's authority those that signed S3's certificate
    f"<cacheSessions>true</cacheSessions><disableProtocols>{NO_PROTOCOLS}</disableProtocols>"
    "<invalidCertificateHandler><name>RejectCertificateHandler</name></invalidCertificateHandler>"
    "</client>"
)


def storage(spec: ClickHouseSpec, location: Location, bucket_name: str) -> str:
    """Hot volume on EBS, cold volume on S3 behind a cache.

    Each replica has keys of its own: two that shared them would delete each other's parts. `metadata_path` ends in a slash, or
    clickhouse-backup does not find the disk (Altinity/clickhouse-backup#859). Credentials are the pod's role's, never in the file.
    """
    endpoint = f"https://{bucket_name}.s3.{location.region}.amazonaws.com/{COLD_PREFIX}{{shard}}/{{replica}}/"
    cache_bytes = int(spec.cache_gib * CACHE_FILL * 1024**3)
    return (
        "<clickhouse><storage_configuration><disks>"
        f"<s3><type>s3</type><endpoint>{endpoint}</endpoint><region>{location.region}</region>"
        "<use_environment_credentials>1</use_environment_credentials>"
        f"<metadata_path>{DATA_PATH}/disks/s3/</metadata_path></s3>"
        f"<s3_cache><type>cache</type><disk>s3</disk><path>{CACHE_PATH}/</path><max_size>{cache_bytes}</max_size></s3_cache>"
        f"</disks><policies><{STORAGE_POLICY}><volumes>"
        f"<{HOT_VOLUME}><disk>default</disk></{HOT_VOLUME}><{COLD_VOLUME}><disk>s3_cache</disk></{COLD_VOLUME}>"
        f"</volumes><move_factor>{MOVE_FACTOR}</move_factor></{STORAGE_POLICY}></policies></storage_configuration></clickhouse>"
    )


def users(spec: ClickHouseSpec, pod_blocks: Sequence[str]) -> dict[str, Any]:
    """Users of the installation, in the operator's flat keys; passwords as hashes from a secret.

    A user without `networks/ip` may come from its own pod only (the operator's default); `default` stays so, as it is nobody's.
    """
    found: dict[str, Any] = {}
    for user in spec.users:
        found[f"{user}/password_sha256_hex"] = {"valueFrom": {"secretKeyRef": {"name": USERS_SECRET, "key": hash_key(user)}}}
        found[f"{user}/profile"] = "default"
        found[f"{user}/quota"] = "default"
        found[f"{user}/networks/ip"] = [*LOOPBACK, *(() if user == "default" else pod_blocks)]
    for database in spec.databases:
        found[f"{database}/grants/query"] = [f"GRANT ALL ON {database}.*", "GRANT CLUSTER ON *.*"]
    found[f"{ADMINISTRATOR}/access_management"] = 1
    return found
