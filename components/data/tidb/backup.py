"""Backup of a TiDB cluster as a plain manifest: full on schedule, the log without end, and the log made ready for a restore."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.data.tidb.contract import BACKUP_ACCOUNT

FULL_PREFIX = "full"
"""Folder of full backups below the cluster's; each lies in a folder that ends in its time."""
LOG_PREFIX = "log"
"""Folder of the log below the cluster's. What lies there must outlive the oldest full backup, in a class that is read at once."""
STORAGE_CLASS = "STANDARD"
"""Left alone the operator takes STANDARD_IA (tidb-operator v1.6.6, pkg/backup/util/util.go): a log is written in small files, each of which
that class charges as 128 KiB for 30 days. The bucket's lifecycle moves what may move."""
ACL = "bucket-owner-full-control"
"""Left alone the operator sends `private` (same place), which a bucket without ACLs refuses (S3 user guide, bucket owner enforced)."""
HOURS_OF_A_DAY = 24
"""The operator reads Go durations, which know no days."""


@dataclass(frozen=True, kw_only=True)
class BackupTarget:
    """Where a cluster's backups lie, and who may write them."""

    cluster: str
    """TidbCluster, and its namespace."""
    version: str
    """Of TiDB; BR's is the same."""
    bucket: str
    """Physical name."""
    region: str
    """Of the bucket."""
    key_option: pulumi.Input[str]
    """BR's flag for the KMS key of the bucket, see `key_option`."""
    tolerations: Sequence[Mapping[str, Any]]
    """Taints that the jobs bear."""

    @property
    def folder(self) -> str:
        """First part of every key: what `S3Access` opens."""
        return self.cluster

    def storage(self, prefix: str, *, encrypted: bool = True) -> dict[str, Any]:
        """The bucket's folder as the operator writes it."""
        return {
            "provider": "aws",
            "region": self.region,
            "bucket": self.bucket,
            "prefix": f"{self.folder}/{prefix}",
            "storageClass": STORAGE_CLASS,
            "acl": ACL,
            **({"sse": "aws:kms"} if encrypted else {}),
        }

    def job(self, *, encrypted: bool = True) -> dict[str, Any]:
        """What every job of BR has. Without `sendCredToTikv: false` the job's own credentials travel to TiKV, which has some of its own."""
        return {
            "serviceAccount": BACKUP_ACCOUNT,
            "toolImage": f"pingcap/br:{self.version}",
            "tolerations": [dict(toleration) for toleration in self.tolerations],
            "br": {
                "cluster": self.cluster,
                "clusterNamespace": self.cluster,
                "sendCredToTikv": False,
                **({"options": [self.key_option]} if encrypted else {}),
            },
        }


def key_option(key_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The flag of BR that names the key, which the custom resource has no field for."""
    return pulumi.Output.concat("--s3.sse-kms-key-id=", key_arn)


def log_faults(cluster: str, tiered_prefixes: Iterable[str]) -> list[str]:
    """One line for each prefix whose objects the bucket's lifecycle moves although a cluster's log is among them.

    A restore reads all of the log at once; what lies in an archive class it finds unreadable, and what lies in STANDARD_IA it pays for by
    the file.
    """
    log = f"{cluster}/{LOG_PREFIX}/"
    return [
        f"tiered_prefixes: '{prefix}' has the log backup '{log}' in it, read at once in a restore: name '{cluster}/{FULL_PREFIX}/' instead"
        for prefix in tiered_prefixes
        if log.startswith(prefix) or prefix.startswith(log)
    ]


def backup_schedule(target: BackupTarget, *, schedule: str, retention_days: int, compact_hours: int) -> dict[str, Any]:
    """`spec` of the BackupSchedule.

    `cleanPolicy: Retain`: backups are owned by their schedule, so with `Delete` its deletion, or that of the stack, would delete every one
    of them. Files past retention are the bucket's lifecycle to delete; the log is truncated by the operator, behind the oldest full backup.
    Compaction names no key: it would write under S3's own, so it is left to the bucket's default, which is the same key.
    """
    return {
        "schedule": schedule,
        "maxReservedTime": f"{retention_days * HOURS_OF_A_DAY}h",
        "compactInterval": f"{compact_hours}h",
        "backupTemplate": {
            **target.job(),
            "backupType": "full",
            "backupMode": "snapshot",
            "cleanPolicy": "Retain",
            "s3": target.storage(FULL_PREFIX),
            "backoffRetryPolicy": {"maxRetryTimes": 3, "minRetryDuration": "300s", "retryTimeout": "60m"},
        },
        "logBackupTemplate": {
            **target.job(),
            "backupMode": "log",
            "cleanPolicy": "Retain",
            "s3": target.storage(LOG_PREFIX),
        },
        "compactBackupTemplate": {
            **target.job(encrypted=False),
            "maxRetryTimes": 3,
            "s3": target.storage(LOG_PREFIX, encrypted=False),
        },
    }


def point_in_time_restore(source: BackupTarget, into: str, *, full: str, log: str, until: str) -> dict[str, Any]:
    """`spec` of the Restore that reads `source`'s folders into the cluster `into`, in its own namespace, up to a moment."""
    job = source.job(encrypted=False)
    return {
        **job,
        "br": {**job["br"], "cluster": into, "clusterNamespace": into},
        "restoreMode": "pitr",
        "pitrRestoredTs": until,
        "s3": source.storage(f"{LOG_PREFIX}/{log}", encrypted=False),
        "pitrFullBackupStorageProvider": {"s3": source.storage(f"{FULL_PREFIX}/{full}", encrypted=False)},
    }
