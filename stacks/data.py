"""The data layer of a region: what stores need together, then each store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi

from components import catalog
from components.cluster.addons import NodeAddons
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup, NodeGroupArgs
from components.data.backup import BackupSpec
from components.data.backup_vault import BackupVault, BackupVaultArgs
from components.data.bucket import DataBucket, DataBucketArgs, DataBucketSpec
from components.data.clickhouse.clickhouse import ClickHouse, ClickHouseArgs
from components.data.storage import Storage, StorageArgs
from components.data.tidb.backup import FULL_PREFIX
from components.data.tidb.operator import TidbOperator, TidbOperatorArgs
from components.data.tidb.restore import TidbDrillSpec, TidbRestore, TidbRestoreArgs
from components.data.tidb.tidb import Tidb, TidbArgs
from components.data.valkey.cache import Cache, CacheArgs
from components.data.velero import Velero, VeleroArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.tags import default_tags
from stacks import copies
from stacks.platform import Platform
from stacks.spec import DataSpec, RegionSpec


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the data layer stands on."""

    cluster: EksCluster
    """The cluster that the stores run in or serve."""
    system: NodeGroup
    """Nodes of operators and controllers."""
    node_addons: NodeAddons
    """What the stores' nodes wait for."""
    cluster_addons: tuple[pulumi.Resource, ...]
    """What stands in the cluster before any store: add-ons for volumes and snapshots above all, and the mesh with its policies."""
    platform: Platform
    """Secrets and certificates in the cluster."""
    volume_key_arn: pulumi.Output[str]
    """KMS key of nodes' and pods' volumes."""
    aws: pulumi.ResourceOptions
    """The AWS provider."""
    both: pulumi.ResourceOptions
    """The AWS and the Kubernetes provider."""


def build(spec: RegionSpec, data: DataSpec, ground: Ground) -> None:
    """Make the region's stores."""
    cluster, location = ground.cluster, ground.cluster.location
    key = EncryptionKey(
        "data-key",
        EncryptionKeyArgs(location=location, purpose="Backups, caches and cold data", alias=copies.key_alias(cluster.cluster_name)),
        ground.aws,
    )
    bucket = DataBucket(
        "data-bucket",
        DataBucketArgs(
            spec=copies.replicated(spec, data.bucket),
            location=location,
            bucket_name=f"{cluster.cluster_name}-{location.account_id}-data",
            key_arn=key.arn,
            data_class=spec.tags.data_class,
            jurisdiction=catalog.region(spec.region).jurisdiction,
            rpo_minutes=data.backup.rpo_minutes,
            expiry=expiry(data),
        ),
        ground.aws,
    )
    vault = BackupVaultArgs(
        spec=copies.copied(spec, data.backup),
        location=location,
        vault_name=f"{cluster.cluster_name}-data",
        key_arn=key.arn,
        data_class=spec.tags.data_class,
    )
    backup_tag = BackupVault("backup", vault, ground.aws).tag
    if (held := copies.held_class(spec)) is not None:
        received = DataBucketArgs(
            spec=DataBucketSpec(),
            location=location,
            bucket_name=copies.bucket_name(cluster.cluster_name, location.account_id),
            key_arn=key.arn,
            data_class=held,
            jurisdiction=catalog.region(spec.region).jurisdiction,
            rpo_minutes=data.backup.rpo_minutes,
            expiry=expiry(data),
        )
        DataBucket("copies-bucket", received, ground.aws)
    velero = VeleroArgs(spec=data.backup, cluster=cluster, nodes=ground.system, bucket=bucket, after=ground.cluster_addons)
    Velero("velero", velero, ground.both)
    _databases(spec, data, ground, bucket=bucket, key=key, backup_tag=backup_tag)
    for cache in data.caches.made if data.caches else ():
        Cache(
            f"{cache.purpose}-cache",
            CacheArgs(
                spec=cache,
                vpc=cluster.vpc,
                location=location,
                cluster_name=cluster.cluster_name,
                key_arn=key.arn,
                client_security_group_id=cluster.security_group_id,
            ),
            ground.aws,
        )


def expiry(data: DataSpec) -> Mapping[str, int]:
    """What the bucket must delete, as nobody else does: TiDB's full backups, which its operator retains. Velero and clickhouse-backup
    delete their own.

    A restore to the oldest moment of the retention starts from the full backup before it, so each is kept for one interval longer.
    """
    if data.tidb is None:
        return {}
    return {f"{data.tidb.name}/{FULL_PREFIX}/": data.backup.retention_days + longest_interval_days(data.backup)}


def longest_interval_days(backup: BackupSpec) -> int:
    """Days, rounded up, that can lie between two full backups; by the coarsest field of the schedule that is not every one.

    A year for named months; 61 for days of the month, as the 31st can be missing in one month, never in two that follow each other.
    """
    _, _, day, month, weekday = backup.full_schedule.split()
    return next((days for field, days in ((month, 366), (day, 61), (weekday, 7)) if field != "*"), 1)


def _databases(spec: RegionSpec, data: DataSpec, ground: Ground, *, bucket: DataBucket, key: EncryptionKey, backup_tag: str) -> None:
    """The stores that run in the cluster, on nodes of their own."""
    if data.tidb is None and data.clickhouse is None:
        return
    cluster, system = ground.cluster, ground.system
    tags = default_tags(spec.tags, environment=spec.environment, jurisdiction=catalog.region(spec.region).jurisdiction)
    pool = NodeGroupArgs(
        spec=data.pool.node_group(),
        cluster=cluster,
        addons=ground.node_addons,
        subnet_ids=cluster.vpc.data_subnet_ids,
        volume_key_arn=ground.volume_key_arn,
        tags=tags,
    )
    nodes = NodeGroup("data", pool, ground.aws)
    volumes = StorageArgs(volume_key_arn=ground.volume_key_arn, after=ground.cluster_addons, tags=tags, backup_plan=backup_tag)
    storage = Storage("storage", volumes, ground.both)
    if data.tidb is not None:
        operator = TidbOperator("tidb-operator", TidbOperatorArgs(cluster=cluster, nodes=system, after=ground.cluster_addons), ground.both)
        tidb = TidbArgs(
            spec=data.tidb,
            cluster=cluster,
            nodes=nodes,
            operator=operator,
            storage=storage,
            cert_manager=ground.platform.cert_manager,
            bucket=bucket,
            key_arn=key.arn,
            backup=data.backup,
        )
        Tidb("tidb", tidb, ground.both)
        if data.tidb_drill is not None:
            _drill(data.tidb_drill, tidb, ground)
    if data.clickhouse is not None:
        clickhouse = ClickHouseArgs(
            spec=data.clickhouse,
            cluster=cluster,
            nodes=nodes,
            storage=storage,
            cert_manager=ground.platform.cert_manager,
            external_secrets=ground.platform.external_secrets,
            bucket=bucket,
            key_arn=key.arn,
            backup=data.clickhouse_backup,
        )
        ClickHouse("clickhouse", clickhouse, ground.both)


def _drill(drill: TidbDrillSpec, tidb: TidbArgs, ground: Ground) -> None:
    """A cluster like the living one, which may read its backups, and a restore into it."""
    scratch_spec = tidb.spec.model_copy(update={"name": drill.name})
    scratch = Tidb("tidb-drill", replace(tidb, spec=scratch_spec, backup=None, restore_from=tidb.spec.name), ground.both)
    TidbRestore("tidb-drill-restore", TidbRestoreArgs(spec=drill, into=scratch), ground.both)
