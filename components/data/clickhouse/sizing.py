"""How many shards and how much disk a workload needs.

Figures: Altinity knowledge base, hardware requirements (cold bytes multiply by replicas, as zero-copy replication is not ready for
production), and ClickHouse documentation, performance (50 to 200 MB/s of inserts a server).
"""

import math
from dataclasses import dataclass

COMPRESSION = 5.0
"""Bytes of a row as sent per byte on disk. Logs and events reach 5 to 10; the lower bound, so that estimates err to the safe side."""
FILL = 0.7
"""Share of a volume that may be full: a merge writes its result before it drops what it merged."""
LARGEST_VOLUME_GIB = 4096
"""Of a pod: a lost replica fetches its volume again over the network, and more than 4 TiB take longer than a working day."""
CACHE_SHARE = 0.15
"""Of the hot bytes, for what was last read from S3."""
INSERT_BYTES_PER_SECOND = 50_000_000
"""Of rows as sent, that one shard takes in."""
PEAK = 3.0
"""Busiest second over the average of the day."""
SECONDS_PER_DAY = 86_400
"""Of a day."""
GIB = 1024**3
"""Bytes."""


@dataclass(frozen=True, kw_only=True)
class AnalyticsLoad:
    """What is written and how long it is kept."""

    rows_per_day: int
    """Rows a day."""
    bytes_per_row: int
    """Bytes of a row as sent, not compressed."""
    hot_days: int
    """Days on EBS."""
    keep_days: int
    """Days until deletion."""
    compression: float = COMPRESSION
    """Bytes as sent per byte on disk."""


@dataclass(frozen=True, kw_only=True)
class AnalyticsSize:
    """What it needs; the first three are knobs of ClickHouseSpec."""

    shards: int
    """Parts to split the rows over."""
    hot_gib: int
    """EBS volume of each pod in GiB."""
    cache_gib: int
    """Cache volume of each pod in GiB."""
    cold_gib: int
    """GiB in S3, all replicas counted."""


def size(load: AnalyticsLoad, *, replicas: int, largest_volume_gib: int = LARGEST_VOLUME_GIB) -> AnalyticsSize:
    """Fewest shards that take in the busiest second and hold the hot days, and their disks.

    Raises:
        ValueError: rows leave EBS only after they are deleted.
    """
    if load.hot_days > load.keep_days:
        raise ValueError(f"hot_days: {load.hot_days}: rows are deleted after keep_days: {load.keep_days}: at most that")
    daily = load.rows_per_day * load.bytes_per_row
    stored = daily / load.compression / GIB
    hot = stored * load.hot_days
    by_disk = hot / FILL / largest_volume_gib
    by_inserts = daily * PEAK / SECONDS_PER_DAY / INSERT_BYTES_PER_SECOND
    shards = max(1, math.ceil(by_disk), math.ceil(by_inserts))
    return AnalyticsSize(
        shards=shards,
        hot_gib=max(100, math.ceil(hot / FILL / shards)),
        cache_gib=max(10, math.ceil(hot * CACHE_SHARE / shards)),
        cold_gib=math.ceil(stored * (load.keep_days - load.hot_days)) * replicas,
    )


def nodes_per_zone(shards: int) -> int:
    """Nodes that each zone's group must be able to reach: one a shard, as no two ClickHouse pods share one, and one for Keeper."""
    return shards + 1


def backups_kept(retention_days: int, rpo_minutes: int) -> int:
    """Backups in the bucket when all that are younger than `retention_days` are there, increments and one full one a day."""
    return math.ceil(retention_days * 24 * 60 / rpo_minutes) + retention_days
