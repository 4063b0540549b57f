"""One ElastiCache replication group: a cache of its own, or a member of a global one."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.data.valkey.site import LOGS, PORT, CacheSite
from components.data.valkey.sizing import Layout
from components.data.valkey.spec import CacheSpec
from components.data.valkey.users import ENGINE

RPO = "24h"
"""Tag of how much of a cache may be lost: its snapshots are daily (ElastiCache user guide, automatic backups)."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a replication group lies: what its region's CacheSite made, or the same out of another stack's outputs."""

    replication_group_id: str
    """Physical id."""
    key_arn: pulumi.Input[str]
    """KMS key of the region for data at rest and snapshots."""
    security_group_id: pulumi.Input[str]
    """Security group of the nodes."""
    subnet_group_name: pulumi.Input[str]
    """Subnets of the nodes."""
    parameter_group_name: pulumi.Input[str]
    """Parameters of the engine; unused by a secondary member."""
    user_group_id: pulumi.Input[str]
    """Group of the users. Groups are regional, and without one anybody in the network would be let in."""
    log_group_name: pulumi.Input[str]
    """Log group of slow commands and of the engine."""
    alarm_topic_arn: pulumi.Input[str] | None = None
    """SNS topic of the region that alarms tell."""
    region: str | None = None
    """Region, where it is not the provider's."""

    @classmethod
    def on(
        cls, site: CacheSite, *, replication_group_id: str, key_arn: pulumi.Input[str], alarm_topic_arn: pulumi.Input[str] | None
    ) -> "Placement":
        """On a site of the same stack."""
        return cls(
            replication_group_id=replication_group_id,
            key_arn=key_arn,
            security_group_id=site.security_group_id,
            subnet_group_name=site.subnet_group_name,
            parameter_group_name=site.parameter_group_name,
            user_group_id=site.user_group_id,
            log_group_name=site.log_group_name,
            alarm_topic_arn=alarm_topic_arn,
        )


def leading_group(spec: CacheSpec, layout: Layout, placement: Placement) -> aws.elasticache.ReplicationGroupArgs:
    """Inputs of a group that takes writes: its own cache, or the primary member of a global one.

    TLS is required and data at rest lies under our key; both can be chosen only when the group is made.
    """
    group = member_group(spec, placement)
    group.engine, group.engine_version = ENGINE, spec.engine_version.value
    group.parameter_group_name = placement.parameter_group_name
    group.node_type, group.num_node_groups = layout.node.name, layout.shards
    group.cluster_mode = "enabled"
    group.snapshot_name = spec.restore_from
    group.at_rest_encryption_enabled = group.transit_encryption_enabled = True
    group.transit_encryption_mode = "required"
    return group


def member_group(
    spec: CacheSpec, placement: Placement, datastore_id: pulumi.Input[str] | None = None
) -> aws.elasticache.ReplicationGroupArgs:
    """Inputs that every group has. A secondary member has no others: what is missing it takes from the datastore, and naming it is refused
    (hashicorp/terraform-provider-aws#24854, conflicts of `global_replication_group_id`).
    """
    return aws.elasticache.ReplicationGroupArgs(
        replication_group_id=placement.replication_group_id,
        description=f"Valkey cache {placement.replication_group_id}",
        global_replication_group_id=datastore_id,
        replicas_per_node_group=spec.replicas,
        automatic_failover_enabled=True,  # cluster mode knows no other way (ElastiCache API, CreateReplicationGroup)
        multi_az_enabled=spec.replicas > 0,
        kms_key_id=placement.key_arn,
        port=PORT,
        subnet_group_name=placement.subnet_group_name,
        security_group_ids=[placement.security_group_id],
        user_group_ids=[placement.user_group_id],
        snapshot_retention_limit=spec.snapshot_retention_days,
        snapshot_window=spec.snapshot_window,
        final_snapshot_identifier=final_snapshot(placement.replication_group_id),
        maintenance_window=spec.maintenance_window,
        log_delivery_configurations=[_delivery(log, placement.log_group_name) for log in LOGS],
        apply_immediately=True,  # log delivery changes no other way, and an update that waits for Sunday has not been made
        region=placement.region,
        tags={"rpo": RPO},
    )


def group_options(parent: pulumi.Resource, *after: pulumi.Resource, ignore_changes: Sequence[str] = ()) -> pulumi.ResourceOptions:
    """Options of every group: protected, and never replaced because the snapshot it once came from is named, or no more."""
    ignored = ["snapshotName", *ignore_changes]
    return pulumi.ResourceOptions(parent=parent, depends_on=after, protect=True, ignore_changes=ignored)


def final_snapshot(replication_group_id: str) -> str:
    """Name of the snapshot that deletion takes. One of that name must be gone before the cache is deleted a second time."""
    return f"{replication_group_id}-final"


def _delivery(log: str, group_name: pulumi.Input[str]) -> aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs:
    return aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
        log_type=log, log_format="json", destination_type="cloudwatch-logs", destination=group_name
    )
