"""From an accelerator and a purpose to instance types and zones: pure, over the catalogue's offerings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from components import catalog
from components.catalog import InstanceType
from components.network.address_plan import ZoneId


class Accelerator(StrEnum):
    """NVIDIA GPUs that the EKS images' driver serves; without V100 (CUDA 13 dropped Volta) and RTX PRO 4500 (needs driver 595)."""

    T4 = "t4"
    """16 GB, g4dn: everywhere, oldest."""
    T4G = "t4g"
    """16 GB, g5g: with Graviton (arm64)."""
    A10G = "a10g"
    """24 GB, g5."""
    L4 = "l4"
    """24 GB, g6 and gr6."""
    L40S = "l40s"
    """48 GB, g6e."""
    RTX_PRO_6000 = "rtx-pro-6000"
    """96 GB, g7e."""
    A100 = "a100"
    """40 GB, p4d."""
    A100_80 = "a100-80"
    """80 GB, p4de."""
    H100 = "h100"
    """80 GB, p5."""
    H200 = "h200"
    """141 GB, p5e and p5en."""
    B200 = "b200"
    """180 GB, p6-b200."""
    B300 = "b300"
    """270 GB, p6-b300."""


class Purpose(StrEnum):
    """What a pool is for; decides how many GPUs a node should have."""

    INFERENCE = "inference"
    """Fewest GPUs a node: replicas scale and fail one by one."""
    TRAINING = "training"
    """Most GPUs a node: they talk over NVLink or PCIe instead of the network."""


SIZES = 3
"""Instance types a pool tries at most. More than one, as one is often sold out; not all, as the largest cost many times the smallest."""


@dataclass(frozen=True)
class Offer:
    """What a pool will be made of."""

    instance_types: tuple[InstanceType, ...]
    """Smallest first, each offered in every one of `zones`; empty where the region offers nothing that fits."""
    zones: tuple[ZoneId, ...]
    """Zones of the pool, in the order they were asked for."""


def offer(types: Iterable[InstanceType], region: str, zones: Sequence[ZoneId]) -> Offer:
    """The widest offer of `types` (in order of preference): all zones that have one of them, and those types that all these zones have."""
    by_zone = {zone: [kind for kind in types if zone in kind.zones.get(region, ())] for zone in zones}
    having = tuple(zone for zone in zones if by_zone[zone])
    common = tuple(kind for kind in types if having and all(kind in by_zone[zone] for zone in having))
    if common or not having:
        return Offer(common, having)
    widest = max(types, key=lambda kind: sum(kind in by_zone[zone] for zone in having))
    return Offer((widest,), tuple(zone for zone in having if widest in by_zone[zone]))


def carriers(accelerator: Accelerator, region: str) -> tuple[InstanceType, ...]:
    """Types of the region that carry the accelerator, smallest first. Shares of a GPU (g6f) are left out, pods ask for whole ones."""
    found = [kind for kind in catalog.offered(region) if kind.accelerator == accelerator and kind.gpu_count >= 1]
    return tuple(sorted(found, key=lambda kind: (kind.vcpu, kind.memory_gib)))


def fitting(types: Sequence[InstanceType], purpose: Purpose, *, efa: bool) -> tuple[InstanceType, ...]:
    """Of types with one accelerator those whose GPU count suits the purpose.

    Weights reach the GPU through main memory, so types with less of it than of GPU memory are left out while others remain. With EFA all
    types must have the same network cards: one launch template describes the interfaces of them all.
    """
    able = [kind for kind in types if kind.efa or not efa]
    if not able:
        return ()
    wanted = (min if purpose is Purpose.INFERENCE else max)(kind.gpu_count for kind in able)
    right = [kind for kind in able if kind.gpu_count == wanted]
    roomy = [kind for kind in right if kind.memory_gib >= kind.gpu_memory_gib] or right
    return tuple(kind for kind in roomy if not efa or network_shape(kind) == network_shape(roomy[0]))


def network_shape(kind: InstanceType) -> tuple[int, int]:
    """Network cards, and how many of them take an Elastic Fabric Adapter."""
    return kind.network_cards, kind.efa_interfaces


def alternatives(region: str, zones: Sequence[ZoneId]) -> str:
    """What the zones offer instead, e.g. `a10g in euw1-az1, euw1-az2; a100 in euw1-az2`, for an error message."""
    offers = {accelerator: offer(carriers(accelerator, region), region, zones).zones for accelerator in Accelerator}
    return "; ".join(f"{accelerator} in {', '.join(found)}" for accelerator, found in offers.items() if found) or "no GPU"
