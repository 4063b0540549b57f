"""What a GPU pool asks for, and whether a region's zones can give it."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from components import catalog
from components.cluster.gpu_offers import SIZES, Accelerator, Offer, Purpose, alternatives, carriers, fitting, network_shape, offer
from components.cluster.gpu_runtime import GpuRuntime, runtime_fault
from components.cluster.launch_template import DiskSpec
from components.cluster.machine_image import OperatingSystem
from components.cluster.managed_group import CapacityType, NodeCount
from components.network.address_plan import ZoneId


class GpuPoolSpec(NodeCount):
    """Knobs of a GpuPool."""

    accelerator: Accelerator
    """GPU model wanted. Instance types and zones follow from what the region offers."""
    purpose: Purpose = Purpose.INFERENCE
    """Inference takes the fewest GPUs a node, training the most."""
    instance_types: tuple[str, ...] = Field(default=(), max_length=20)
    """Overrides the choice, in order of preference; every one must carry the accelerator. A reservation needs the one it was made for."""
    zones: tuple[ZoneId, ...] = ()
    """Narrows the pool to these zones; a reservation must name its one."""
    capacity: CapacityType = CapacityType.ON_DEMAND
    """Market."""
    reservation: str | None = Field(default=None, pattern=r"^cr-[0-9a-f]{8,17}$")
    """Id of an on-demand capacity reservation or, with `capacity: capacity_block`, of a Capacity Block."""
    placement_group: bool = False
    """Whether instances stand close together (cluster strategy): lower latency, but one zone, and launches that sooner find no room."""
    efa: bool = False
    """Whether instances get Elastic Fabric Adapters for traffic between GPUs of several nodes (NCCL)."""
    system: OperatingSystem = OperatingSystem.AL2023
    """Operating system; its NVIDIA image is taken."""
    runtime: GpuRuntime = GpuRuntime.DEVICE_PLUGIN
    """Who registers the GPUs with Kubernetes; the same for all AL2023 pools of a cluster."""
    disk: DiskSpec | None = None
    """Volume of each node; unless set 100 GiB beside local NVMe, otherwise 500 GiB with 1000 MiB/s."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if faults := [fault for fault in (*self._market_faults(), *self._type_faults(), runtime_fault(self.system, self.runtime)) if fault]:
            raise ValueError("; ".join(faults))
        if faults := zone_faults(self, self.zones):
            raise ValueError("; ".join(faults))
        return self

    def _market_faults(self) -> list[str]:
        block = self.capacity is CapacityType.CAPACITY_BLOCK
        faults = {
            "capacity: capacity_block needs the id of the block: set reservation": block and self.reservation is None,
            "reservation: spot instances fill no reservation: set capacity: on_demand or capacity_block": bool(self.reservation)
            and self.capacity is CapacityType.SPOT,
        }
        return [fault for fault, holds in faults.items() if holds]

    def _type_faults(self) -> list[str]:
        kinds = [catalog.instance_type(name) for name in self.instance_types]
        faults = [
            f"instance_types: {kind.name} carries {kind.accelerator or 'no GPU'}, not {self.accelerator}"
            for kind in kinds
            if kind.accelerator != self.accelerator
        ]
        if self.efa:
            faults += [f"efa: {kind.name} takes no Elastic Fabric Adapter: choose a larger size" for kind in kinds if not kind.efa]
            if len({network_shape(kind) for kind in kinds}) > 1:
                faults.append("efa: instance_types differ in network cards, one launch template fits one shape: make a pool for each")
        return faults


def zone_faults(spec: GpuPoolSpec, zones: Sequence[ZoneId]) -> list[str]:
    """Why the pool cannot lie in several zones."""
    if len(zones) < 2:
        return []
    several = f"{len(zones)} zones ({', '.join(zones)})"
    reserved = f"reservation: {spec.reservation} with {several}: a reservation lies in one, name it in `zones`"
    close = f"placement_group: true with {several}: a cluster placement group lies in one, name it in `zones`"
    return [*([reserved] if spec.reservation else []), *([close] if spec.placement_group else [])]


def gpu_offer(spec: GpuPoolSpec, region: str, zones: Sequence[ZoneId]) -> Offer:
    """The pool's instance types and zones among `zones` of the region; empty where nothing fits."""
    named = tuple(catalog.instance_type(name) for name in spec.instance_types)
    types = named or fitting(carriers(spec.accelerator, region), spec.purpose, efa=spec.efa)
    found = offer(types, region, [zone for zone in zones if zone in (spec.zones or zones)])
    return found if named else Offer(found.instance_types[:SIZES], found.zones)


def gpu_faults(spec: GpuPoolSpec, region: str, zones: Sequence[ZoneId]) -> list[str]:
    """One line for each reason why the pool cannot exist in `zones`, the cluster's zones in the region."""
    if strangers := [zone for zone in spec.zones if zone not in zones]:
        return [f"zones: {', '.join(strangers)} not among the cluster's zones {', '.join(zones)}"]
    found = gpu_offer(spec, region, zones)
    wanted = ", ".join(spec.zones or zones)
    if not found.zones:
        what = f"{spec.accelerator}{' with efa' if spec.efa else ''}"
        return [f"accelerator: {what} is not offered in {wanted} of {region}; offered are: {alternatives(region, zones)}"]
    if missing := [kind for kind in spec.instance_types if kind not in {chosen.name for chosen in found.instance_types}]:
        return [
            f"instance_types: {', '.join(missing)} not offered in all of {', '.join(found.zones)} ({region}): leave out, or narrow `zones`"
        ]
    if spec.reservation and len(found.instance_types) > 1:
        names = ", ".join(kind.name for kind in found.instance_types)
        return [
            *zone_faults(spec, found.zones),
            f"reservation: it is made for one instance type, this pool has {names}: set `instance_types`",
        ]
    return zone_faults(spec, found.zones)
