"""Which addresses a region uses, derived from its index: no two regions overlap, and a zone that comes or goes moves no other zone.

A VPC block is a /16, the largest AWS allows (VPC user guide, VPC CIDR blocks), cut for eight zones at once; a zone's own number picks
its slot. No region has more than six zones today, so every zone has room from the start.

    10.<index>.0.0/16      private  8 x /20  4,096 addresses a zone: nodes, load balancers inside, interface endpoints
                           data     8 x /21  2,048 addresses a zone: nodes of stateful stores
                           public   8 x /24    256 addresses a zone: NAT gateways, load balancers outside
                           the upper 14,336 addresses stay free
    100.64.0.0/10          pods     8 x /18 16,384 addresses a zone, in two /16 a region, hence 32 regions

Pods take their addresses from 100.64.0.0/10 (RFC 6598; AWS adds it to a VPC of any private block): nodes claim them sixteen at a time
(VPC CNI, prefix delegation), which exhausts a range of 10.0.0.0/8 (tidb-operator#664, amazon-vpc-cni-k8s#2846).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType

ZoneId = str
"""Id of an availability zone, e.g. `euw1-az1`: the same place in every account, which a zone's name is not."""

REGIONS = 32
"""Indices that there are, from 0: 100.64.0.0/10 holds this many pairs of /16."""
SLOTS = 8
"""Zones that a region has room for, `az1` to `az8`."""

_PRIMARY = IPv4Address("10.0.0.0")
_PODS = IPv4Network("100.64.0.0/10")
_PRIVATE_USE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
_VPC_PREFIX = 16
_ZONE_ID = re.compile(rf"(?P<region>[a-z]{{3,5}}[0-9])-az(?P<number>[1-{SLOTS}])")


class Tier(StrEnum):
    """What a subnet is for."""

    PUBLIC = "public"
    """NAT gateways and load balancers that the internet reaches."""
    PRIVATE = "private"
    """Nodes, the control plane's interfaces, interface endpoints."""
    DATA = "data"
    """Nodes of stateful stores."""
    POD = "pod"
    """Pods (VPC CNI, custom networking)."""


_OFFSETS = {Tier.PRIVATE: ("0.0.0.0", 20), Tier.DATA: ("0.0.128.0", 21), Tier.PUBLIC: ("0.0.192.0", 24)}
"""Tier of the primary block -> where its first subnet starts in it, prefix length of each."""
_POD_PREFIX = 18


@dataclass(frozen=True)
class AddressPlan:
    """The address ranges of one region."""

    primary: IPv4Network
    """Block that the VPC is made with."""
    pods: tuple[IPv4Network, ...]
    """Blocks added to the VPC for pods."""
    subnets: Mapping[Tier, Mapping[ZoneId, IPv4Network]]
    """Subnet of each tier and zone."""

    @classmethod
    def of(cls, index: int, zones: Iterable[ZoneId], cidr_block: str | None = None) -> "AddressPlan":
        """The plan of the region with that index; `cidr_block` replaces the primary block that follows from the index.

        Raises:
            ValueError: an index outside 0 to 31, a zone id with no slot, a block that does not fit or that another region has.
        """
        primary, pods = _primary(index, cidr_block), _pods(index)
        slots = {zone: zone_number(zone) - 1 for zone in zones}
        subnets = {
            tier: MappingProxyType({zone: _cut(int(primary[0]) + int(IPv4Address(offset)), prefix, slot) for zone, slot in slots.items()})
            for tier, (offset, prefix) in _OFFSETS.items()
        }
        subnets[Tier.POD] = MappingProxyType({zone: _cut(int(pods[0][0]), _POD_PREFIX, slot) for zone, slot in slots.items()})
        return cls(primary=primary, pods=pods, subnets=MappingProxyType(subnets))


def zone_number(zone: ZoneId) -> int:
    """The zone's own number, 1 for `euw1-az1`.

    Raises:
        ValueError: it is no zone id, or one without a slot.
    """
    return int(_parts(zone)["number"])


def zone_region(zone: ZoneId) -> str:
    """AWS's short code of the zone's region, `euw1` for `euw1-az1`; raises ValueError as zone_number does."""
    return _parts(zone)["region"]


def checked_block(cidr_block: str) -> IPv4Network:
    """The block, if it can be the primary one of any region.

    Raises:
        ValueError: it is no /16 of private use.
    """
    try:
        block = IPv4Network(cidr_block)
    except ValueError as error:
        raise ValueError(f"cidr_block '{cidr_block}' is no IPv4 network ({error}): write e.g. 10.200.0.0/16, or leave it out") from None
    if block.prefixlen != _VPC_PREFIX:
        raise ValueError(
            f"cidr_block '{cidr_block}' must be a /{_VPC_PREFIX}: AWS makes no larger VPC, a smaller one has no room for {SLOTS} zones"
        )
    if not any(block.subnet_of(private) for private in _PRIVATE_USE):
        allowed = ", ".join(map(str, _PRIVATE_USE))
        raise ValueError(f"cidr_block '{cidr_block}' must lie in {allowed} (RFC 1918); {_PODS} is taken by the pods")
    return block


def _parts(zone: ZoneId) -> re.Match[str]:
    if not (parts := _ZONE_ID.fullmatch(zone)):
        raise ValueError(
            f"zone '{zone}' must be a zone id from az1 to az{SLOTS}, e.g. euw1-az1: a zone's name means another place in each account"
        )
    return parts


def _primary(index: int, cidr_block: str | None) -> IPv4Network:
    if not 0 <= index < REGIONS:
        raise ValueError(f"index {index} must be 0 to {REGIONS - 1}: {_PODS} has pod ranges for {REGIONS} regions")
    if cidr_block is None:
        return _derived(index)
    block = checked_block(cidr_block)
    for other in range(REGIONS):
        if other != index and block.overlaps(_derived(other)):
            raise ValueError(
                f"cidr_block '{cidr_block}' belongs to index {other}: leave it out ({_derived(index)} follows from index {index})"
            )
    return block


def _derived(index: int) -> IPv4Network:
    return _cut(int(_PRIMARY), _VPC_PREFIX, index)


def _pods(index: int) -> tuple[IPv4Network, ...]:
    """Two /16: one holds only four /18, and AWS adds no larger block to a VPC."""
    return tuple(_cut(int(_PODS[0]), _VPC_PREFIX, 2 * index + half) for half in (0, 1))


def _cut(start: int, prefix: int, slot: int) -> IPv4Network:
    """The `slot`-th network of that prefix length, counted from `start`."""
    return IPv4Network((start + (slot << (32 - prefix)), prefix))
