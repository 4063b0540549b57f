"""What a stack file may say: the components' own Specs, nested, and the rules that need more than one of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any

import pulumi
import yaml
from pydantic import Field, ValidationError

from components import catalog
from components.base import Spec
from components.cluster.addons import ClusterAddonsSpec, NodeAddonsSpec
from components.cluster.eks import EksClusterSpec, support_faults
from components.cluster.gpu_pool_spec import GpuPoolSpec, gpu_faults
from components.cluster.gpu_runtime import cluster_runtime
from components.cluster.karpenter import KarpenterSpec, karpenter_faults
from components.cluster.managed_group import offer_faults
from components.cluster.node_group import NodeGroupSpec
from components.network.address_plan import REGIONS, AddressPlan
from components.network.flow_logs import FlowLogsSpec
from components.network.vpc import NetworkSpec
from components.tags import TagSpec
from stacks.faults import Fault, WrongStackFile, of_validation

KEY = "meridian:region"
"""Configuration key under which a region's spec stands."""
SYSTEM = "system"
"""Name of the node group that cluster add-ons and controllers run on; every region has it."""
PRODUCTION_ZONES = 3
"""One zone can fail and two still hold a quorum."""


class Environment(StrEnum):
    """What a stack is for."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class RegionSpec(Spec):
    """One region. Defaults are production-grade; a stack file says what differs."""

    region: str
    """AWS region code, e.g. `eu-west-1`."""
    index: int = Field(ge=0)
    """Number of the region, unique among all stack files. Every derived number (CIDR, ASN, mesh id) follows from it, so it never changes."""
    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    """The only AWS account the stack may touch."""
    environment: Environment = Environment.PRODUCTION
    """What the stack is for."""
    tags: TagSpec
    """Who owns it, who pays, which data it may hold."""
    network: NetworkSpec
    """Zones, address ranges, egress."""
    flow_logs: FlowLogsSpec = FlowLogsSpec()
    """Record of the network's traffic."""
    cluster: EksClusterSpec
    """The EKS control plane and who may use it."""
    node_addons: NodeAddonsSpec = NodeAddonsSpec()
    """EKS add-ons that nodes need before they are ready."""
    cluster_addons: ClusterAddonsSpec = ClusterAddonsSpec()
    """EKS add-ons that run on nodes."""
    node_groups: Mapping[str, NodeGroupSpec]
    """Managed node groups by name; `system` is required."""
    gpu_pools: Mapping[str, GpuPoolSpec] = Field(default_factory=dict[str, GpuPoolSpec])
    """Pools of GPU nodes by name."""
    karpenter: KarpenterSpec = KarpenterSpec()
    """Nodes on demand, for everything without a group of its own."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a spec is judged against besides itself."""

    today: date
    """The day of judgement."""
    neighbours: Mapping[str, tuple[int, str | None]]
    """Other stack -> its index and its custom CIDR, if it has one."""

    @classmethod
    def today_of(cls, neighbours: Mapping[str, tuple[int, str | None]]) -> "Surroundings":
        """These neighbours, judged today."""
        return cls(today=date.today(), neighbours=neighbours)


Check = Callable[[RegionSpec, Surroundings], Iterator[Fault]]


def load(stack: str, values: Mapping[str, Any], surroundings: Surroundings) -> RegionSpec:
    """The spec that `values` spell.

    Raises:
        WrongStackFile: all faults at once: what the models refuse, and what the rules across them refuse in the rest.
    """
    file = f"Pulumi.{stack}.yaml"
    try:
        spec = RegionSpec.from_yaml(values)
    except ValidationError as error:
        faults = of_validation(error, RegionSpec, KEY)
        raise WrongStackFile(file, [*faults, *_faults_of_rest(values, error, surroundings)]) from None
    if faults := list(_across(spec, surroundings)):
        raise WrongStackFile(file, faults)
    return spec


def read() -> RegionSpec:
    """The spec of the stack that Pulumi runs."""
    stack = pulumi.get_stack()
    return load(stack, pulumi.Config("meridian").require_object("region"), Surroundings.today_of(neighbours(stack)))


def neighbours(stack: str, directory: Path = Path(__file__).parent) -> dict[str, tuple[int, str | None]]:
    """Index and custom CIDR of every other region's stack file. What does not parse there is that file's own fault, told when it is used."""
    found: dict[str, tuple[int, str | None]] = {}
    for path in sorted(directory.glob("Pulumi.*.yaml")):
        name = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        region = _region_in(path) if name != stack else {}
        if isinstance(index := region.get("index"), int):
            found[name] = (index, (region.get("network") or {}).get("cidr_block"))
    return found


def next_index(neighbours: Mapping[str, tuple[int, str | None]]) -> int:
    """The smallest index that no stack file has."""
    taken = {index for index, _ in neighbours.values()}
    return next(index for index in range(REGIONS + 1) if index not in taken)


def _region_in(path: Path) -> Mapping[str, Any]:
    try:
        return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)["config"][KEY] or {}
    except (yaml.YAMLError, KeyError, TypeError):
        return {}


def _faults_of_rest(values: Mapping[str, Any], error: ValidationError, surroundings: Surroundings) -> Iterator[Fault]:
    """Faults across the models once what they refused is left out and their defaults hold; none where too little is left."""
    rest = json.loads(json.dumps(values))
    for found in error.errors(include_url=False):
        _remove(rest, found["loc"])
    try:
        spec = RegionSpec.from_yaml(rest)
    except ValidationError:
        return
    yield from _across(spec, surroundings)


def _remove(values: Any, location: tuple[str | int, ...]) -> None:
    *way, last = location
    for part in way:
        values = values.get(part) if isinstance(values, dict) else None
    if isinstance(values, dict):
        values.pop(last, None)


def _across(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    if spec.region not in catalog.regions():
        known = ", ".join(sorted(catalog.regions()))
        yield Fault(f"{KEY}.region", spec.region, f"not in the catalogue; known are {known}; another one needs its rows in components/catalog")
        return
    for check in CHECKS:
        yield from check(spec, surroundings)


def _zones(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    region, path = catalog.region(spec.region), f"{KEY}.network.zones"
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


def _support(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    for fault in support_faults(spec.cluster.version, surroundings.today):
        yield _of_component("cluster", fault, spec.cluster.version)


def _node_groups(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    if SYSTEM not in spec.node_groups:
        there = ", ".join(sorted(spec.node_groups)) or "none"
        yield Fault(f"{KEY}.node_groups", there, f"a group named '{SYSTEM}' is needed: cluster add-ons and Karpenter's controller run on it")
    for name, group in spec.node_groups.items():
        for fault in offer_faults(group.instance_types, spec.region, spec.network.zones):
            yield _of_component(f"node_groups.{name}", fault, ", ".join(group.instance_types))


def _gpu_pools(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    for name, pool in spec.gpu_pools.items():
        for fault in gpu_faults(pool, spec.region, spec.network.zones):
            yield _of_component(f"gpu_pools.{name}", fault, pool.accelerator)
    try:
        cluster_runtime(pool.runtime for pool in spec.gpu_pools.values())
    except ValueError as error:
        yield _of_component("gpu_pools", str(error), ", ".join(sorted({pool.runtime for pool in spec.gpu_pools.values()})))


def _karpenter(spec: RegionSpec, _: Surroundings) -> Iterator[Fault]:
    for fault in karpenter_faults(spec.karpenter, spec.region, spec.network.zones):
        yield _of_component("karpenter", fault, "see there")


def _of_component(path: str, fault: str, value: str) -> Fault:
    """A component's own fault reads `knob: what is allowed`."""
    knob, _, allowed = fault.partition(": ")
    return Fault(f"{KEY}.{path}.{knob}", value, allowed)


CHECKS: tuple[Check, ...] = (_zones, _index, _addresses, _support, _node_groups, _gpu_pools, _karpenter)
"""Rules that need more than one Spec, the catalogue by region, or the other stack files."""
