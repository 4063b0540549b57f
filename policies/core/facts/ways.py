"""Where resources of AWS and Kubernetes say that data goes to, or comes from, another place: one row for each way there is.

Replication, copies, exports, links: what moves data between regions in pulumi_aws 7.51 and in the operators' CRDs. A new kind is a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies.core import kinds, tokens
from policies.core.facts.buckets import BUCKETS
from policies.core.facts.workloads import Path


class Kind(StrEnum):
    """What moves the data."""

    BUCKET = "bucket replication"
    BACKUP = "backup copy"
    CACHE = "global cache"
    KEY = "replica of a key"
    IMAGE = "image replication"
    SECRET = "secret replica"
    DATABASE = "database replica"
    SNAPSHOT = "snapshot copy"
    LOG = "log export"
    NETWORK = "network link"
    ENGINE = "engine's own copy"
    """Backups, feeds and mirrors that engines in a cluster run."""


@dataclass(frozen=True)
class Form:
    """One property that names the other end."""

    kind: Kind
    """What moves the data."""
    path: Path
    """The property: region code, ARN, bucket or host. Lists on the way stand for each of their items."""
    each: Path = ()
    """Way to the objects, e.g. rules, that `path` begins at and that may tell the class of what they move."""
    inward: bool = False
    """True where the property names where the data comes from: the resource is then the copy."""
    ends: tuple[str, ...] = ()
    """Types of the resources that the property may come from; they lie where it points."""
    subject: str = ""
    """Property that names the resource whose data moves, where it is not the resource itself."""
    beside: Path = ()
    """Property below `each` that tells the region where `path` does not itself."""
    shared: bool = False
    """True where the same property names another resource of the same type here, e.g. the vault that is copied from."""
    everyday: bool = False
    """True where most of what the property names has nothing to do with data: what tells no region is then no edge."""


_BUCKET = ("destination", "bucket")
_REPLICA_KEY = ("destination", "encryptionConfiguration", "replicaKmsKeyId")
_LOG_ENDS = (*BUCKETS, tokens.LOG_GROUP, tokens.FIREHOSE)

AWS: Mapping[str, tuple[Form, ...]] = {
    tokens.S3_REPLICATION: (Form(Kind.BUCKET, _BUCKET, each=("rules",), ends=BUCKETS, subject="bucket", beside=_REPLICA_KEY),),
    **dict.fromkeys(
        BUCKETS,
        (Form(Kind.BUCKET, _BUCKET, each=("replicationConfiguration", "rules"), ends=BUCKETS, beside=("destination", "replicaKmsKeyId")),),
    ),
    tokens.BACKUP_PLAN: (
        Form(Kind.BACKUP, ("copyActions", "destinationVaultArn"), each=("rules",), ends=(tokens.BACKUP_VAULT,), shared=True),
    ),
    tokens.KMS_REPLICA_KEY: (Form(Kind.KEY, ("primaryKeyArn",), inward=True, ends=(tokens.KMS_KEY,), subject="primaryKeyArn"),),
    tokens.ECR_REPLICATION: (Form(Kind.IMAGE, ("replicationConfiguration", "rules", "destinations", "region")),),
    tokens.SECRET: (Form(Kind.SECRET, ("replicas", "region")),),
    tokens.DYNAMODB_TABLE: (Form(Kind.DATABASE, ("replicas", "regionName")),),
    tokens.DYNAMODB_GLOBAL_TABLE: (Form(Kind.DATABASE, ("replicas", "regionName")),),
    tokens.DYNAMODB_TABLE_REPLICA: (
        Form(Kind.DATABASE, ("globalTableArn",), inward=True, ends=(tokens.DYNAMODB_TABLE,), subject="globalTableArn"),
    ),
    tokens.RDS_INSTANCE: (Form(Kind.DATABASE, ("replicateSourceDb",), inward=True, ends=(tokens.RDS_INSTANCE,)),),
    tokens.RDS_BACKUP_REPLICATION: (
        Form(Kind.BACKUP, ("sourceDbInstanceArn",), inward=True, ends=(tokens.RDS_INSTANCE,), subject="sourceDbInstanceArn"),
    ),
    tokens.AMI_COPY: (Form(Kind.SNAPSHOT, ("sourceAmiRegion",), inward=True),),
    tokens.EBS_SNAPSHOT_COPY: (Form(Kind.SNAPSHOT, ("sourceRegion",), inward=True),),
    tokens.RDS_SNAPSHOT_COPY: (Form(Kind.SNAPSHOT, ("destinationRegion",)),),
    tokens.REDSHIFT_SNAPSHOT_COPY: (Form(Kind.SNAPSHOT, ("destinationRegion",)),),
    tokens.DLM_POLICY: tuple(
        Form(Kind.SNAPSHOT, ("policyDetails", "schedules", "crossRegionCopyRules", leaf)) for leaf in ("target", "targetRegion")
    ),
    tokens.FLOW_LOG: (Form(Kind.LOG, ("logDestination",), ends=_LOG_ENDS, subject="vpcId"),),
    tokens.TRAIL: (
        Form(Kind.LOG, ("s3BucketName",), ends=BUCKETS),
        Form(Kind.LOG, ("cloudWatchLogsGroupArn",), ends=(tokens.LOG_GROUP,)),
    ),
    tokens.FIREHOSE: (Form(Kind.LOG, ("extendedS3Configuration", "bucketArn"), ends=BUCKETS),),
    tokens.LOG_SUBSCRIPTION_FILTER: (Form(Kind.LOG, ("destinationArn",), ends=_LOG_ENDS, subject="logGroup"),),
    tokens.METRIC_STREAM: (Form(Kind.LOG, ("firehoseArn",), ends=_LOG_ENDS),),
    tokens.VPC_PEERING: (Form(Kind.NETWORK, ("peerRegion",), subject="vpcId"),),
    tokens.TGW_PEERING: (Form(Kind.NETWORK, ("peerRegion",), subject="transitGatewayId"),),
}
"""AWS's types -> where they name the other end."""


def _s3(*way: str, inward: bool = False) -> Form:
    return Form(Kind.ENGINE, ("spec", *way, "s3", "region"), inward=inward)


def _host(*path: str, inward: bool = False) -> Form:
    return Form(Kind.ENGINE, ("spec", *path), inward=inward)


KUBERNETES: Mapping[kinds.Tokens, tuple[Form, ...]] = {
    kinds.TIDB_BACKUP: (_s3(),),
    kinds.TIDB_BACKUP_SCHEDULE: (_s3("backupTemplate"), _s3("logBackupTemplate")),
    kinds.TIDB_RESTORE: (_s3(inward=True),),
    kinds.VELERO_LOCATION: (Form(Kind.ENGINE, ("spec", "config", "region")),),
    kinds.VELERO_SNAPSHOT_LOCATION: (Form(Kind.ENGINE, ("spec", "config", "region")),),
    kinds.POSTGRESQL_CLUSTER: (
        _host("externalClusters", "barmanObjectStore", "endpointURL", inward=True),
        _host("externalClusters", "connectionParameters", "host", inward=True),
        _host("backup", "barmanObjectStore", "endpointURL"),
    ),
    kinds.BARMAN_OBJECT_STORE: (_host("configuration", "endpointURL"),),
    kinds.MIRROR_MAKER: (
        _host("target", "bootstrapServers"),
        _host("mirrors", "source", "bootstrapServers", inward=True),
    ),
    kinds.SERVICE_ENTRY: (Form(Kind.ENGINE, ("spec", "hosts"), everyday=True),),
}
"""Custom kinds -> where they name the other end. What charts make of their values is seen by nobody (meta-03)."""

CHANGE_FEED = "meridian.dev/change-feed-to"
"""Annotation of a TidbCluster: region whose cluster its TiCDC feeds. Operator 1.6 has no kind for a feed, so nothing else tells."""

MEMBERS: Mapping[str, tuple[Kind, tuple[tuple[str, str], ...]]] = {
    tokens.ELASTICACHE_GLOBAL_REPLICATION_GROUP: (
        Kind.CACHE,
        ((tokens.ELASTICACHE_REPLICATION_GROUP, "globalReplicationGroupId"),),
    ),
    tokens.MEMORYDB_MULTI_REGION: (Kind.CACHE, ((tokens.MEMORYDB_CLUSTER, "multiRegionClusterName"),)),
    tokens.RDS_GLOBAL_CLUSTER: (Kind.DATABASE, ((tokens.RDS_CLUSTER, "globalClusterIdentifier"),)),
    tokens.DOCUMENTDB_GLOBAL_CLUSTER: (Kind.DATABASE, ((tokens.DOCUMENTDB_CLUSTER, "globalClusterIdentifier"),)),
}
"""Types that join stores of several regions -> types of the stores, and the property by which each names what it joined."""
