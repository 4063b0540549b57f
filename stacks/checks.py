"""Rules over a whole stack file: what needs more than one Spec, the catalogue by region, or the other stack files."""

from collections.abc import Iterable, Iterator

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
from components.data.tidb.restore import drill_faults
from components.data.tidb.spec import tidb_faults
from components.data.valkey.caches import cache_faults
from components.network.address_plan import AddressPlan, ZoneId
from components.tags import DataClass
from stacks.faults import Fault
from stacks.fleet_checks import FLEET_CHECKS, Check, Surroundings
from stacks.profile import Environment, profile_faults
from stacks.spec import KEY, SYSTEM, RegionSpec

HEALTH = "HIPAA"
"""Regime of health data in the United States (45 CFR 164.308(b): by an agreement with whoever holds it)."""
PRODUCTION_ZONES = 3
"""One zone can fail and two still hold a quorum."""


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
    if data.tidb_drill is not None:
        yield from _each("data.tidb_drill", data.tidb_drill.name, drill_faults(data.tidb_drill, data.tidb))
    if (clickhouse := data.clickhouse) is not None:
        yield from _each("data.clickhouse", clickhouse.cluster_name, clickhouse_faults(clickhouse, zones, production=production))
        yield from _each("data.bucket", clickhouse.cluster_name, cold_tier_faults(data.bucket))
        yield from _each("data.clickhouse_backup", clickhouse.cluster_name, rpo_faults(data.clickhouse_backup.rpo_minutes))
        yield from _each("data.pool", clickhouse.cluster_name, node_faults(clickhouse, data.pool.nodes_per_zone))
    for cache in data.caches.made if data.caches else ():
        found = cache_faults(cache, region=spec.region, zones=len(zones), production=production)
        yield from _each(f"data.caches.{cache.purpose}", cache.purpose, found)


def _profile(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    for fault in profile_faults(spec.profile, spec.stores):
        knob, _colon, allowed = fault.partition(": ")
        yield Fault(f"{KEY}.{knob}", spec.profile, allowed)


def _regimes(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    """What a region's data is under is the law of the place; health data of the United States also needs the agreement with AWS."""
    region, path = catalog.regions().get(spec.region), f"{KEY}.regimes"
    if region is None:
        return
    here, everywhere = catalog.jurisdiction(region.jurisdiction).laws, {law for row in catalog.jurisdictions().values() for law in row.laws}
    laws = catalog.laws(region.name)
    for regime in (regime for regime in spec.regimes if regime not in laws):
        elsewhere = f"no law of {region.jurisdiction}" if regime in everywhere else "unknown to components/catalog/residency.yaml"
        what = f"holds elsewhere in {region.jurisdiction}, by residency.yaml" if regime in here else elsewhere
        yield Fault(path, regime, f"{what}; those of {spec.region} are {', '.join(laws)}")
    if HEALTH in here and HEALTH not in spec.regimes and spec.tags.data_class is DataClass.SENSITIVE:
        yield Fault(f"{KEY}.tags.data_class", spec.tags.data_class, f"needs {HEALTH} among `regimes`, or a region that is under it")


def _each(path: str, value: str, faults: Iterable[str]) -> Iterator[Fault]:
    return (_of_component(path, fault, value) for fault in faults)


def _of_component(path: str, fault: str, value: str) -> Fault:
    """A component's own fault reads `knob: what is allowed`."""
    knob, _, allowed = fault.partition(": ")
    return Fault(f"{KEY}.{path}.{knob}", value, allowed)


CHECKS: tuple[Check, ...] = (
    _region,
    _zones,
    _services,
    _support,
    _node_groups,
    _gpu_pools,
    _karpenter,
    _data,
    _profile,
    _regimes,
    *FLEET_CHECKS,
)
