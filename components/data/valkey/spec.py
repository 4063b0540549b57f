"""Knobs of the caches. The class says what a cache is for, and thereby whether it is durable or global: no cache can be both."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from components.base import Spec
from components.catalog import NotInCatalog
from components.catalog.cache_nodes import CacheNode, NodeFeature, cache_node, cache_nodes, offered_cache_nodes
from components.data.valkey.sizing import CacheDemand, Layout, layout
from components.data.valkey.users import Access
from components.log_group import RetentionDays


class EngineVersion(StrEnum):
    """Versions of Valkey that ElastiCache offers; patches are its own business."""

    V7_2 = "7.2"
    V8_0 = "8.0"
    V8_1 = "8.1"
    V8_2 = "8.2"
    V9_0 = "9.0"


@dataclass(frozen=True)
class Engine:
    """What follows from a version."""

    family: str
    """Family of parameter groups."""
    durable: bool
    """Whether it can have a Multi-AZ transaction log (ElastiCache user guide, Durability: limitations)."""


ENGINES: Mapping[EngineVersion, Engine] = {
    EngineVersion.V7_2: Engine("valkey7", durable=False),
    EngineVersion.V8_0: Engine("valkey8", durable=False),
    EngineVersion.V8_1: Engine("valkey8", durable=False),
    EngineVersion.V8_2: Engine("valkey8", durable=False),
    EngineVersion.V9_0: Engine("valkey9", durable=True),
}
"""Version -> what follows from it (ElastiCache user guide, engine specific parameters)."""


class Durability(StrEnum):
    """When a write counts as done (ElastiCache API, Durability)."""

    SYNC = "sync"
    """In the transaction log of two zones before the answer: no loss, milliseconds a write."""
    ASYNC = "async"
    """Soon after the answer: up to ten seconds of writes can be lost, microseconds a write."""


class Eviction(StrEnum):
    """What goes when memory is full (Valkey parameter `maxmemory-policy`)."""

    NOEVICTION = "noeviction"
    """Nothing: writes fail, and nobody is logged out."""
    VOLATILE_TTL = "volatile-ttl"
    """Keys that would expire soonest."""
    ALLKEYS_LFU = "allkeys-lfu"
    """Keys used least often: a scan cannot push hot keys out."""
    ALLKEYS_LRU = "allkeys-lru"
    """Keys not used for longest."""


UserName = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=20)]
"""Last part of a user id (ElastiCache API, UserId); lower case because ElastiCache stores it so."""
DailyWindow = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
"""`hh:mm-hh:mm`, UTC."""
WeeklyWindow = Annotated[str, Field(pattern=r"^([a-z]{3}):([01]\d|2[0-3]):[0-5]\d-([a-z]{3}):([01]\d|2[0-3]):[0-5]\d$")]
"""`ddd:hh:mm-ddd:hh:mm`, UTC (ElastiCache API, PreferredMaintenanceWindow)."""


class CacheSpec(Spec):
    """What every cache has."""

    purpose: ClassVar[str]
    """Short name of what it is for; last part of its physical id."""
    needs: ClassVar[frozenset[NodeFeature]] = frozenset()
    """What its nodes must be able to."""
    excluded: ClassVar[Mapping[str, str]] = {}
    """Knobs of the other kinds -> why this kind has none."""

    eviction: Eviction
    """What goes when memory is full."""
    engine_version: EngineVersion = EngineVersion.V9_0
    """Version of Valkey. It can be raised in place, never lowered."""
    demand: CacheDemand = CacheDemand()
    """What the cache must hold and do; node type and shards follow from it."""
    node_type: str | None = None
    """Node type, e.g. `cache.r7g.xlarge`, where the cheapest of the newest generation shall not be taken."""
    replicas: int = Field(default=2, ge=0, le=5)
    """Copies of each shard: two, so that with three zones each holds one; production needs at least one. Five is the service's limit."""
    users: Mapping[UserName, Access] = Field(default={"app": Access.READ_WRITE, "reader": Access.READ_ONLY}, min_length=1, max_length=100)
    """User -> what it may do; a hundred fit into a group (ElastiCache quotas)."""
    snapshot_retention_days: int = Field(default=7, ge=7, le=35)
    """Days that daily snapshots are kept; a week to notice a fault, 35 is the service's limit."""
    snapshot_window: DailyWindow = "02:00-03:00"
    """Hour of the daily snapshot, UTC; it should be the region's quiet one."""
    maintenance_window: WeeklyWindow = "sun:04:00-sun:05:00"
    """Hour of patches, UTC, an hour at least; after the snapshot, so that there is a fresh one."""
    restore_from: str | None = None
    """Snapshot that a new cache starts from, e.g. `meridian-eu-west-1-session-final`; it has no effect on one that exists."""
    log_retention_days: RetentionDays = RetentionDays.DAYS_30
    """Days that the slow and the engine log are kept."""

    @model_validator(mode="before")
    @classmethod
    def _is_one_kind(cls, values: Any) -> Any:
        for key, reason in cls.excluded.items():
            if isinstance(values, Mapping) and key in values:
                raise ValueError(f"{key}: {reason}")
        return values  # pyright: ignore[reportUnknownVariableType]  (raw YAML)

    @model_validator(mode="after")
    def _node_type_can(self) -> Self:
        if self.node_type is None:
            return self
        try:
            missing = self.needs.difference(cache_node(self.node_type).features)
        except NotInCatalog as error:
            raise ValueError(f"node_type: {error}") from error
        if missing:
            able = _families(node for node in cache_nodes().values() if self.needs.issubset(node.features))
            raise ValueError(f"node_type: {self.node_type} has no {', '.join(sorted(missing))}; families that have it: {able}")
        return self

    @property
    def transaction_log(self) -> Durability | None:
        """When writes are in the Multi-AZ transaction log; none for what can be computed again."""
        return None

    def layout(self, *regions: str) -> Layout:
        """Node type and shards, the same in all of the regions.

        Raises:
            ValueError: the node type is not offered in all of them, or nothing holds the demand.
        """
        offers = [offered_cache_nodes(region) for region in regions]
        able = [node for node in cache_nodes().values() if all(node in offer for offer in offers) and self.needs.issubset(node.features)]
        chosen = [node for node in able if (not node.burstable if self.node_type is None else node.name == self.node_type)]
        if self.node_type is not None and not chosen:
            raise ValueError(
                f"node_type: {self.node_type} is not offered in {', '.join(regions)}; families offered there: {_families(able)}"
            )
        return layout(self.demand, chosen, replicas=self.replicas, durable=self.transaction_log is not None)


def _families(nodes: Iterable[CacheNode]) -> str:
    return ", ".join(dict.fromkeys(node.family for node in nodes))


ONLY_SESSIONS = "only the session cache is durable; this one can be computed again: leave it out"
NOT_GLOBAL = (
    "a durable cache cannot be global (ElastiCache user guide, Durability: limitations): make a GlobalCache of the query cache instead"
)


class SessionCacheSpec(CacheSpec):
    """State of users that exists nowhere else: durable, full rather than forgetful, and therefore in one region."""

    purpose = "session"
    needs = frozenset({NodeFeature.DURABILITY})
    excluded: ClassVar[Mapping[str, str]] = {"primary": NOT_GLOBAL, "secondaries": NOT_GLOBAL, "global": NOT_GLOBAL}
    """What makes a cache global."""

    durability: Durability = Durability.SYNC
    """When a write counts as done: at once in two zones, since a lost session is a user logged out."""
    eviction: Eviction = Eviction.NOEVICTION
    """What goes when memory is full; nothing, or `volatile-ttl`."""
    replicas: int = Field(default=2, ge=1, le=5)
    """Copies of each shard; durability needs one at least."""

    @model_validator(mode="after")
    def _can_be_durable(self) -> Self:
        if not ENGINES[self.engine_version].durable:
            able = ", ".join(version for version, engine in ENGINES.items() if engine.durable)
            raise ValueError(f"engine_version: {self.engine_version} of Valkey has no durability; versions that have it: {able}")
        if self.eviction not in (allowed := (Eviction.NOEVICTION, Eviction.VOLATILE_TTL)):
            raise ValueError(f"eviction: {self.eviction} would drop sessions that are in use; allowed are {', '.join(allowed)}")
        return self

    @property
    def transaction_log(self) -> Durability:
        """When writes are in the transaction log."""
        return self.durability


class QueryCacheSpec(CacheSpec):
    """Results of queries."""

    purpose = "query"
    excluded: ClassVar[Mapping[str, str]] = {"durability": ONLY_SESSIONS}
    """What makes a cache durable."""

    eviction: Eviction = Eviction.ALLKEYS_LFU
    """What goes when memory is full: what is asked for least often."""


class ApplicationCacheSpec(CacheSpec):
    """Whatever application code keeps at hand."""

    purpose = "app"
    excluded: ClassVar[Mapping[str, str]] = {"durability": ONLY_SESSIONS}
    """What makes a cache durable."""

    eviction: Eviction = Eviction.ALLKEYS_LRU
    """What goes when memory is full: what was not used for longest."""
