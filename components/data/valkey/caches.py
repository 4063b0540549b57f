"""The caches of one region: which there are, what they are called, and what is wrong with them."""

from collections.abc import Iterator

from components.base import Spec
from components.data.valkey.spec import ApplicationCacheSpec, CacheSpec, QueryCacheSpec, SessionCacheSpec
from components.naming import Kind, physical_name


class CachesSpec(Spec):
    """The caches of one region; `null` leaves one out."""

    session: SessionCacheSpec | None = SessionCacheSpec()
    """State of users."""
    query: QueryCacheSpec | None = QueryCacheSpec()
    """Results of queries; leave it out where a GlobalCache holds them."""
    application: ApplicationCacheSpec | None = ApplicationCacheSpec()
    """What application code keeps at hand."""

    @property
    def made(self) -> tuple[CacheSpec, ...]:
        """Those that exist."""
        return tuple(cache for cache in (self.session, self.query, self.application) if cache is not None)


def replication_group_id(cluster_name: str, purpose: str) -> str:
    """Physical id of a cache. The region is part of a cluster's name: equal ids in two regions hang the destruction of a global datastore
    (hashicorp/terraform-provider-aws#38919).
    """
    return physical_name(Kind.CACHE, f"{cluster_name}-{purpose}")


def cache_faults(spec: CacheSpec, *, region: str, zones: int, production: bool) -> Iterator[str]:
    """One line for each reason why the cache cannot exist in the region, or not in production."""
    try:
        found = spec.layout(region)
    except ValueError as error:
        yield str(error)
    else:
        if production and found.node.burstable:
            yield f"node_type: {found.node.name} runs on CPU credits and stalls without: production takes the m, r and c families"
    if production and spec.replicas == 0:
        yield "replicas: 0 lose the cache with its node and forbid Multi-AZ: production needs 1 at least, 2 hold one in each of three zones"
    if spec.replicas > 0 and zones < 2:
        yield f"replicas: {spec.replicas} need a second zone for Multi-AZ, the network has {zones}: name two zones at least, or 0 replicas"
