"""What a ClickHouse may be. Each refusal by the words that tell what to do."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.data.bucket import DataBucketSpec
from components.data.clickhouse.spec import ClickHouseSpec, clickhouse_faults, cold_tier_faults, node_faults

ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"cluster_name": "a" * 16}, "has 16 characters, the operator takes 15"),
        ({"cluster_name": "Analytics"}, "small letters"),
        ({"cluster_name": "analytics-"}, "small letters"),
        ({"keeper": {"members": 2}}, "Keeper needs an odd number: 2 members survive no more than 1"),
        ({"keeper": {"members": 1}}, "production needs 3 or more"),
        ({"replicas": 1}, "production needs 2 or more"),
        ({"version": "25.9.1.1"}, "no long-term-support release"),
        ({"version": "latest"}, "pattern"),
        ({"databases": {"real-time": {"hot_days": 1, "keep_days": 2}}}, "starts with a letter"),
        ({"databases": {"a" * 64: {"hot_days": 1, "keep_days": 2}}}, "63 at most"),
        ({"databases": {"backup": {"hot_days": 1, "keep_days": 2}}}, "choose another one"),
        ({"databases": {"system": {"hot_days": 1, "keep_days": 2}}}, "choose another one"),
        ({"databases": {"a": {"hot_days": 2, "keep_days": 2}}}, "keep them longer"),
        ({"hot_gib": 16385}, "16384"),
    ],
)
def test_refused(knobs: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ClickHouseSpec.from_yaml(knobs)


def test_fifteen_characters_are_taken() -> None:
    assert ClickHouseSpec.from_yaml({"cluster_name": "a" * 15}).cluster_name == "a" * 15


def test_a_single_pod_is_for_development_only() -> None:
    small = ClickHouseSpec.from_yaml({"profile": "development", "replicas": 1, "shards": 1, "keeper": {"members": 1}})
    assert clickhouse_faults(small, ZONES[:1], production=False) == []
    assert clickhouse_faults(small, ZONES, production=True) == ["profile: development: production stacks take production only"]


def test_defaults_are_two_shards_of_three_replicas_and_pass_in_three_zones() -> None:
    spec = ClickHouseSpec()
    assert (spec.shards, spec.replicas, spec.keeper.members) == (2, 3, 3)
    assert set(spec.databases) == {"realtime", "archive", "reports"}
    assert clickhouse_faults(spec, ZONES, production=True) == []


def test_two_zones_bear_no_quorum_and_no_three_replicas() -> None:
    quorum, replicas = clickhouse_faults(ClickHouseSpec(), ZONES[:2], production=True)
    assert "zones: euw1-az1, euw1-az2: Keeper's quorum needs 3" in quorum
    assert replicas == "replicas: 3: each lies in a zone of its own, and there are 2: at most 2"


def test_each_shard_and_keeper_want_a_node_of_every_zone() -> None:
    assert node_faults(ClickHouseSpec(), 3) == []
    (fault,) = node_faults(ClickHouseSpec(), 2)
    assert fault.startswith("nodes_per_zone: 2: ")
    assert "2 shards need 3 in each zone" in fault


@pytest.mark.parametrize(
    ("prefix", "lost"), [("", True), ("clickhouse/", True), ("clickhouse/cold/0/", True), ("clickhouse/backup/", False)]
)
def test_live_rows_never_go_to_the_archive_that_must_be_thawed(prefix: str, *, lost: bool) -> None:
    faults = cold_tier_faults(DataBucketSpec.from_yaml({"tiered_prefixes": [prefix]}))
    assert bool(faults) is lost
    assert all("DEEP_ARCHIVE" in fault and f"'{prefix}'" in fault for fault in faults)


def test_an_archive_that_answers_at_once_is_no_loss() -> None:
    assert cold_tier_faults(DataBucketSpec.from_yaml({"tiers": {"STANDARD_IA": 30, "GLACIER_IR": 90}})) == []
