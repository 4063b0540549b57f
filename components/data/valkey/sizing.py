"""How many shards of which node type a cache needs: from bytes, operations and writes to a layout, by tables."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field

from components.base import Spec
from components.catalog.cache_nodes import CacheNode

RESERVED_PERCENT = 25
"""Percent of `maxmemory` kept for snapshots and failover: default and advice (ElastiCache user guide, managing reserved memory)."""
FULL_PERCENT = 80
"""Percent of the rest that data may take: from there on the memory alarm sounds, and growth has time to be answered."""
DURABLE_WRITE_MIB_PER_SECOND = 100
"""MiB/s that a primary with a transaction log takes (ElastiCache user guide, Durability: limitations)."""
MOST_NODES = 90
"""Nodes of one cluster; the service's default quota, which AWS raises to 500 on request (ElastiCache quotas)."""
OPERATIONS_PER_PRIMARY: Mapping[int, int] = {2: 50_000, 4: 100_000, 8: 200_000}
"""vCPUs -> operations per second planned for one primary. One thread runs commands, so more vCPUs than I/O threads can use add nothing.
Planning figures of ours, about a third of what AWS measured for Valkey 8 with TLS off; measure your own and ask for what you need."""
WORTH = 1.1
"""Up to a tenth dearer, fewer and larger nodes are worth it: each is one more to patch, watch and fail."""
GIB, MIB = 2**30, 2**20


class CacheDemand(Spec):
    """What a cache must hold and do, without replicas and reserves."""

    memory_gib: float = Field(default=5.0, gt=0, le=40_000)
    """GiB of keys and values with their overhead; five fit in the smallest node that is not burstable and not short of memory."""
    operations_per_second: int = Field(default=20_000, gt=0, le=100_000_000)
    """Commands per second at the peak, reads and writes."""
    write_mib_per_second: float = Field(default=10.0, ge=0, le=10_000)
    """MiB written per second at the peak; it counts for durable caches only."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Shards of one node type."""

    node: CacheNode
    """Type of every node."""
    shards: int
    """Primaries, each with an equal part of the 16,384 slots."""
    replicas: int
    """Copies of each primary."""

    @property
    def nodes(self) -> int:
        """All nodes of the cluster."""
        return self.shards * (1 + self.replicas)

    @property
    def usd_per_hour(self) -> float:
        """On-demand price in us-east-1, to compare layouts with."""
        return self.nodes * self.node.usd_per_hour

    def members(self, replication_group_id: str) -> Mapping[str, tuple[str, ...]]:
        """Shard -> ids of its nodes, as ElastiCache gives them: `<group>-<shard>-<node>`."""
        return {
            f"{shard:04}": tuple(f"{replication_group_id}-{shard:04}-{node:03}" for node in range(1, self.replicas + 2))
            for shard in range(1, self.shards + 1)
        }


def usable_bytes(node: CacheNode) -> int:
    """Bytes of data that one node is planned with."""
    return node.maxmemory_bytes * (100 - RESERVED_PERCENT) * FULL_PERCENT // 10_000


def operations(node: CacheNode) -> int:
    """Operations per second that one primary is planned with."""
    return OPERATIONS_PER_PRIMARY[min(node.vcpu, max(OPERATIONS_PER_PRIMARY))]


def shards(demand: CacheDemand, node: CacheNode, *, durable: bool) -> int:
    """Shards of that type that hold the demand."""
    return max(
        math.ceil(demand.memory_gib * GIB / usable_bytes(node)),
        math.ceil(demand.operations_per_second / operations(node)),
        math.ceil(demand.write_mib_per_second / DURABLE_WRITE_MIB_PER_SECOND) if durable else 1,
    )


def layout(demand: CacheDemand, nodes: Iterable[CacheNode], *, replicas: int, durable: bool) -> Layout:
    """Of the layouts in the newest generation among `nodes` that hold the demand and cost about the least, the one with the fewest shards.

    Raises:
        ValueError: none does within the quota.
    """
    known = tuple(nodes)
    newest = max((node.generation for node in known), default=0)
    every = [
        Layout(node=node, shards=shards(demand, node, durable=durable), replicas=replicas) for node in known if node.generation == newest
    ]
    if fitting := [found for found in every if found.nodes <= MOST_NODES]:
        least = min(found.usd_per_hour for found in fitting)
        near = (found for found in fitting if found.usd_per_hour <= least * WORTH)
        return min(near, key=lambda found: (found.shards, found.usd_per_hour, found.node.name))
    needed = f"{min(found.nodes for found in every)} nodes at least" if every else "a node type, of which there is none"
    raise ValueError(
        f"{demand.memory_gib:g} GiB, {demand.operations_per_second} operations/s and {demand.write_mib_per_second:g} MiB/s of writes with "
        f"{replicas} replicas need {needed}; a cluster has at most {MOST_NODES}: split the cache, or choose a larger node_type"
    )
