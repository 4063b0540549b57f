"""`spec` of a TidbCluster as a plain manifest, `pingcap.com/v1alpha1` of tidb-operator 1.6.6."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.data.storage import StorageClassName
from components.data.tidb.contract import BACKUP_ACCOUNT, Part
from components.data.tidb.sizing import SIZES, Size, tiflash_store_gib
from components.data.tidb.spec import MEMBER_WARM, TidbSpec, TikvSpec, stores, warm_member

ZONE_LABEL = "topology.kubernetes.io/zone"
"""Label of nodes that PD spreads copies by, and never puts two of one Raft group under."""
HOST_LABEL = "kubernetes.io/hostname"
"""Second level of the spread."""
TIER_LABEL = "tier"
"""Label of stores that placement policies ask for."""
HOT = "hot"
"""Tier of the main stores."""
EVICT_TIMEOUT = "30m"
"""How long a restart waits for a store's leaders to move; the operator's own 1500 minutes would stop an upgrade for a day."""
DRAIN_SECONDS = 60
"""Seconds in which a TiDB server ends its connections; TiProxy moves them meanwhile."""
TAILER = {"cpu": "100m", "memory": "64Mi"}
"""Of the containers that print slow logs and RocksDB's logs."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a cluster's pods run."""

    zones: int
    """Number of zones."""
    node_selector: Mapping[str, str]
    """Labels of the data nodes."""
    tolerations: Sequence[Mapping[str, Any]]
    """Taints of the data nodes."""


def main_cluster(spec: TidbSpec, place: Placement, bootstrap_sql: str) -> dict[str, Any]:
    """The TidbCluster that holds PD, SQL and the hot stores; `bootstrap_sql` names the config map of its first statements."""
    optional = {
        Part.TIFLASH: (spec.tiflash_pods, _tiflash),
        Part.TICDC: (spec.ticdc_pods, _ticdc),
        Part.TIPROXY: (spec.tiproxy_pods, _tiproxy),
    }
    return {
        **_common(spec, place),
        Part.PD.value: _pd(spec),
        Part.TIKV.value: _tikv(spec, spec.tikv, HOT, place.zones),
        Part.TIDB.value: _tidb(spec, bootstrap_sql),
        **{part.value: manifest(spec) for part, (pods, manifest) in optional.items() if pods},
    }


def warm_cluster(spec: TidbSpec, warm: TikvSpec, place: Placement) -> dict[str, Any]:
    """The TidbCluster of the warm stores: stores alone, which join the main cluster's PD."""
    return {
        **_common(spec, place),
        "cluster": {"name": spec.name, "namespace": spec.name},
        Part.TIKV.value: _tikv(spec, warm, MEMBER_WARM, place.zones),
    }


def clusters(spec: TidbSpec, place: Placement, bootstrap_sql: str) -> dict[str, dict[str, Any]]:
    """Name -> `spec` of every TidbCluster, the main one first."""
    main = {spec.name: main_cluster(spec, place, bootstrap_sql)}
    return main | ({warm_member(spec): warm_cluster(spec, spec.warm, place)} if spec.warm else {})


def common_name(spec: TidbSpec) -> str:
    """Subject that every component's certificate has and asks of the others.

    The authority is the whole Kubernetes cluster's: asked for nothing more, PD and TiKV would let in any certificate it has signed.
    """
    return f"{spec.name}.tidb.meridian"


def _common(spec: TidbSpec, place: Placement) -> dict[str, Any]:
    return {
        "version": spec.version,
        "timezone": "UTC",
        "pvReclaimPolicy": "Retain",
        "enablePVReclaim": False,
        "configUpdateStrategy": "RollingUpdate",
        "enableDynamicConfiguration": True,
        "startScriptVersion": "v2",
        "imagePullPolicy": "IfNotPresent",
        "tlsCluster": {"enabled": True},
        "nodeSelector": dict(place.node_selector),
        "tolerations": [dict(toleration) for toleration in place.tolerations],
        "topologySpreadConstraints": [
            {"topologyKey": ZONE_LABEL, "maxSkew": 1, "minDomains": place.zones},
            {"topologyKey": HOST_LABEL, "maxSkew": 1},
        ],
        "discovery": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}},
    }


def _pods(spec: TidbSpec, part: Part, replicas: int) -> dict[str, Any]:
    """What every component has.

    `maxFailoverCount` 0: a volume follows its pod within the zone, while a pod that failover adds stays for good and takes another one's
    place on the nodes (PingCAP, TiDB on AWS EKS).
    """
    resources = _size(spec, part).resources()
    return {
        "baseImage": f"pingcap/{part}",
        "replicas": replicas,
        "requests": dict(resources),
        "limits": dict(resources),
    } | ({} if part in (Part.TICDC, Part.TIPROXY) else {"maxFailoverCount": 0})


def _size(spec: TidbSpec, part: Part) -> Size:
    return SIZES[spec.profile][part]


def _pd(spec: TidbSpec) -> dict[str, Any]:
    """`isolation-level` forbids a second copy in a zone even while another is down.

    PD keeps `replication` in its own store after the first start: later changes here need pd-ctl (PingCAP, configure a TiDB cluster).
    """
    replication = {
        "location-labels": f'["{ZONE_LABEL}", "{HOST_LABEL}"]',
        "max-replicas": spec.replicas,
        "isolation-level": f'"{ZONE_LABEL}"',
    }
    pods = _pods(spec, Part.PD, spec.pd_pods)
    pods["requests"]["storage"] = f"{_size(spec, Part.PD).storage_gib}Gi"
    return pods | {
        "storageClassName": StorageClassName.GP3_DB.value,
        "mountClusterClientSecret": True,
        "config": _toml(
            "\n".join(["[replication]", *(f"{key} = {value}" for key, value in replication.items())]),
            f'[security]\ncert-allowed-cn = ["{common_name(spec)}"]',
        ),
    }


def _tikv(spec: TidbSpec, tikv: TikvSpec, tier: str, zones: int) -> dict[str, Any]:
    pods = _pods(spec, Part.TIKV, stores(tikv, spec.replicas, zones))
    pods["requests"]["storage"] = f"{tikv.store_gib}Gi"
    return pods | {
        "storageClassName": tikv.storage_class.value,
        "serviceAccount": BACKUP_ACCOUNT,
        "mountClusterClientSecret": True,
        "evictLeaderTimeout": EVICT_TIMEOUT,
        "separateRocksDBLog": True,
        "logTailer": {"requests": dict(TAILER), "limits": dict(TAILER)},
        "scalePolicy": {"scaleInParallelism": 1, "scaleOutParallelism": zones},
        "config": _toml(
            f'[server]\nlabels = {{ {TIER_LABEL} = "{tier}" }}',
            f'[security]\ncert-allowed-cn = ["{common_name(spec)}"]',
        ),
    }


def _tidb(spec: TidbSpec, bootstrap_sql: str) -> dict[str, Any]:
    volume = "slowlog"
    return _pods(spec, Part.TIDB, spec.sql_pods) | {
        "service": {"type": "ClusterIP", "exposeStatus": True},
        "tlsClient": {"enabled": True},
        "bootstrapSQLConfigMapName": bootstrap_sql,
        "storageClassName": StorageClassName.GP3_GENERAL.value,
        "storageVolumes": [{"name": volume, "storageSize": f"{_size(spec, Part.TIDB).storage_gib}Gi", "mountPath": "/var/log/tidb"}],
        "separateSlowLog": True,
        "slowLogVolumeName": volume,
        "slowLogTailer": {"requests": dict(TAILER), "limits": dict(TAILER)},
        "terminationGracePeriodSeconds": DRAIN_SECONDS * 2,
        "config": _toml(
            f"graceful-wait-before-shutdown = {DRAIN_SECONDS}",
            f'[security]\ncluster-verify-cn = ["{common_name(spec)}"]',
        ),
    }


def _tiflash(spec: TidbSpec) -> dict[str, Any]:
    data = sum(tier.data_gib for tier in (spec.tikv, spec.warm) if tier)
    claim = {"requests": {"storage": f"{tiflash_store_gib(data, pods=spec.tiflash_pods)}Gi"}}
    return _pods(spec, Part.TIFLASH, spec.tiflash_pods) | {
        "serviceAccount": BACKUP_ACCOUNT,
        "storageClaims": [{"resources": claim, "storageClassName": StorageClassName.GP3_DB.value}],
        "logTailer": {"requests": dict(TAILER), "limits": dict(TAILER)},
    }


def _ticdc(spec: TidbSpec) -> dict[str, Any]:
    storage = f"{_size(spec, Part.TICDC).storage_gib}Gi"
    return _pods(spec, Part.TICDC, spec.ticdc_pods) | {
        "gracefulShutdownTimeout": "10m",
        "storageClassName": StorageClassName.GP3_GENERAL.value,
        "storageVolumes": [{"name": "sort-dir", "storageSize": storage, "mountPath": "/var/lib/sort-dir"}],
        "config": _toml('data-dir = "/var/lib/sort-dir"'),
    }


def _tiproxy(spec: TidbSpec) -> dict[str, Any]:
    return _pods(spec, Part.TIPROXY, spec.tiproxy_pods) | {"version": spec.tiproxy_version, "sslEnableTiDB": True}


def _toml(*tables: str) -> str:
    return "\n\n".join(tables) + "\n"
