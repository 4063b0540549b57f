"""An allow list is judged by what its ranges hold together, however they are cut."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cluster.public_endpoint import range_faults


@pytest.mark.parametrize(
    "ranges",
    [[], ["203.0.113.0/24"], ["198.51.100.7/32", "2001:db8::/48"], ["17.0.0.0/8"], ["17.0.0.0/8", "17.1.0.0/16"]],
)
def test_networks_of_ones_own_are_fine(ranges: list[str]) -> None:
    assert range_faults(ranges) == []


@pytest.mark.parametrize(
    ("ranges", "version"),
    [
        (["0.0.0.0/0"], 4),
        (["0.0.0.0/1", "128.0.0.0/1"], 4),
        (["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], 4),
        (["17.0.0.0/8", "9.0.0.0/32"], 4),
        (["::/0"], 6),
        (["::/1", "8000::/1"], 6),
    ],
)
def test_the_internet_is_no_allow_list(ranges: list[str], version: int) -> None:
    [fault] = range_faults(ranges)
    assert f"IPv{version} ranges hold" in fault


@given(st.integers(0, 8), st.integers(0, 8))
def test_no_cut_of_the_internet_passes(first: int, second: int) -> None:
    low, high = ip_network("0.0.0.0/0").subnets()
    assert range_faults([str(part) for half, cut in ((low, first), (high, second)) for part in half.subnets(prefixlen_diff=cut)])


def test_every_wrong_range_is_named() -> None:
    faults = range_faults(["203.0.113.1/24", "office", "203.0.113.0/24"])
    assert [fault.split(" is ")[0] for fault in faults] == ["'203.0.113.1/24'", "'office'"]
    assert "host bits set" in faults[0]
