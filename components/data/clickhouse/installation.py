"""The ClickHouseInstallation: shards and replicas, their ports, users and volumes."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.cluster.node_group import NodeGroup
from components.data.clickhouse.contract import Port, client_service, full_name
from components.data.clickhouse.files import SETTINGS, files, users
from components.data.clickhouse.keeper import RETAINED, members
from components.data.clickhouse.pods import CACHE_CLAIM, DATA_CLAIM, POD_TEMPLATE, claim_template, pod_template
from components.data.clickhouse.spec import ClickHouseSpec
from components.data.storage import StorageClassName
from components.location import Location

SERVICE_TEMPLATE = "clients"
"""Name of the service template."""
SESSION_TIMEOUT_MS = 30_000
"""Without Keeper for so long, a replica gives up its session: longer than the election of a new Keeper leader."""


def installation(
    spec: ClickHouseSpec, nodes: NodeGroup, *, location: Location, bucket_name: str, pod_blocks: Sequence[str], sidecar: Mapping[str, Any]
) -> dict[str, Any]:
    """Spec of the ClickHouseInstallation. Every truth value is a word: the CRD refuses YAML's own (its 0.25 enumerates strings)."""
    return {
        "defaults": {
            "replicasUseFQDN": "yes",  # names that the certificate has
            "storageManagement": {"provisioner": "Operator", "reclaimPolicy": "Retain"},
            "templates": {"podTemplate": POD_TEMPLATE, "dataVolumeClaimTemplate": DATA_CLAIM, "serviceTemplate": SERVICE_TEMPLATE},
        },
        "reconcile": {
            "cleanup": RETAINED,
            "host": {"wait": {"exclude": "yes", "queries": "yes", "include": "yes", "replicas": {"new": "yes"}}},
            # {shard} and {replica} in the files are ClickHouse's macros, not the operator's
            "macros": {"sections": {"files": {"enabled": "no"}}},
        },
        "configuration": {
            "zookeeper": {
                "nodes": [{"host": full_name(member), "port": int(Port.KEEPER), "secure": "yes"} for member in members(spec)],
                "session_timeout_ms": SESSION_TIMEOUT_MS,
            },
            "users": users(spec, pod_blocks),
            "settings": dict(SETTINGS),
            "files": files(spec, location, bucket_name),
            "clusters": [_cluster(spec)],
        },
        "templates": {
            "podTemplates": [pod_template(spec, nodes, sidecar)],
            "volumeClaimTemplates": [
                claim_template(DATA_CLAIM, spec.hot_class, spec.hot_gib),
                claim_template(CACHE_CLAIM, StorageClassName.GP3_CACHE, spec.cache_gib),
            ],
            "serviceTemplates": [_service_template()],
        },
    }


def _cluster(spec: ClickHouseSpec) -> dict[str, Any]:
    """TLS ports only; queries between servers signed by a secret that the operator makes, so that `default` needs no password there."""
    return {
        "name": spec.cluster_name,
        "layout": {"shardsCount": spec.shards, "replicasCount": spec.replicas},
        "secure": "yes",
        "insecure": "no",
        "secret": {"auto": "yes"},
        "pdbManaged": "yes",
        "pdbMaxUnavailable": 1,
        "schemaPolicy": {"replica": "All", "shard": "All"},
    }


def _service_template() -> dict[str, Any]:
    """The installation's service with its TLS ports; the operator's default has those without."""
    return {
        "name": SERVICE_TEMPLATE,
        "generateName": client_service(),
        "spec": {
            "type": "ClusterIP",
            "ports": [{"name": "https", "port": int(Port.HTTPS)}, {"name": "secureclient", "port": int(Port.NATIVE)}],
        },
    }
