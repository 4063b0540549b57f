"""Velero: the objects of the cluster, once a day in the region's bucket.

Objects only. Volumes are AWS Backup's (backup_vault.py), databases their engine's: so no agent with root runs on every node, and none of
them is saved twice. What every region's Git repository declares needs no restore; this is for what users and controllers made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.data.backup import BackupSpec
from components.data.bucket import DataBucket
from components.data.s3_access import Engine, S3Access, S3AccessArgs
from components.platform.addon import Addon, AddonArgs, Delivery, node_placement
from components.platform.namespace import secured_namespace
from components.platform.network_policy import OpenPort, network_policies, to_aws, to_pod_identity

NAMESPACE = "velero"
"""Namespace of the server and of its objects."""
SERVICE_ACCOUNT = "velero"
"""Service account of the server; its IAM role is tied to this name."""
PREFIX = "velero"
"""Folder of the bucket."""
LOCATION_NAME = "default"
"""BackupStorageLocation of the region."""
SCHEDULE_NAME = "cluster-objects"
"""Schedule of the region, and first part of its backups' names."""
PLUGIN = "velero/velero-plugin-for-aws:v1.14.0"
"""Goes with Velero 1.18. It is built with AWS's SDK for Go v2 1.41; Pod Identity needs that of 2023-11-14 (EKS user guide, Pod Identity,
supported SDKs), which plugins up to 1.9 lacked (velero-io/velero#7421)."""
API_VERSION = "velero.io/v1"
"""Of its objects."""
NOT_SAVED = ("events", "events.events.k8s.io", "nodes", "nodeclaims.karpenter.sh", "backups.velero.io", "restores.velero.io")
"""What a restore must not bring back: machines of the lost cluster (Karpenter would end live ones to match), and Velero's own records."""
NOBODY = 65532
"""User of Velero's images."""
OPEN_PORTS: tuple[OpenPort, ...] = (to_aws("Writes to S3; asks the API server, also from the job of the CRDs."), to_pod_identity())
"""All that its namespace needs: nobody asks it anything but through objects."""


@dataclass(frozen=True, kw_only=True)
class VeleroArgs:
    """Wires of a Velero."""

    spec: BackupSpec
    """When objects are saved, and how long they are kept."""
    cluster: EksCluster
    """The cluster."""
    nodes: NodeGroup
    """Nodes the server runs on."""
    bucket: DataBucket
    """Bucket of the region. Secrets are among the objects: its class of data is that of the most sensitive of them."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. CoreDNS."""
    delivery: Delivery = Delivery.HELM
    """Who installs the chart."""


class Velero(Component, token="meridian:data:Velero"):
    """The server with access to its folder of the bucket, the storage location, and the schedule."""

    schedule_name: str
    """Name of the Schedule, and first part of its backups' names."""

    def __init__(self, name: str, args: VeleroArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        before = (*args.nodes.resources, *args.after)
        namespace = secured_namespace(f"{name}-namespace", NAMESPACE, "restricted", self.after(*before))
        policies = network_policies(name, NAMESPACE, OPEN_PORTS, self.after(namespace))
        access = S3Access(
            f"{name}-access",
            S3AccessArgs(
                cluster=args.cluster,
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                bucket=args.bucket,
                prefix=f"{PREFIX}/",
                engine=Engine.VELERO,
                after=(namespace,),
            ),
            self.child,
        )
        addon = Addon(
            f"{name}-addon",
            AddonArgs(
                chart=catalog.chart("velero"),
                namespace=NAMESPACE,
                values=chart_values(args.nodes),
                after=(namespace, *policies, *before, *access.resources),
                delivery=args.delivery,
            ),
            self.child,
        )
        region = args.cluster.location.region
        place = storage_location(args.bucket.name, region)
        location = _object(f"{name}-location", "BackupStorageLocation", LOCATION_NAME, place, self.after(*addon.resources))
        schedule = _object(f"{name}-schedule", "Schedule", SCHEDULE_NAME, schedule_spec(args.spec), self.after(location))
        self.resources: tuple[pulumi.Resource, ...] = (schedule,)
        self.schedule_name = SCHEDULE_NAME
        self._seal()


def storage_location(bucket_name: str, region: str) -> Mapping[str, Any]:
    """`spec` of the BackupStorageLocation; objects are encrypted as the bucket says."""
    return {
        "provider": "aws",
        "default": True,
        "accessMode": "ReadWrite",
        "objectStorage": {"bucket": bucket_name, "prefix": PREFIX},
        "config": {"region": region},
    }


def schedule_spec(spec: BackupSpec) -> Mapping[str, Any]:
    """`spec` of the Schedule. Without owner references: deleting the schedule must not delete what it made."""
    return {
        "schedule": spec.full_schedule,
        "useOwnerReferencesInBackup": False,
        "template": {
            "storageLocation": LOCATION_NAME,
            "ttl": f"{spec.retention_days * 24}h0m0s",
            "includedNamespaces": ["*"],
            "includeClusterResources": True,
            "excludedResources": list(NOT_SAVED),
            "snapshotVolumes": False,
            "defaultVolumesToFsBackup": False,
        },
    }


def chart_values(nodes: NodeGroup) -> Mapping[str, Any]:
    """Values of Velero's chart. Location and schedule are objects of our own, so that a preview shows them and the server checks them."""
    confined = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    size = {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}
    plugin = {
        "name": "velero-plugin-for-aws",
        "image": PLUGIN,
        "imagePullPolicy": "IfNotPresent",
        "securityContext": confined,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "volumeMounts": [{"mountPath": "/target", "name": "plugins"}],
    }
    return {
        "initContainers": [plugin],
        "resources": size,
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "fsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containerSecurityContext": confined,
        "kubectl": {"containerSecurityContext": confined},
        "serviceAccount": {"server": {"create": False, "name": SERVICE_ACCOUNT}},
        "credentials": {"useSecret": False},
        "backupsEnabled": False,
        "snapshotsEnabled": False,
        "deployNodeAgent": False,
        "upgradeCRDs": True,
        "cleanUpCRDs": False,
        **node_placement(nodes),
    }


def _object(
    name: str, kind: str, object_name: str, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind=kind,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=object_name, namespace=NAMESPACE, annotations=_WAITS[kind]),
        spec=spec,
        opts=opts,
    )


_WAITS = {
    "BackupStorageLocation": {"pulumi.com/waitFor": "jsonpath={.status.phase}=Available"},
    "Schedule": {"pulumi.com/waitFor": "jsonpath={.status.phase}=Enabled"},
}
"""Kind -> when it works: a location that cannot be written to fails the update, not the first backup."""
