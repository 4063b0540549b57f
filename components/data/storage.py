"""Where claims of data stores get their volumes: storage classes by use, performance tiers, and the class of snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Component
from components.data.backup import BACKUP_TAG

DRIVER = "ebs.csi.aws.com"
"""The EBS CSI driver."""
SNAPSHOT_CLASS = "ebs-retained"
"""VolumeSnapshotClass of the region."""


class StorageClassName(StrEnum):
    """Storage classes, by what the volume holds."""

    GP3_DB = "gp3-db"
    """Data files of a database."""
    GP3_GENERAL = "gp3-general"
    """Data of anything else: logs, queues, state of operators."""
    IO2_DB = "io2-db"
    """Data files whose p99 latency counts: io2 Block Express answers in under a millisecond at five nines of durability."""
    GP3_CACHE = "gp3-cache"
    """What can be fetched again."""


@dataclass(frozen=True, kw_only=True)
class VolumeKind:
    """How volumes of a class are made."""

    parameters: Mapping[str, str]
    """Of the EBS CSI driver (its parameters.md); all strings."""
    reclaim: str = "Retain"
    """What becomes of a volume whose claim is deleted."""
    mount_options: tuple[str, ...] = ()
    """Of ext4."""
    backed_up: bool = False
    """Whether AWS Backup copies the volumes: those of software without backups of its own. Copies of a database's volumes, each of another
    moment, make no database."""


_DATABASE_MOUNT = ("nodelalloc", "noatime")
"""As PingCAP asks for TiKV on ext4: delayed allocation loses writes that were acknowledged (TiDB, environment check)."""
KINDS: Mapping[StorageClassName, VolumeKind] = {
    StorageClassName.GP3_DB: VolumeKind(
        parameters={"type": "gp3", "iops": "4000", "throughput": "400"}, mount_options=_DATABASE_MOUNT
    ),  # TiKV's floor (TiDB Operator, AWS)
    StorageClassName.GP3_GENERAL: VolumeKind(
        parameters={"type": "gp3", "iops": "3000", "throughput": "125"}, backed_up=True
    ),  # in gp3's price
    StorageClassName.IO2_DB: VolumeKind(parameters={"type": "io2", "iops": "10000"}, mount_options=_DATABASE_MOUNT),
    StorageClassName.GP3_CACHE: VolumeKind(
        parameters={"type": "gp3", "iops": "6000", "throughput": "500"}, reclaim="Delete", mount_options=("noatime",)
    ),
}
"""Storage class -> volumes. A class cannot be changed once it exists; performance is changed by a performance class."""


class PerformanceClassName(StrEnum):
    """VolumeAttributesClasses: performance that a bound claim can be given without a new volume."""

    BRONZE = "gp3-bronze"
    """What gp3's price includes."""
    SILVER = "gp3-silver"
    """A database under ordinary load."""
    GOLD = "gp3-gold"
    """A database under load, or during a restore."""


PERFORMANCE: Mapping[PerformanceClassName, Mapping[str, str]] = {
    PerformanceClassName.BRONZE: {"iops": "3000", "throughput": "125"},
    PerformanceClassName.SILVER: {"iops": "6000", "throughput": "500"},
    PerformanceClassName.GOLD: {"iops": "16000", "throughput": "1000"},
}
"""Performance class -> what EC2 changes in place, at most four times in 24 hours (EC2 user guide, volume modifications)."""


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """Wires of a Storage."""

    volume_key_arn: pulumi.Input[str]
    """KMS key of the volumes."""
    after: Sequence[pulumi.Resource] = ()
    """The EBS CSI driver and the snapshot controller, which brings the CRD of snapshot classes."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tags of the volumes that keep data, which the provider's default tags do not reach: the CSI driver makes them, not we."""
    backup_plan: str | None = None
    """Value of the tag `backup` on volumes of software without backups of its own, `BackupVault.tag`."""


class Storage(Component, token="meridian:data:Storage"):
    """Storage classes, performance classes and the snapshot class of a region.

    Volumes are encrypted with the region's key, bound in the zone the pod lands in, can grow, and
    outlive their claim unless they are caches.
    """

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        before = self.after(*args.after)
        classes = [_storage_class(f"{name}-{kind}", kind, args, before) for kind in KINDS]
        performance = [_performance_class(f"{name}-{kind}", kind, before) for kind in PERFORMANCE]
        self.resources: tuple[pulumi.Resource, ...] = (*classes, *performance, _snapshot_class(f"{name}-snapshots", before))
        self._seal()


def _storage_class(
    name: str, kind: StorageClassName, args: StorageArgs, opts: pulumi.ResourceOptions
) -> kubernetes.storage.v1.StorageClass:
    row = KINDS[kind]
    plan = {BACKUP_TAG: args.backup_plan} if args.backup_plan and row.backed_up else {}
    tags = {**args.tags, **plan} if row.reclaim == "Retain" else {}
    return kubernetes.storage.v1.StorageClass(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=kind.value),
        provisioner=DRIVER,
        parameters={
            **row.parameters,
            "encrypted": "true",  # the driver's default is "false"
            "kmsKeyId": args.volume_key_arn,
            "csi.storage.k8s.io/fstype": "ext4",
            **{f"tagSpecification_{n}": f"{key}={tags[key]}" for n, key in enumerate(sorted(tags), start=1)},
        },
        mount_options=list(row.mount_options),
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        reclaim_policy=row.reclaim,
        opts=opts,
    )


def _performance_class(name: str, kind: PerformanceClassName, opts: pulumi.ResourceOptions) -> kubernetes.storage.v1.VolumeAttributesClass:
    return kubernetes.storage.v1.VolumeAttributesClass(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=kind.value),
        driver_name=DRIVER,
        parameters=PERFORMANCE[kind],
        opts=opts,
    )


def _snapshot_class(name: str, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """Retained: a snapshot object that is deleted with its namespace leaves the snapshot (Kubernetes, VolumeSnapshotClass).

    Not pulumi-kubernetes' own CustomResource, which passes nothing but `spec`, and this kind has none.
    """
    properties = {
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshotClass",
        "metadata": {"name": SNAPSHOT_CLASS},
        "driver": DRIVER,
        "deletionPolicy": "Retain",
    }
    return pulumi.CustomResource("kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass", name, properties, opts)
