"""Shards and disks of a workload, by hand-made examples and by what must hold for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.clickhouse.sizing import GIB, AnalyticsLoad, backups_kept, nodes_per_zone, size


def load(rows: int, *, row_bytes: int = 500, hot: int = 14, keep: int = 90) -> AnalyticsLoad:
    return AnalyticsLoad(rows_per_day=rows, bytes_per_row=row_bytes, hot_days=hot, keep_days=keep)


def test_a_billion_rows_a_day() -> None:
    # 1e9 rows x 500 B = 500 GB; / 5 = 93.13 GiB a day; 14 days = 1303.9 GiB; / 0.7 = 1862.6 GiB of one 4 TiB volume
    found = size(load(10**9), replicas=3)
    assert (found.shards, found.hot_gib, found.cache_gib) == (1, 1863, 196)
    assert found.cold_gib == 7079 * 3  # 93.132 GiB x 76 days = 7078.03, up


def test_disk_asks_for_shards() -> None:
    assert size(load(10**9, hot=60), replicas=2).shards == 2  # 7983 GiB with free space, of 4096


def test_inserts_ask_for_shards() -> None:
    # 10 TB a day = 115.7 MB/s, three times that at the peak, of 50 MB/s
    assert size(load(10**10, row_bytes=1000, hot=1, keep=2), replicas=2).shards == 7


def test_small_loads_get_a_useful_floor() -> None:
    found = size(load(1000), replicas=2)
    assert (found.shards, found.hot_gib, found.cache_gib) == (1, 100, 10)


def test_rows_cannot_leave_after_they_are_gone() -> None:
    with pytest.raises(ValueError, match="hot_days: 100: rows are deleted after keep_days: 90"):
        size(load(1, hot=100), replicas=2)


@given(rows=st.integers(1, 10**12), row_bytes=st.integers(1, 10_000), hot=st.integers(1, 400), replicas=st.integers(1, 6))
def test_the_hot_days_fit_with_room_for_merges_on_no_volume_too_large(rows: int, row_bytes: int, hot: int, replicas: int) -> None:
    found = size(load(rows, row_bytes=row_bytes, hot=hot, keep=400), replicas=replicas)
    assert found.shards * found.hot_gib * 0.7 * GIB >= rows * row_bytes / 5 * hot * 0.999
    assert found.hot_gib <= 4096


def test_nodes_of_a_zone_hold_one_replica_of_each_shard_and_keeper() -> None:
    assert nodes_per_zone(2) == 3


def test_backups_kept_cover_the_retention() -> None:
    assert backups_kept(35, 60) == 35 * 24 + 35
    assert backups_kept(7, 1440) == 14
