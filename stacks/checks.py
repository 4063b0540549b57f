"""Rules over a whole stack file: what needs more than one Spec, the catalogue by region, or the other stack files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network

from components import catalog
from components.cluster.eks import overlap_faults, support_faults
from components.cluster.gpu_pool_spec import gpu_faults
from components.cluster.gpu_runtime import cluster_runtime
from components.cluster.karpenter import karpenter_faults
from components.cluster.managed_group import offer_faults
from components.data.backup import backup_faults
from components.data.clickhouse.backup import rpo_faults
from components.data.clickhouse.spec import clickhouse_faults, cold_tier_faults, node_faults
from components.data.placement import data_node_faults
from components.data.tidb.backup import log_faults
from components.data.tidb.spec import tidb_faults
from components.data.valkey.caches import cache_faults
from components.network.address_plan import REGIONS, AddressPlan, ZoneId
from stacks.faults import Fault
from stacks.spec import KEY, SYSTEM, Environment, RegionSpec

PRODUCTION_ZONES = 3
"""One zone can fail and two still hold a quorum."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a spec is judged against besides itself."""

    today: date
    """The day of judgement."""
    neighbours: Mapping[str, tuple[int, str | None]]
    """Other stack -> its index and its custom CIDR, if it has one."""


Check = Callable[[RegionSpec, Surroundings], Iterator[Fault]]


def next_index(neighbours: Mapping[str, tuple[int, str | None]]) -> int:
    """The smallest index that no stack file has."""
    taken = {index for index, _ in neighbours.values()}
    return next(index for index in range(REGIONS + 1) if index not in taken)


def _region(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    if spec.region not in catalog.regions():
        known = ", ".join(sorted(catalog.regions()))
        yield Fault(
            f"{KEY}.region", spec.region, f"not in the catalogue; known are {known}; another one needs its rows in components/catalog"
        )


def _known_zones(spec: RegionSpec, zones: Iterable[ZoneId]) -> list[str]:
    """Those of the zones that exist; what hangs on the others is not judged, they are a fault of their own."""
    region = catalog.regions().get(spec.region)
    return [zone for zone in zones if region and zone in region.zones]


def _zones(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    region, path = catalog.regions().get(spec.region), f"{KEY}.network.zones"
    if region is None:
        return
    usable = f"zones EKS supports in {region.name} are {', '.join(region.eks_zones)}"
    for zone in spec.network.zones:
        if zone in region.eks_unsupported_zones:
            yield Fault(path, zone, f"EKS puts no control plane there (EKS user guide, network requirements); {usable}")
        elif zone not in region.zones:
            yield Fault(path, zone, f"no zone of {region.name}; {usable}")
    if spec.environment is Environment.PRODUCTION and len(spec.network.zones) < PRODUCTION_ZONES:
        yield Fault(path, ", ".join(spec.network.zones), f"production needs at least {PRODUCTION_ZONES} zones; {usable}")


def _index(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    for stack, (index, _) in surroundings.neighbours.items():
        if index == spec.index:
            free = next_index(surroundings.neighbours)
            yield Fault(f"{KEY}.index", str(index), f"taken by Pulumi.{stack}.yaml; the next free one is {free}")


def _addresses(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    try:
        own = AddressPlan.of(spec.index, (), spec.network.cidr_block).primary
    except ValueError as error:
        yield Fault(f"{KEY}.network.cidr_block", str(spec.network.cidr_block), str(error))
        return
    for stack, (_, cidr_block) in surroundings.neighbours.items():
        if cidr_block is not None and own.overlaps(IPv4Network(cidr_block, strict=False)):
            yield Fault(f"{KEY}.network.cidr_block", str(own), f"overlaps {cidr_block} of Pulumi.{stack}.yaml; choose another block")


def _services(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    try:
        plan = AddressPlan.of(spec.index, (), spec.network.cidr_block)
    except ValueError:
        return  # a fault of its own
    for fault in overlap_faults(spec.cluster.service_cidr, map(str, (plan.primary, *plan.pods))):
        yield _of_component("cluster", fault, spec.cluster.service_cidr)


def _support(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    for fault in support_faults(spec.cluster.version, surroundings.today):
        yield _of_component("cluster", fault, spec.cluster.version)


def _node_groups(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    if SYSTEM not in spec.node_groups:
        there = ", ".join(sorted(spec.node_groups)) or "none"
        yield Fault(
            f"{KEY}.node_groups", there, f"a group named '{SYSTEM}' is needed: cluster add-ons and Karpenter's controller run on it"
        )
    for name, group in spec.node_groups.items():
        for fault in offer_faults(group.instance_types, spec.region, _known_zones(spec, spec.group_zones(group))):
            yield _of_component(f"node_groups.{name}", fault, ", ".join(group.instance_types))


def _gpu_pools(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    for name, pool in spec.gpu_pools.items():
        zones = _known_zones(spec, spec.group_zones(pool))
        for fault in gpu_faults(pool, spec.region, zones) if zones else ():
            yield _of_component(f"gpu_pools.{name}", fault, pool.accelerator)
    try:
        cluster_runtime((pool.runtime for pool in spec.gpu_pools.values()), elastic=spec.karpenter.starts_gpus)
    except ValueError as error:
        yield _of_component("gpu_pools", str(error), ", ".join(sorted({pool.runtime for pool in spec.gpu_pools.values()})))


def _karpenter(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    zones = _known_zones(spec, spec.network.zones)
    for fault in karpenter_faults(spec.karpenter, spec.region, zones) if zones else ():
        yield _of_component("karpenter", fault, spec.region)


def _data(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    """What the stores' own parts say of each other, of the zones and of production."""
    data, region = spec.data, catalog.regions().get(spec.region)
    if data is None or region is None:
        return
    zones = region.eks_zones if any(_zones(spec, _)) else spec.network.zones  # wrong zones are a fault of their own
    production = spec.environment is Environment.PRODUCTION
    yield from _each("data.backup", spec.region, backup_faults(data.backup, spec.tags.data_class, spec.region))
    if data.tidb or data.clickhouse:
        yield from _each("data.pool", spec.region, offer_faults(data.pool.instance_types, spec.region, zones))
        yield from _each("data.pool", spec.region, data_node_faults(data.pool.node_group(), zones) if production else ())
    if (tidb := data.tidb) is not None:
        found = tidb_faults(tidb, zones=len(zones), kubernetes=spec.cluster.version, production=production)
        yield from _each("data.tidb", tidb.name, found)
        yield from _each("data.bucket", tidb.name, log_faults(tidb.name, data.bucket.tiered_prefixes))
    if (clickhouse := data.clickhouse) is not None:
        yield from _each("data.clickhouse", clickhouse.cluster_name, clickhouse_faults(clickhouse, zones, production=production))
        yield from _each("data.bucket", clickhouse.cluster_name, cold_tier_faults(data.bucket))
        yield from _each("data.clickhouse_backup", clickhouse.cluster_name, rpo_faults(data.clickhouse_backup.rpo_minutes))
        yield from _each("data.pool", clickhouse.cluster_name, node_faults(clickhouse, data.pool.nodes_per_zone))
    for cache in data.caches.made if data.caches else ():
        found = cache_faults(cache, region=spec.region, zones=len(zones), production=production)
        yield from _each(f"data.caches.{cache.purpose}", cache.purpose, found)


def _each(path: str, value: str, faults: Iterable[str]) -> Iterator[Fault]:
    return (_of_component(path, fault, value) for fault in faults)


def _of_component(path: str, fault: str, value: str) -> Fault:
    """A component's own fault reads `knob: what is allowed`."""
    knob, _, allowed = fault.partition(": ")
    return Fault(f"{KEY}.{path}.{knob}", value, allowed)


CHECKS: tuple[Check, ...] = (_region, _zones, _index, _addresses, _services, _support, _node_groups, _gpu_pools, _karpenter, _data)
