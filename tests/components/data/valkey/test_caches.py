"""The caches of a region: the three of the documents, production's rules, physical ids."""

import pytest

from components import catalog
from components.data.valkey.caches import CachesSpec, cache_faults, replication_group_id
from components.data.valkey.spec import ApplicationCacheSpec, CacheSpec, Durability, Eviction, QueryCacheSpec, SessionCacheSpec

KINDS = (SessionCacheSpec, QueryCacheSpec, ApplicationCacheSpec)
ZONES = 3


def test_the_three_caches_of_the_documents() -> None:
    caches = CachesSpec()
    assert [cache.purpose for cache in caches.made] == ["session", "query", "app"]
    assert [cache.eviction for cache in caches.made] == [Eviction.NOEVICTION, Eviction.ALLKEYS_LFU, Eviction.ALLKEYS_LRU]
    assert [cache.transaction_log for cache in caches.made] == [Durability.SYNC, None, None]


def test_a_cache_is_left_out_by_null() -> None:
    assert [cache.purpose for cache in CachesSpec.from_yaml({"query": None, "application": {"replicas": 1}}).made] == ["session", "app"]


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_production_grade_in_every_region(kind: type[CacheSpec]) -> None:
    spec = kind.from_yaml({})
    assert spec.snapshot_retention_days >= 7
    for region in catalog.regions():
        assert list(cache_faults(spec, region=region, zones=ZONES, production=True)) == []
        assert spec.layout(region).nodes == 3


def test_an_asked_node_type_must_be_offered_in_the_region() -> None:
    faults = list(
        cache_faults(QueryCacheSpec.from_yaml({"node_type": "cache.r7g.large"}), region="ap-east-1", zones=ZONES, production=True)
    )
    assert faults == ["node_type: cache.r7g.large is not offered in ap-east-1; families offered there: m6g, r6g, t4g"]


def test_production_refuses_a_dev_profile_that_others_may_have() -> None:
    dev = QueryCacheSpec.from_yaml({"replicas": 0, "node_type": "cache.t4g.small", "demand": {"memory_gib": 0.5}})
    assert list(cache_faults(dev, region="eu-west-1", zones=1, production=False)) == []
    cpu, alone = cache_faults(dev, region="eu-west-1", zones=ZONES, production=True)
    assert cpu.startswith("node_type: cache.t4g.small runs on CPU credits")
    assert alone.startswith("replicas: 0 lose the cache with its node")


def test_replicas_need_a_second_zone() -> None:
    (said,) = cache_faults(QueryCacheSpec(), region="eu-west-1", zones=1, production=False)
    assert said.startswith("replicas: 2 need a second zone")


def test_a_demand_that_nothing_holds_is_a_fault() -> None:
    (said,) = cache_faults(QueryCacheSpec.from_yaml({"demand": {"memory_gib": 40000}}), region="eu-west-1", zones=ZONES, production=True)
    assert "a cluster has at most 90" in said


def test_physical_ids() -> None:
    """1 to 40 letters, digits and single hyphens, the first a letter (ElastiCache API, CreateReplicationGroup)."""
    assert replication_group_id("meridian-staging-ap-northeast-1", "session") == "meridian-staging-ap-northeast-1-session"
    with pytest.raises(ValueError, match="has 41 characters, at most 40 are allowed"):
        replication_group_id("meridian-development-ap-northeast-1", "query")
    for wrong in ("1-meridian", "meridian--eu", "Meridian", "meridian_eu"):
        with pytest.raises(ValueError, match=f"ElastiCache replication group name '{wrong}-app' must match"):
            replication_group_id(wrong, "app")
