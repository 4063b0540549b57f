"""ElastiCache node types as facts: what a node holds, what it costs, and which of the service's features its family has."""

import functools
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from components.catalog.loader import Fact, find, read, region


class NodeFeature(StrEnum):
    """What only some families can."""

    DURABILITY = "durability"
    """A Multi-AZ transaction log."""
    GLOBAL_DATASTORE = "global datastore"
    """Membership in a global datastore."""


class CacheNode(Fact):
    """A node type of ElastiCache for Valkey."""

    name: str
    """e.g. `cache.r7g.large`."""
    family: str
    """e.g. `r7g`."""
    vcpu: int
    """Virtual CPUs; one runs commands, the others network and background work."""
    maxmemory_bytes: int
    """Bytes for data before the reserve."""
    usd_per_hour: float
    """On-demand price in us-east-1, to compare types with."""
    features: frozenset[NodeFeature]
    """What the family can."""
    regions: tuple[str, ...]
    """Regions where the family is offered for Valkey."""

    @property
    def generation(self) -> int:
        """Number in the family's name."""
        return int("".join(filter(str.isdigit, self.family)))

    @property
    def burstable(self) -> bool:
        """Whether its CPU runs on credits."""
        return self.family.startswith("t")


@functools.cache
def cache_nodes() -> Mapping[str, CacheNode]:
    """All node types, by name; newest families first."""
    rows = {
        name: CacheNode(
            name=name,
            family=family,
            features=frozenset(map(NodeFeature, facts["features"])),
            regions=tuple(facts["regions"]),
            **row,
        )
        for family, facts in read("cache_nodes")["families"].items()
        for name, row in facts["node_types"].items()
    }
    return MappingProxyType(rows)


def cache_node(name: str) -> CacheNode:
    """The node type of that name; raises NotInCatalog."""
    return find("cache node type", name, cache_nodes())


def offered_cache_nodes(region_name: str) -> tuple[CacheNode, ...]:
    """Node types offered in the region; raises NotInCatalog for a region it does not know."""
    known = region(region_name).name
    return tuple(node for node in cache_nodes().values() if known in node.regions)
