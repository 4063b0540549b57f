"""How much a TiDB cluster needs: resources of each component by profile, stores by bytes.

Sizes: PingCAP, software and hardware requirements, production (16 vCPU nodes), less about 2 vCPU and 4-8 GiB of each node for the system,
the volume driver and the agents; the small profile is what starts at all.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from components.data.tidb.contract import Part

FILL = 0.8
"""Share of a store that may be full; above it PD stops moving data there (PD, low-space-ratio)."""
COMPRESSION = 2.0
"""Logical bytes per byte on disk. TiKV's RocksDB reaches two to three; the lower bound, so that estimates err to the safe side."""
LARGEST_STORE_GIB = 4096
"""A lost store of more takes too long to copy: 4 TB on fast disks (PingCAP, hardware requirements)."""
LARGEST_GENERAL_STORE_GIB = 1536
"""The same on ordinary disks, which general purpose volumes are."""
TIFLASH_SHARE = 3
"""TiFlash keeps about a third of the logical bytes in each of its replicas (PingCAP, hardware requirements)."""


class Profile(StrEnum):
    """Size of the pods."""

    PRODUCTION = "production"
    """What PingCAP asks for."""
    DEV = "dev"
    """What starts; loses to the first busy query. Refused by production."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What one pod gets; request and limit are equal, so that no neighbour takes it away."""

    cpu: int
    """Cores."""
    memory_gib: int
    """GiB; TiKV takes 45 % of it as block cache by itself (TiKV, storage.block-cache.capacity)."""
    storage_gib: int = 0
    """GiB of its volume; 0 where the component has none or the bytes decide."""

    def resources(self) -> dict[str, str]:
        """As Kubernetes spells it."""
        return {"cpu": str(self.cpu), "memory": f"{self.memory_gib}Gi"}


SIZES: Mapping[Profile, Mapping[Part, Size]] = {
    Profile.PRODUCTION: {
        Part.PD: Size(cpu=4, memory_gib=8, storage_gib=50),
        Part.TIKV: Size(cpu=14, memory_gib=56),
        Part.TIDB: Size(cpu=14, memory_gib=40, storage_gib=30),
        Part.TIFLASH: Size(cpu=46, memory_gib=120),
        Part.TICDC: Size(cpu=14, memory_gib=56, storage_gib=500),
        Part.TIPROXY: Size(cpu=4, memory_gib=8),
    },
    Profile.DEV: {
        Part.PD: Size(cpu=1, memory_gib=2, storage_gib=20),
        Part.TIKV: Size(cpu=2, memory_gib=4),
        Part.TIDB: Size(cpu=1, memory_gib=2, storage_gib=10),
        Part.TIFLASH: Size(cpu=4, memory_gib=16),
        Part.TICDC: Size(cpu=1, memory_gib=2, storage_gib=20),
        Part.TIPROXY: Size(cpu=1, memory_gib=2),
    },
}
"""Profile -> component -> size of a pod. TiDB's volume holds the slow log, TiCDC's the changes it sorts."""


def raw_gib(data_gib: float, *, replicas: int, compression: float = COMPRESSION, fill: float = FILL) -> float:
    """GiB of disk for that many logical bytes, all replicas and the free share included."""
    return data_gib * replicas / compression / fill


def store_count(data_gib: float, *, store_gib: int, replicas: int, zones: int) -> int:
    """TiKV stores that hold the data: at least one a replica, and as many in each zone as in any other."""
    needed = max(replicas, math.ceil(raw_gib(data_gib, replicas=replicas) / store_gib))
    return math.ceil(needed / zones) * zones


def tiflash_store_gib(data_gib: float, *, pods: int, replicas: int = 2, fill: float = FILL) -> int:
    """GiB of the volume of each TiFlash pod, when all tables have that many column replicas."""
    return max(20, math.ceil(data_gib / TIFLASH_SHARE * replicas / fill / pods))


def shrink_faults(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """One line for each volume that `after` makes smaller, by name and GiB: EBS cannot, and the operator gives up on the claim.

    What was there before no Spec can know: the caller has it from a saved plan or an exported state.
    """
    return [
        f"{volume}: {before[volume]} GiB shall become {size} GiB, but a volume cannot shrink (EBS, ModifyVolume): keep the size, "
        "or add stores of the new size and drain the old ones"
        for volume, size in after.items()
        if size < before.get(volume, 0)
    ]
