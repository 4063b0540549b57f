"""Physical names that a contract needs, checked against the service's own limits. Everything else is named by the engine."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Things whose physical name we choose, because something outside the Plan refers to it by that name."""

    EKS_CLUSTER = "EKS cluster"
    IAM_ROLE = "IAM role"
    LOG_GROUP = "CloudWatch log group"
    SQS_QUEUE = "SQS queue"
    CACHE = "ElastiCache replication group"
    S3_BUCKET = "S3 bucket"
    BACKUP_VAULT = "AWS Backup vault"
    KMS_ALIAS = "KMS alias"
    RESTORE_TESTING_PLAN = "AWS Backup restore testing plan"
    CLOUDFLARE_POOL = "Cloudflare pool"
    KUBERNETES_LABEL = "Kubernetes label value"
    KUBERNETES_OBJECT = "Kubernetes object"


@dataclass(frozen=True)
class Limit:
    """What a service accepts as a name."""

    longest: int
    """Characters."""
    pattern: str
    """Regular expression of the whole name."""
    source: str
    """Document or API model that says so."""


LIMITS = {
    Kind.EKS_CLUSTER: Limit(100, r"[0-9A-Za-z][A-Za-z0-9\-_]*", "EKS API, CreateCluster.name"),
    Kind.IAM_ROLE: Limit(64, r"[\w+=,.@-]+", "IAM API, CreateRole.RoleName"),
    Kind.LOG_GROUP: Limit(512, r"[\.\-_/#A-Za-z0-9]+", "CloudWatch Logs API, CreateLogGroup.logGroupName"),
    Kind.CACHE: Limit(40, r"[a-z](-?[a-z0-9])*", "ElastiCache API, CreateReplicationGroup.ReplicationGroupId; it lowers capitals"),
    Kind.SQS_QUEUE: Limit(80, r"[A-Za-z0-9_-]+(\.fifo)?", "SQS API, CreateQueue.QueueName"),
    Kind.S3_BUCKET: Limit(
        63,
        r"(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)",
        "S3 user guide, bucket naming rules; dots left out, they break TLS by host name",
    ),
    Kind.BACKUP_VAULT: Limit(50, r"[a-zA-Z0-9\-\_]{2,50}", "AWS Backup API, CreateBackupVault.BackupVaultName"),
    Kind.KMS_ALIAS: Limit(250, r"(?!aws/)[a-zA-Z0-9/_-]+", "KMS API, CreateAlias.AliasName, without its `alias/`; aws/ is AWS's own"),
    Kind.RESTORE_TESTING_PLAN: Limit(50, r"[a-zA-Z0-9_]+", "AWS Backup API, CreateRestoreTestingPlan.RestoreTestingPlanName"),
    Kind.CLOUDFLARE_POOL: Limit(63, r"[A-Za-z0-9_-]+", "Cloudflare API, load balancer pools: name; it tells no length, 63 is ours"),
    Kind.KUBERNETES_LABEL: Limit(63, r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?", "Kubernetes, labels and selectors: syntax"),
    Kind.KUBERNETES_OBJECT: Limit(253, r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "Kubernetes, object names: RFC 1123 subdomain"),
}


def physical_name(kind: Kind, name: str) -> str:
    """`name`, unchanged.

    Raises:
        ValueError: the service would refuse it. It is never shortened: two long names could become one.
    """
    limit = LIMITS[kind]
    if len(name) > limit.longest:
        raise ValueError(
            f"{kind} name '{name}' has {len(name)} characters, at most {limit.longest} are allowed ({limit.source}): shorten it"
        )
    if not re.fullmatch(limit.pattern, name):
        raise ValueError(f"{kind} name '{name}' must match {limit.pattern} ({limit.source})")
    return name
