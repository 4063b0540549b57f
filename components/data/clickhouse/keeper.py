"""ClickHouse Keeper: what keeps the replicas of every table in step. Without its quorum all tables are read-only."""

from typing import Any

from components.cluster.node_group import NodeGroup
from components.data.clickhouse.contract import (
    CLICKHOUSE_LABELS,
    KEEPER_CERTIFICATE,
    KEEPER_CLUSTER,
    KEEPER_LABELS,
    Port,
    keeper_host,
    keeper_service,
)
from components.data.clickhouse.files import tls
from components.data.clickhouse.pods import (
    CONTAINER_SECURITY,
    DATA_CLAIM,
    HOSTNAME,
    KEEP,
    POD_SECURITY,
    ZONE,
    certificate_mount,
    certificate_volume,
    claim_template,
    mount,
    placement,
)
from components.data.clickhouse.spec import ClickHouseSpec
from components.data.storage import StorageClassName

IMAGE = "clickhouse/clickhouse-keeper"
"""Image of Keeper; of ClickHouse's own version."""
DATA_PATH = "/var/lib/clickhouse-keeper"
"""Where the operator's configuration puts Raft log and snapshots."""
POD_TEMPLATE = "keeper"
"""Name of the pod template."""
SERVICE_TEMPLATE = "keeper"
"""Name of the service template."""


def keeper(spec: ClickHouseSpec, nodes: NodeGroup) -> dict[str, Any]:
    """Spec of the ClickHouseKeeperInstallation.

    The operator's own `secure` of a Keeper cluster came with 0.27.1 and opens a port without certificates; the settings below do the same
    in every version. Port 2181 without TLS stays, for the operator's liveness probe on the loopback; no network policy opens it.
    """
    return {
        "defaults": {
            "storageManagement": {"provisioner": "Operator", "reclaimPolicy": "Retain"},
            "templates": {"podTemplate": POD_TEMPLATE, "dataVolumeClaimTemplate": DATA_CLAIM, "serviceTemplate": SERVICE_TEMPLATE},
        },
        "reconciling": {"cleanup": RETAINED},
        "configuration": {
            "clusters": [
                {
                    "name": KEEPER_CLUSTER,
                    "layout": {"replicasCount": spec.keeper.members},
                    "pdbManaged": "yes",
                    "pdbMaxUnavailable": 1,
                }
            ],
            "settings": {
                "keeper_server/tcp_port_secure": int(Port.KEEPER),
                "keeper_server/raft_configuration/secure": "true",
                "prometheus/endpoint": "/metrics",
                "prometheus/port": int(Port.KEEPER_METRICS),
                "prometheus/metrics": "true",
                "prometheus/events": "true",
                "prometheus/asynchronous_metrics": "true",
            },
            "files": {"tls.xml": tls("server", "client")},
        },
        "templates": {
            "podTemplates": [_pod_template(spec, nodes)],
            "volumeClaimTemplates": [claim_template(DATA_CLAIM, StorageClassName.GP3_GENERAL, spec.keeper.storage_gib)],
            "serviceTemplates": [_service_template()],
        },
    }


RETAINED = {
    "unknownObjects": dict.fromkeys(("statefulSet", "pvc", "configMap", "service"), "Retain"),
    "reconcileFailedObjects": dict.fromkeys(("statefulSet", "pvc", "configMap", "service"), "Retain"),
}
"""What the operator no longer knows, it leaves. Its default deletes, the claims with the data included."""


def members(spec: ClickHouseSpec) -> list[str]:
    """Services of the members, each named to ClickHouse so that the loss of one is not the loss of Keeper."""
    return [keeper_host(member) for member in range(spec.keeper.members)]


def _pod_template(spec: ClickHouseSpec, nodes: NodeGroup) -> dict[str, Any]:
    """Members evenly over the zones, each on a node with neither another member nor ClickHouse, whose merges would stall the quorum."""
    size = {"cpu": str(spec.keeper.cpu), "memory": f"{spec.keeper.memory_gib}Gi"}
    apart = [{"labelSelector": {"matchLabels": labels}, "topologyKey": HOSTNAME} for labels in (KEEPER_LABELS, CLICKHOUSE_LABELS)]
    return {
        "name": POD_TEMPLATE,
        "metadata": {"annotations": {**KEEP, "prometheus.io/scrape": "true", "prometheus.io/port": str(int(Port.KEEPER_METRICS))}},
        "spec": {
            **placement(nodes),
            "automountServiceAccountToken": False,
            "securityContext": dict(POD_SECURITY),
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart}},
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": ZONE,
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": KEEPER_LABELS},
                }
            ],
            "containers": [
                {
                    "name": "clickhouse-keeper",
                    "image": f"{IMAGE}:{spec.version}",
                    "resources": {"requests": size, "limits": size},
                    "securityContext": dict(CONTAINER_SECURITY),
                    "volumeMounts": [mount(DATA_CLAIM, DATA_PATH), certificate_mount()],
                }
            ],
            "volumes": [certificate_volume(KEEPER_CERTIFICATE)],
        },
    }


def _service_template() -> dict[str, Any]:
    """The installation's service, with the TLS port in place of the operator's default without."""
    return {
        "name": SERVICE_TEMPLATE,
        "generateName": keeper_service(),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "ports": [{"name": "zk-secure", "port": int(Port.KEEPER)}, {"name": "raft", "port": int(Port.RAFT)}],
        },
    }
