"""Unions of CIDR blocks: the count does not depend on how they are split, merged, ordered or spelt."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.core.facts import addresses
from policies.core.facts.addresses import public_addresses, within

IPV4 = st.builds(lambda bits, length: ipaddress.ip_network((bits, length), strict=False), st.integers(0, 2**32 - 1), st.integers(0, 32))
NON_PUBLIC = [
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
]


@pytest.fixture(autouse=True)
def counted_afresh() -> None:
    """What an earlier test was told proves nothing of this one."""
    addresses.network.cache_clear()
    addresses._public_addresses.cache_clear()  # pyright: ignore[reportPrivateUsage]  # the count that is kept


@pytest.mark.parametrize(
    ("blocks", "count"),
    [
        ([], 0),
        (["203.0.113.7/32"], 1),
        (["203.0.113.7"], 1),
        (["203.0.113.7/24"], 256),
        (["203.0.113.0/25", "203.0.113.128/25"], 256),
        (["203.0.113.0/24", "203.0.113.0/25"], 256),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"], 0),
        (["172.0.0.0/8"], 2**24 - 2**20),
        (["0.0.0.0/0"], 2**32 - 2**24 - 2**22 - 2**24 - 2**16 - 2**20 - 2**16),
        (["fc00::/7", "fe80::/10", "::1/128"], 0),
        (["2001:db8::/64"], 1),
        (["2001:db8::1/128"], 1),
        (["2001:db8::/48"], 2**16),
        (["2001:0db8:0000::/48", "2001:db8::/64"], 2**16),
        (["::/0"], 2**61),
        (["203.0.113.7/32", "2001:db8::/64"], 2),
    ],
)
def test_public_addresses(blocks: list[str], count: int) -> None:
    assert public_addresses(blocks) == count


@pytest.mark.parametrize("world", [["0.0.0.0/1", "128.0.0.0/1"], ["128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2"], ["0.0.0.0/0"] * 2])
def test_the_world_split_is_the_world(world: list[str]) -> None:
    assert public_addresses(world) == public_addresses(["0.0.0.0/0"])
    assert public_addresses(["::/1", "8000::/1"]) == public_addresses(["::/0"])


@given(st.lists(IPV4, max_size=6), st.randoms(use_true_random=False))
def test_splitting_changes_nothing(blocks: list[ipaddress.IPv4Network], random: object) -> None:
    split = [str(part) for block in blocks for part in (block.subnets() if block.prefixlen < 32 else [block])]
    random.shuffle(split)  # type: ignore[attr-defined]  # a random.Random
    assert public_addresses(split) == public_addresses(map(str, blocks))


@given(
    st.lists(
        st.builds(lambda bits, length: ipaddress.ip_network((bits, length), strict=False), st.integers(0, 2**32 - 1), st.integers(20, 32)),
        max_size=4,
    )
)
def test_the_count_is_that_of_a_set(blocks: list[ipaddress.IPv4Network]) -> None:
    addresses = {int(address) for block in blocks for address in block}
    ranges = [(int(block[0]), int(block[-1])) for block in NON_PUBLIC]
    assert public_addresses(map(str, blocks)) == sum(not any(low <= each <= high for low, high in ranges) for each in addresses)


@given(st.lists(IPV4, max_size=6), IPV4)
def test_more_blocks_are_never_fewer_addresses(blocks: list[ipaddress.IPv4Network], more: ipaddress.IPv4Network) -> None:
    assert public_addresses(map(str, [*blocks, more])) >= public_addresses(map(str, blocks))


@pytest.mark.parametrize(
    ("block", "bounds", "inside"),
    [
        ("10.8.0.0/16", ["10.8.0.0/17", "10.8.128.0/17"], True),
        ("10.8.0.0/16", ["10.8.0.0/17"], False),
        ("10.8.1.0/24", ["10.0.0.0/8", "::/0"], True),
        ("2001:db8::/64", ["0.0.0.0/0"], False),
        ("2001:db8::/64", ["0.0.0.0/0", "2001:db8::/56"], True),
        ("10.8.0.0/16", [], False),
    ],
)
def test_within(block: str, bounds: list[str], *, inside: bool) -> None:
    assert within(block, bounds) is inside


def test_no_block_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        public_addresses(["nonsense"])
