"""Who may reach a public API endpoint: address ranges, judged by what they hold together."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

LARGEST_UNION = {4: 2**24, 6: 2**108}
"""IP version -> addresses that all ranges together may hold: a /8 and a /20, the largest blocks one organisation was ever given (IANA
registries). Whatever is larger is no list of one's own networks, however it is cut: two halves of the internet are the internet."""


def range_faults(ranges: Iterable[str]) -> list[str]:
    """One line for each reason why these CIDR ranges are no allow list."""
    networks: list[IPv4Network | IPv6Network] = []
    faults: list[str] = []
    for text in ranges:
        try:
            networks.append(ip_network(text))
        except ValueError as fault:
            faults.append(f"'{text}' is no CIDR range ({fault}): write e.g. 203.0.113.0/24")
    return [*faults, *_union_faults(networks)]


def _union_faults(networks: Iterable[IPv4Network | IPv6Network]) -> list[str]:
    v4 = [network for network in networks if isinstance(network, IPv4Network)]
    v6 = [network for network in networks if isinstance(network, IPv6Network)]
    sizes = {
        4: sum(network.num_addresses for network in collapse_addresses(v4)),
        6: sum(network.num_addresses for network in collapse_addresses(v6)),
    }
    return [
        f"the IPv{version} ranges hold {size} addresses together, at most {LARGEST_UNION[version]} are allowed: name your own networks, "
        "or none for a private endpoint"
        for version, size in sizes.items()
        if size > LARGEST_UNION[version]
    ]
