"""How many public addresses a set of CIDR blocks holds, however it is split."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

Network = IPv4Network | IPv6Network

PRIVATE_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    )  # RFC 1918, 6598, 1122, 3927
)
"""Blocks that the internet does not route. Documentation and reserved blocks count as public: a mistake there shall be seen."""

PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All that IANA has opened for global unicast (ipv6-unicast-address-assignments registry)."""

IPV6_SUBNET_BITS = 64
"""Size of one IPv6 subnet (RFC 4291 §2.5.1): counted as one address, since a single host may hold all of it."""


@lru_cache(maxsize=4096)
def network(block: str) -> Network:
    """The block, with host bits dropped as EC2 does. Raises ValueError when it is none."""
    return ip_network(block, strict=False)


def public_addresses(blocks: Iterable[str]) -> int:
    """Public addresses in the union of the blocks; an IPv6 /64 counts as one."""
    return _public_addresses(frozenset(blocks))


@lru_cache(maxsize=4096)
def _public_addresses(blocks: frozenset[str]) -> int:
    networks = [network(block) for block in blocks]
    ipv4 = collapse_addresses([each for each in networks if isinstance(each, IPv4Network)])
    ipv6 = collapse_addresses([each for each in networks if isinstance(each, IPv6Network)])
    return sum(map(_public_ipv4, ipv4)) + sum(map(_public_ipv6, ipv6))


def _public_ipv4(block: IPv4Network) -> int:
    return block.num_addresses - sum(_overlap(block, private) for private in PRIVATE_IPV4)


def _public_ipv6(block: IPv6Network) -> int:
    return -(-_overlap(block, PUBLIC_IPV6) // 2**IPV6_SUBNET_BITS)


def _overlap(one: Network, other: Network) -> int:
    """Addresses in both: of two CIDR blocks that overlap, one holds the other."""
    return min(one.num_addresses, other.num_addresses) if one.overlaps(other) else 0


def within(block: str, bounds: Iterable[str]) -> bool:
    """Whether the union of `bounds` holds the whole block."""
    inner = network(block)
    if isinstance(inner, IPv4Network):
        return any(inner.subnet_of(outer) for outer in collapse_addresses([b for b in map(network, bounds) if isinstance(b, IPv4Network)]))
    return any(inner.subnet_of(outer) for outer in collapse_addresses([b for b in map(network, bounds) if isinstance(b, IPv6Network)]))
