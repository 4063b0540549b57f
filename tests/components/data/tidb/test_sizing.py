"""Bytes to stores, against figures done by hand from PingCAP's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.tidb import sizing
from components.data.tidb.contract import Part
from components.data.tidb.sizing import SIZES, Profile


def test_raw_bytes_by_hand() -> None:
    """1 000 GiB three times is 3 000, half of it after compression, and 1 500 shall fill 80 %."""
    assert sizing.raw_gib(1000, replicas=3, compression=2, fill=0.8) == pytest.approx(1875)


@pytest.mark.parametrize(
    ("data", "store", "expected"),
    [(10, 1024, 3), (1000, 1024, 3), (1600, 1024, 3), (1700, 1024, 6), (10_000, 1500, 15), (10_000, 1024, 21)],
)
def test_stores(data: float, store: int, expected: int) -> None:
    assert sizing.store_count(data, store_gib=store, replicas=3, zones=3) == expected


@given(
    data=st.floats(1, 1e6),
    store=st.integers(20, 4096),
    replicas=st.sampled_from([3, 5, 7]),
    zones=st.integers(1, 6),
)
def test_stores_hold_the_data_evenly(data: float, store: int, replicas: int, zones: int) -> None:
    count = sizing.store_count(data, store_gib=store, replicas=replicas, zones=zones)
    assert count % zones == 0
    assert count >= replicas
    assert count * store >= sizing.raw_gib(data, replicas=replicas)
    assert count - zones < max(replicas, sizing.raw_gib(data, replicas=replicas) / store + 1)


def test_production_pods_are_as_large_as_pingcap_asks() -> None:
    """Floor of the hardware page: 8 cores for TiDB, TiKV and TiFlash, 4 for a small PD."""
    production = SIZES[Profile.PRODUCTION]
    assert all(production[part].cpu >= 8 for part in (Part.TIDB, Part.TIKV, Part.TIFLASH))
    assert (production[Part.PD].cpu, production[Part.PD].memory_gib) == (4, 8)
    assert production[Part.PD].storage_gib >= 20
    assert production[Part.TICDC].storage_gib >= 500


def test_a_store_fits_a_node_of_16_vcpu_and_64_gib() -> None:
    tikv = SIZES[Profile.PRODUCTION][Part.TIKV]
    assert tikv.cpu <= 16 - 2
    assert tikv.memory_gib <= 64 - 8
    assert tikv.resources() == {"cpu": "14", "memory": "56Gi"}


def test_every_profile_sizes_every_component() -> None:
    wanted = set(Part) - {Part.DISCOVERY}
    assert all(set(sizes) == wanted for sizes in SIZES.values())


def test_tiflash_keeps_a_third_twice() -> None:
    assert sizing.tiflash_store_gib(1200, pods=2) == 500
    assert sizing.tiflash_store_gib(1, pods=2) == 20


def test_a_smaller_volume_is_refused() -> None:
    (fault,) = sizing.shrink_faults({"tikv": 1024, "pd": 50}, {"tikv": 512, "pd": 50, "warm": 20})
    assert "tikv: 1024 GiB shall become 512 GiB" in fault
