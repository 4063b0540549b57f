"""How a data store's pods reach their part of a bucket: role, permissions, trust and service account, made together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.identity import Document, IdentityMechanism, WorkloadRole, WorkloadRoleArgs
from components.data.bucket import DataBucket
from components.location import Location


class Engine(StrEnum):
    """Software that reads and writes the bucket."""

    TIDB = "tidb"
    """BR, TiKV and TiFlash."""
    CLICKHOUSE = "clickhouse"
    """ClickHouse and clickhouse-backup."""
    VELERO = "velero"
    """Velero with its plugin for AWS."""


MECHANISMS: Mapping[Engine, IdentityMechanism] = {
    Engine.TIDB: IdentityMechanism.IRSA,
    Engine.CLICKHOUSE: IdentityMechanism.IRSA,
    Engine.VELERO: IdentityMechanism.POD_IDENTITY,
}
"""Engine -> how its SDK finds credentials. TiKV's documents know keys and IRSA only (tikv/tikv#7096); ClickHouse reads Pod Identity since
24.11 (ClickHouse/ClickHouse#71074), clickhouse-backup beside it is documented for IRSA (Altinity/clickhouse-backup#1025)."""


@dataclass(frozen=True, kw_only=True)
class S3AccessArgs:
    """Wires of an S3Access. The key needs no wire: permission to use it is bound to the bucket it encrypts, see `access_policy`."""

    cluster: EksCluster
    """The cluster the pods run in."""
    namespace: str
    """Namespace of the service account; it exists, or is named in `after`."""
    service_account: str
    """Name of the service account."""
    bucket: DataBucket
    """The bucket."""
    prefix: str
    """Keys that the engine may touch begin so, e.g. `tidb/`; the empty one is the whole bucket."""
    engine: Engine
    """Which software it is."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before the service account: the namespace."""


class S3Access(Component, token="meridian:data:S3Access"):
    """A service account that can read and write one prefix of one bucket, and nothing else.

    Role, permissions, association and account are one component: an association that was declared and not applied stopped the WAL
    archive of fifteen databases (JiRaska/open-bank-oss#1759).
    """

    role_arn: pulumi.Output[str]
    """ARN of the role."""
    service_account: str
    """Name of the service account."""

    def __init__(self, name: str, args: S3AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        mechanism = MECHANISMS[args.engine]
        role = WorkloadRole(
            f"{name}-role",
            WorkloadRoleArgs(
                cluster=args.cluster,
                namespace=args.namespace,
                service_account=args.service_account,
                policies={"bucket": access_policy(args.cluster.location, args.bucket.arn, args.prefix)},
                mechanism=mechanism,
            ),
            self.child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=args.service_account,
                namespace=args.namespace,
                annotations={"eks.amazonaws.com/role-arn": role.role_arn} if mechanism is IdentityMechanism.IRSA else {},
            ),
            opts=self.after(*args.after, *role.resources),
        )
        self.resources: tuple[pulumi.Resource, ...] = (*role.resources, account, *args.bucket.resources)
        self.role_arn, self.service_account = role.role_arn, args.service_account
        self._seal()


def access_policy(location: Location, bucket_arn: str, prefix: str) -> Document:
    """Lists, reads, writes and deletes under the prefix, and uses the bucket's key through S3 only.

    The key is told by its use, not by its ARN, which a preview does not know: S3 names the bucket in the encryption context where a bucket
    key is on, the object where it is not (S3 user guide, S3 Bucket Keys).
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "List",
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": bucket_arn,
                **({"Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}}} if prefix else {}),
            },
            {"Sid": "Locate", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket_arn},
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": [
                    "s3:GetObject",
                    "s3:PutObject",
                    "s3:PutObjectAcl",  # BR names an ACL with every object; the bucket enforces ownership, so none has an effect
                    "s3:DeleteObject",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ],
                "Resource": f"{bucket_arn}/{prefix}*",
            },
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": location.arn("kms", "key/*"),
                "Condition": {
                    "StringEquals": {"kms:ViaService": f"s3.{location.region}.amazonaws.com"},
                    "ArnLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/{prefix}*"]},
                },
            },
        ],
    }
