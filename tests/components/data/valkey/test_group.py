"""Inputs of replication groups in the API's own terms: what leads names everything, what joins names nothing that it inherits."""

import pytest

from components.catalog.cache_nodes import cache_node
from components.data.valkey.group import Placement, final_snapshot, leading_group, member_group
from components.data.valkey.sizing import Layout
from components.data.valkey.spec import QueryCacheSpec
from components.naming import Kind, physical_name
from tests.components.data.valkey.elasticache_api import values

PLACEMENT = Placement(
    replication_group_id="meridian-eu-west-1-global",
    key_arn="arn:aws:kms:eu-west-1:111122223333:key/data",
    security_group_id="sg-1",
    subnet_group_name="subnets",
    parameter_group_name="parameters",
    user_group_id="users",
    log_group_name="/aws/vendedlogs/elasticache/x",
)
INHERITED = {
    "at_rest_encryption_enabled",
    "engine",
    "engine_version",
    "node_type",
    "num_node_groups",
    "parameter_group_name",
    "security_group_names",
    "snapshot_arns",
    "snapshot_name",
    "transit_encryption_enabled",
    "transit_encryption_mode",
}
"""What conflicts with `global_replication_group_id` (hashicorp/terraform-provider-aws, replication_group.go)."""


def test_a_leading_group_is_encrypted_both_ways_and_in_cluster_mode() -> None:
    group = leading_group(QueryCacheSpec(), Layout(node=cache_node("cache.r7g.large"), shards=2, replicas=2), PLACEMENT)
    assert (group.engine, group.engine_version, group.parameter_group_name) == ("valkey", "9.0", "parameters")
    assert (group.node_type, group.num_node_groups, group.replicas_per_node_group) == ("cache.r7g.large", 2, 2)
    assert (group.transit_encryption_enabled, group.transit_encryption_mode) == (True, "required")
    assert (group.at_rest_encryption_enabled, group.kms_key_id) == (True, PLACEMENT.key_arn)
    assert (group.cluster_mode, group.automatic_failover_enabled, group.multi_az_enabled) == ("enabled", True, True)
    assert group.transit_encryption_mode in values("TransitEncryptionMode")
    assert group.cluster_mode in values("ClusterMode")
    assert group.num_cache_clusters is None  # conflicts with shards and replicas
    assert group.auth_token is None


@pytest.mark.parametrize("name", sorted(INHERITED))
def test_a_member_names_nothing_that_it_inherits(name: str) -> None:
    group = member_group(QueryCacheSpec(), PLACEMENT, "ldgnf-meridian")
    assert group.global_replication_group_id == "ldgnf-meridian"
    assert getattr(group, name) is None


def test_a_member_has_the_key_users_and_network_of_its_own_region() -> None:
    group = member_group(QueryCacheSpec(), PLACEMENT, "ldgnf-meridian")
    assert (group.kms_key_id, group.user_group_ids) == (PLACEMENT.key_arn, ["users"])
    assert (group.subnet_group_name, group.security_group_ids) == ("subnets", ["sg-1"])


def test_snapshots_and_logs() -> None:
    group = member_group(QueryCacheSpec(), PLACEMENT)
    assert (group.snapshot_retention_limit, group.final_snapshot_identifier) == (7, "meridian-eu-west-1-global-final")
    assert isinstance(group.log_delivery_configurations, list)
    wire = [(log.log_type, log.log_format, log.destination_type) for log in group.log_delivery_configurations]  # type: ignore[union-attr]
    assert wire == [("slow-log", "json", "cloudwatch-logs"), ("engine-log", "json", "cloudwatch-logs")]
    assert {form for _, form, _ in wire} <= values("LogFormat")
    assert {kind for _, _, kind in wire} <= values("DestinationType")


def test_a_cache_without_replicas_is_not_multi_az_but_cluster_mode_keeps_failover() -> None:
    group = member_group(QueryCacheSpec.from_yaml({"replicas": 0}), PLACEMENT)
    assert (group.multi_az_enabled, group.automatic_failover_enabled) == (False, True)


def test_the_final_snapshot_has_a_name_that_elasticache_takes() -> None:
    longest = "m" * 40
    assert physical_name(Kind.CACHE, longest)
    assert final_snapshot(longest) == f"{longest}-final"
