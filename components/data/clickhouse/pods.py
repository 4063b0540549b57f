"""The pods of ClickHouse: placement, volumes, limits and what Pod Security asks for."""

from collections.abc import Mapping
from typing import Any

from components.cluster.node_group import NodeGroup
from components.data.clickhouse.contract import CERTIFICATES_PATH, SERVER_CERTIFICATE, SERVICE_ACCOUNT, Port
from components.data.clickhouse.files import CACHE_PATH, DATA_PATH
from components.data.clickhouse.spec import ClickHouseSpec
from components.data.storage import StorageClassName

IMAGE = "clickhouse/clickhouse-server"
"""Image of ClickHouse; it has clickhouse-client in it."""
POD_TEMPLATE = "clickhouse"
"""Name of the pod template."""
DATA_CLAIM = "data"
"""Name of the claim template of the hot volume."""
CACHE_CLAIM = "cache"
"""Name of the claim template of the cache."""
ZONE = "topology.kubernetes.io/zone"
"""Label of the nodes' zone. `failure-domain.beta.kubernetes.io/zone` of the operator's examples is gone since Kubernetes 1.35."""
HOSTNAME = "kubernetes.io/hostname"
"""Label of the node's name."""
USER = 101
"""User and group `clickhouse` in ClickHouse's images."""
GRACE_SECONDS = 120
"""For running queries and parts in memory; the operator's default of 30 s kills a loaded server amid its shutdown."""
KEEP = {"karpenter.sh/do-not-disrupt": "true"}
"""Karpenter leaves the node alone, should the pod ever stand on one of its own."""

POD_SECURITY: Mapping[str, Any] = {
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Of a pod, for the level `restricted`."""
CONTAINER_SECURITY: Mapping[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""Of a container, for the level `restricted`."""


def pod_template(spec: ClickHouseSpec, nodes: NodeGroup, sidecar: Mapping[str, Any]) -> dict[str, Any]:
    """Replicas of a shard in different zones, and no two ClickHouse pods on one node; both required, not preferred."""
    size = {"cpu": str(spec.cpu), "memory": f"{spec.memory_gib}Gi"}
    return {
        "name": POD_TEMPLATE,
        "podDistribution": [
            {"type": "ShardAntiAffinity", "scope": "Shard", "topologyKey": ZONE},
            {"type": "ClickHouseAntiAffinity", "scope": "ClickHouseInstallation", "topologyKey": HOSTNAME},
        ],
        "metadata": {"annotations": {**KEEP, "prometheus.io/scrape": "true", "prometheus.io/port": str(int(Port.METRICS))}},
        "spec": {
            **placement(nodes),
            "serviceAccountName": SERVICE_ACCOUNT,
            "automountServiceAccountToken": False,  # IRSA mounts a token of its own
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            "securityContext": dict(POD_SECURITY),
            "containers": [
                {
                    "name": "clickhouse",
                    "image": f"{IMAGE}:{spec.version}",
                    "resources": {"requests": size, "limits": size},
                    "securityContext": dict(CONTAINER_SECURITY),
                    "volumeMounts": [mount(DATA_CLAIM, DATA_PATH), mount(CACHE_CLAIM, CACHE_PATH), certificate_mount()],
                },
                dict(sidecar),
            ],
            "volumes": [certificate_volume(SERVER_CERTIFICATE)],
        },
    }


def placement(nodes: NodeGroup) -> dict[str, Any]:
    """Where a data pod may stand."""
    return {"nodeSelector": dict(nodes.node_selector), "tolerations": list(nodes.tolerations)}


def mount(volume: str, path: str, *, read_only: bool = False) -> dict[str, Any]:
    """A volume in a container."""
    return {"name": volume, "mountPath": path, **({"readOnly": True} if read_only else {})}


def certificate_mount() -> dict[str, Any]:
    """The certificate, where the configuration looks for it."""
    return mount("certificates", CERTIFICATES_PATH, read_only=True)


def certificate_volume(secret: str) -> dict[str, Any]:
    """The volume of `certificate_mount`; the key can be read by the pod's group only."""
    return {"name": "certificates", "secret": {"secretName": secret, "defaultMode": 0o440}}


def claim_template(name: str, storage_class: StorageClassName, gib: int) -> dict[str, Any]:
    """A claim that outlives its pod and its StatefulSet, and grows in place.

    `Operator` as provisioner resizes the claim; the StatefulSet cannot, and was made anew with empty volumes instead
    (Altinity/clickhouse-operator#1446, #1385). `Delete` is the operator's default of reclaimPolicy.
    """
    return {
        "name": name,
        "provisioner": "Operator",
        "reclaimPolicy": "Retain",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class.value,
            "resources": {"requests": {"storage": f"{gib}Gi"}},
        },
    }
