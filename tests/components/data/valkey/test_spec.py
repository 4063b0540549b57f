"""Knobs of caches: what each kind is by itself, what it refuses by name, and what production refuses."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.data.valkey.spec import (
    ENGINES,
    ApplicationCacheSpec,
    CacheSpec,
    Durability,
    EngineVersion,
    QueryCacheSpec,
    SessionCacheSpec,
)
from components.data.valkey.users import Access
from components.log_group import RetentionDays
from tests.components.data.valkey.elasticache_api import values


def refusal(kind: type[CacheSpec], knobs: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        kind.from_yaml(knobs)
    (error,) = refused.value.errors()
    return f"{'.'.join(map(str, error['loc']))} {error['msg']}"


def test_values_are_those_of_the_api() -> None:
    assert set(Durability) < values("Durability")
    assert {engine.family for engine in ENGINES.values()} == {"valkey7", "valkey8", "valkey9"}
    assert all(engine.family == f"valkey{version[0]}" for version, engine in ENGINES.items())


@pytest.mark.parametrize("key", ["primary", "secondaries", "global"])
def test_what_is_durable_cannot_be_global(key: str) -> None:
    assert f"{key}: a durable cache cannot be global" in refusal(SessionCacheSpec, {key: ["eu-central-1"]})


@pytest.mark.parametrize("kind", [QueryCacheSpec, ApplicationCacheSpec])
def test_what_can_be_computed_again_is_not_durable(kind: type[CacheSpec]) -> None:
    assert "durability: only the session cache is durable" in refusal(kind, {"durability": "sync"})


@pytest.mark.parametrize("version", [version for version in EngineVersion if version < "9"])
def test_durability_needs_valkey_9(version: EngineVersion) -> None:
    """ElastiCache user guide, Durability: limitations."""
    assert f"{version} of Valkey has no durability; versions that have it: 9.0" in refusal(SessionCacheSpec, {"engine_version": version})
    assert QueryCacheSpec.from_yaml({"engine_version": version}).engine_version is version


def test_durability_needs_a_family_that_has_it() -> None:
    said = refusal(SessionCacheSpec, {"node_type": "cache.t4g.medium"})
    assert "node_type: cache.t4g.medium has no durability; families that have it: m7g, r7g, c7gn, m6g, r6g" in said


def test_durability_needs_a_replica_and_keeps_what_is_in_use() -> None:
    assert refusal(SessionCacheSpec, {"replicas": 0}).startswith("replicas ")
    assert "allowed are noeviction, volatile-ttl" in refusal(SessionCacheSpec, {"eviction": "allkeys-lru"})
    assert SessionCacheSpec.from_yaml({"eviction": "volatile-ttl", "durability": "async"}).transaction_log is Durability.ASYNC


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"snapshot_retention_days": 6}, "snapshot_retention_days Input should be greater than or equal to 7"),
        ({"snapshot_retention_days": 36}, "snapshot_retention_days Input should be less than or equal to 35"),
        ({"replicas": 6}, "replicas Input should be less than or equal to 5"),
        ({"engine_version": "8.9"}, "engine_version Input should be '7.2', '8.0', '8.1', '8.2' or '9.0'"),
        ({"node_type": "cache.r7g.huge"}, "node_type: cache node type 'cache.r7g.huge' is not in the catalogue"),
        ({"snapshot_window": "24:00-25:00"}, "snapshot_window String should match"),
        ({"maintenance_window": "sunday:04:00-sunday:05:00"}, "maintenance_window String should match"),
        ({"users": {"Root": "read_only"}}, "users.Root.[key] String should match"),
        ({"users": {}}, "users Dictionary should have at least 1 item"),
        ({"demand": {"memory_gib": 0}}, "demand.memory_gib Input should be greater than 0"),
    ],
)
def test_what_the_service_would_refuse_is_refused(knobs: dict[str, Any], said: str) -> None:
    assert said in refusal(QueryCacheSpec, knobs)


def test_yaml_spells_everything() -> None:
    spec = QueryCacheSpec.from_yaml({"users": {"jobs": "read_only"}, "log_retention_days": 90, "demand": {"memory_gib": 3}})
    assert (spec.users, spec.log_retention_days, spec.demand.memory_gib) == ({"jobs": Access.READ_ONLY}, RetentionDays.DAYS_90, 3)


def test_an_asked_node_type_is_taken_with_as_many_shards_as_it_needs() -> None:
    spec = QueryCacheSpec.from_yaml({"node_type": "cache.m7g.large", "demand": {"memory_gib": 10}})
    assert (spec.layout("eu-west-1").node.name, spec.layout("eu-west-1").shards) == ("cache.m7g.large", 3)


def test_a_layout_for_several_regions_is_offered_in_all() -> None:
    assert QueryCacheSpec().layout("eu-west-1", "ap-east-1").node.name == "cache.r6g.large"
