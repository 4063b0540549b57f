"""Layouts: memory, operations and writes each bind in their turn; the cheapest is taken; the quota holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.cache_nodes import cache_node, cache_nodes, offered_cache_nodes
from components.data.valkey.sizing import GIB, MOST_NODES, CacheDemand, Layout, layout, operations, shards, usable_bytes

IRELAND = tuple(node for node in offered_cache_nodes("eu-west-1") if not node.burstable)


def demand(memory_gib: float = 1.0, operations_per_second: int = 1, write_mib_per_second: float = 0.0) -> CacheDemand:
    return CacheDemand(memory_gib=memory_gib, operations_per_second=operations_per_second, write_mib_per_second=write_mib_per_second)


def test_a_node_holds_three_quarters_of_its_memory_filled_to_four_fifths() -> None:
    """13.07 GiB of cache.r7g.large x 0.75 x 0.8."""
    assert usable_bytes(cache_node("cache.r7g.large")) / GIB == pytest.approx(13.07 * 0.75 * 0.8, abs=0.01)


@pytest.mark.parametrize(
    ("memory_gib", "per_second", "written", "durable", "wanted"),
    [
        (7.8, 1, 0.0, False, 1),
        (7.9, 1, 0.0, False, 2),
        (1.0, 50_000, 0.0, False, 1),
        (1.0, 50_001, 0.0, False, 2),
        (1.0, 1, 100.0, True, 1),
        (1.0, 1, 250.0, True, 3),
        (1.0, 1, 250.0, False, 1),
        (30.0, 60_000, 500.0, True, 5),
    ],
)
def test_the_scarcest_of_the_three_counts(memory_gib: float, per_second: int, written: float, *, durable: bool, wanted: int) -> None:
    """100 MiB/s per primary is the limit of a transaction log (ElastiCache user guide, Durability: limitations)."""
    assert shards(demand(memory_gib, per_second, written), cache_node("cache.r7g.large"), durable=durable) == wanted


def test_more_cores_than_engine_threads_add_no_operations() -> None:
    assert (
        operations(cache_node("cache.r7g.16xlarge"))
        == operations(cache_node("cache.r7g.2xlarge"))
        > operations(cache_node("cache.r7g.large"))
    )


@pytest.mark.parametrize(
    ("memory_gib", "wanted"), [(1.0, ("cache.m7g.large", 1)), (5.0, ("cache.r7g.large", 1)), (100.0, ("cache.r7g.xlarge", 7))]
)
def test_few_cheap_nodes_of_the_newest_generation_are_taken(memory_gib: float, wanted: tuple[str, int]) -> None:
    found = layout(demand(memory_gib), IRELAND, replicas=2, durable=False)
    assert (found.node.name, found.shards) == wanted


def test_an_older_generation_serves_where_there_is_no_newer() -> None:
    hong_kong = [node for node in offered_cache_nodes("ap-east-1") if not node.burstable]
    assert layout(demand(5.0), hong_kong, replicas=1, durable=True).node.name == "cache.r6g.large"


def test_what_exceeds_the_quota_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"30000 GiB, 1 operations/s and 0 MiB/s of writes with 2 replicas need \d+ nodes at least; .* at most 90"
    ):
        layout(demand(30_000), IRELAND, replicas=2, durable=False)
    with pytest.raises(ValueError, match="a node type, of which there is none"):
        layout(demand(), (), replicas=2, durable=False)


@given(
    memory_gib=st.floats(0.1, 2_000),
    per_second=st.integers(1, 2_000_000),
    written=st.floats(0, 1_000),
    replicas=st.integers(0, 5),
    durable=st.booleans(),
)
def test_every_layout_holds_its_demand_and_none_is_a_tenth_cheaper(
    memory_gib: float, per_second: int, written: float, replicas: int, *, durable: bool
) -> None:
    asked = demand(memory_gib, per_second, written)
    try:
        found = layout(asked, IRELAND, replicas=replicas, durable=durable)
    except ValueError:
        return
    assert found.shards * usable_bytes(found.node) >= memory_gib * GIB
    assert found.shards * operations(found.node) >= per_second
    assert not durable or found.shards * 100 >= written
    assert found.nodes <= MOST_NODES
    for node in cache_nodes().values():
        if node.family in {"m7g", "r7g", "c7gn"}:
            other = Layout(node=node, shards=shards(asked, node, durable=durable), replicas=replicas)
            assert other.nodes > MOST_NODES or other.usd_per_hour * 1.1 >= found.usd_per_hour * 0.999999


def test_members_are_named_as_elasticache_names_them() -> None:
    members = Layout(node=cache_node("cache.r7g.large"), shards=2, replicas=1).members("meridian-x-query")
    assert members == {
        "0001": ("meridian-x-query-0001-001", "meridian-x-query-0001-002"),
        "0002": ("meridian-x-query-0002-001", "meridian-x-query-0002-002"),
    }
