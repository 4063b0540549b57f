"""Cloudflare's ranges: the count it publishes, real networks, none of them private, none within another."""

from ipaddress import IPv4Network, IPv6Network
from itertools import combinations

import pytest

from components.catalog.cloudflare_ranges import CloudflareRanges, cloudflare_ranges


def test_there_are_as_many_as_cloudflare_publishes() -> None:
    assert (len(cloudflare_ranges().ipv4), len(cloudflare_ranges().ipv6)) == (15, 7)


def test_they_are_public_networks_of_their_family() -> None:
    assert all(IPv4Network(block).is_global for block in cloudflare_ranges().ipv4)
    assert all(IPv6Network(block).is_global for block in cloudflare_ranges().ipv6)


def test_none_lies_within_another() -> None:
    assert not any(one.overlaps(other) for one, other in combinations(map(IPv4Network, cloudflare_ranges().ipv4), 2))
    assert not any(one.overlaps(other) for one, other in combinations(map(IPv6Network, cloudflare_ranges().ipv6), 2))


def test_it_is_cloudflares_own_address() -> None:
    """104.16.132.229 and 104.16.133.229 are what www.cloudflare.com answers with; 172.217.0.0/16 is Google's."""
    inside = [block for block in cloudflare_ranges().ipv4 if IPv4Network("104.16.132.229/32").subnet_of(IPv4Network(block))]
    assert inside == ["104.16.0.0/13"]
    assert not any(IPv4Network("172.217.0.0/16").overlaps(IPv4Network(block)) for block in cloudflare_ranges().ipv4)


def test_a_list_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="in ascending order"):
        CloudflareRanges.model_validate({"read": "2026-11-20", "ipv4": ["2.0.0.0/8", "1.0.0.0/8"], "ipv6": []})
