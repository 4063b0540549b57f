"""The address plan against sums done by hand, and properties that must hold for every index, zone and order."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.address_plan import REGIONS, AddressPlan, Tier, checked_block, zone_number, zone_region

ZONES = [f"euw1-az{number}" for number in range(1, 9)]
indices = st.integers(min_value=0, max_value=REGIONS - 1)
zone_sets = st.lists(st.sampled_from(ZONES), unique=True, min_size=1)


def blocks(plan: AddressPlan) -> list[IPv4Network]:
    return [subnet for tier in plan.subnets.values() for subnet in tier.values()]


@pytest.mark.parametrize(
    ("index", "zone", "expected"),
    [
        (0, "euw1-az1", ("10.0.192.0/24", "10.0.0.0/20", "10.0.128.0/21", "100.64.0.0/18")),
        (0, "use1-az4", ("10.0.195.0/24", "10.0.48.0/20", "10.0.152.0/21", "100.64.192.0/18")),
        (0, "use1-az5", ("10.0.196.0/24", "10.0.64.0/20", "10.0.160.0/21", "100.65.0.0/18")),
        (1, "use1-az6", ("10.1.197.0/24", "10.1.80.0/20", "10.1.168.0/21", "100.67.64.0/18")),
        (4, "euw1-az2", ("10.4.193.0/24", "10.4.16.0/20", "10.4.136.0/21", "100.72.64.0/18")),
        (31, "apne1-az8", ("10.31.199.0/24", "10.31.112.0/20", "10.31.184.0/21", "100.127.192.0/18")),
    ],
)
def test_subnets_by_hand(index: int, zone: str, expected: tuple[str, str, str, str]) -> None:
    subnets = AddressPlan.of(index, [zone]).subnets
    tiers = (Tier.PUBLIC, Tier.PRIVATE, Tier.DATA, Tier.POD)
    assert tuple(str(subnets[tier][zone]) for tier in tiers) == expected
    assert set(subnets) == set(tiers)


@pytest.mark.parametrize(
    ("index", "primary", "pods"),
    [
        (0, "10.0.0.0/16", ("100.64.0.0/16", "100.65.0.0/16")),
        (7, "10.7.0.0/16", ("100.78.0.0/16", "100.79.0.0/16")),
        (31, "10.31.0.0/16", ("100.126.0.0/16", "100.127.0.0/16")),
    ],
)
def test_blocks_by_hand(index: int, primary: str, pods: tuple[str, str]) -> None:
    plan = AddressPlan.of(index, ZONES)
    assert str(plan.primary) == primary
    assert tuple(map(str, plan.pods)) == pods


@given(first=indices, second=indices)
def test_no_two_regions_overlap(first: int, second: int) -> None:
    if first == second:
        return
    here, there = AddressPlan.of(first, ZONES), AddressPlan.of(second, ZONES)
    assert not any(one.overlaps(other) for one in (here.primary, *here.pods) for other in (there.primary, *there.pods))


@given(index=indices, zones=zone_sets, added=st.sampled_from(ZONES))
def test_a_zone_that_comes_or_goes_moves_no_other(index: int, zones: list[str], added: str) -> None:
    before, after = AddressPlan.of(index, zones), AddressPlan.of(index, [added, *zones])
    assert (before.primary, before.pods) == (after.primary, after.pods)
    for tier in Tier:
        assert {zone: after.subnets[tier][zone] for zone in zones} == before.subnets[tier]


@given(index=indices, zones=zone_sets)
def test_subnets_are_disjoint_and_inside(index: int, zones: list[str]) -> None:
    plan = AddressPlan.of(index, zones)
    assert len(blocks(plan)) == 4 * len(zones)
    assert not any(one.overlaps(other) for one, other in combinations(blocks(plan), 2))
    for zone in zones:
        assert any(plan.subnets[Tier.POD][zone].subnet_of(block) for block in plan.pods)
        assert all(plan.subnets[tier][zone].subnet_of(plan.primary) for tier in (Tier.PUBLIC, Tier.PRIVATE, Tier.DATA))


@given(index=indices)
def test_ranges_come_from_where_they_must(index: int) -> None:
    """AWS: a VPC block is a /16 at most; RFC 6598 and RFC 1918 name the ranges."""
    plan = AddressPlan.of(index, ZONES)
    assert plan.primary.subnet_of(IPv4Network("10.0.0.0/8"))
    assert all(block.subnet_of(IPv4Network("100.64.0.0/10")) for block in plan.pods)
    assert {block.prefixlen for block in (plan.primary, *plan.pods)} == {16}


def test_nodes_and_pods_have_room() -> None:
    """Nodes at least /20, pods at least /18 a zone (amazon-vpc-cni-k8s#2846, tidb-operator#664: subnets that ran out of addresses)."""
    plan = AddressPlan.of(0, ZONES)
    assert {subnet.num_addresses for subnet in plan.subnets[Tier.PRIVATE].values()} == {4096}
    assert {subnet.num_addresses for subnet in plan.subnets[Tier.POD].values()} == {16384}


def test_the_plan_cannot_be_changed() -> None:
    plan = AddressPlan.of(0, ["euw1-az1"])
    with pytest.raises(TypeError):
        plan.subnets[Tier.POD]["euw1-az1"] = IPv4Network("10.9.0.0/16")  # pyright: ignore[reportIndexIssue] - the refusal is the test
    with pytest.raises(TypeError):
        plan.subnets[Tier.POD] = {}  # pyright: ignore[reportIndexIssue] - the refusal is the test


@pytest.mark.parametrize("index", [-1, 32])
def test_an_index_without_pod_range_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match=rf"^index {index} must be 0 to 31: 100\.64\.0\.0/10 has pod ranges for 32 regions$"):
        AddressPlan.of(index, ["euw1-az1"])


@pytest.mark.parametrize(
    "zone", ["eu-west-1a", "euw1-az0", "euw1-az9", "euw1-az10", "euw1-az", "use1-bos1-az1", "xeuw1-az1 ", "EUW1-AZ1", ""]
)
def test_what_is_no_zone_id_is_refused(zone: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^zone '{zone}' must be a zone id from az1 to az8, e\.g\. euw1-az1: a zone's name means another"
    ):
        AddressPlan.of(0, [zone])


def test_parts_of_a_zone_id() -> None:
    assert (zone_region("apne1-az4"), zone_number("apne1-az4")) == ("apne1", 4)
    assert (zone_region("cac1-az8"), zone_number("euw1-az1")) == ("cac1", 1)


def test_own_block_of_private_use_replaces_the_derived_one() -> None:
    plan = AddressPlan.of(3, ["euw1-az3"], "172.24.0.0/16")
    assert str(plan.primary) == "172.24.0.0/16"
    assert {tier: str(plan.subnets[tier]["euw1-az3"]) for tier in Tier} == {
        Tier.PUBLIC: "172.24.194.0/24",
        Tier.PRIVATE: "172.24.32.0/20",
        Tier.DATA: "172.24.144.0/21",
        Tier.POD: "100.70.128.0/18",
    }


@pytest.mark.parametrize("block", ["10.3.0.0/16", "10.32.0.0/16", "10.255.0.0/16", "172.31.0.0/16", "192.168.0.0/16"])
def test_blocks_that_nobody_else_derives_are_accepted(block: str) -> None:
    assert str(AddressPlan.of(3, ["euw1-az1"], block).primary) == block


@pytest.mark.parametrize("other", [0, 2, 4, 31])
def test_a_block_of_another_index_is_refused(other: int) -> None:
    said = rf"^cidr_block '10\.{other}\.0\.0/16' belongs to index {other}: leave it out \(10\.3\.0\.0/16 follows from index 3\)$"
    with pytest.raises(ValueError, match=said):
        AddressPlan.of(3, ["euw1-az1"], f"10.{other}.0.0/16")


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("10.200.0.0/17", r"^cidr_block '10\.200\.0\.0/17' must be a /16: AWS makes no larger VPC, a smaller one has no room for 8 zones$"),
        ("10.0.0.0/8", r"must be a /16"),
        (
            "100.64.0.0/16",
            r"must lie in 10\.0\.0\.0/8, 172\.16\.0\.0/12, 192\.168\.0\.0/16 \(RFC 1918\); 100\.64\.0\.0/10 is taken by the pods",
        ),
        ("172.32.0.0/16", r"^cidr_block '172\.32\.0\.0/16' must lie in"),
        (
            "10.200.1.0/16",
            r"^cidr_block '10\.200\.1\.0/16' is no IPv4 network \(.*host bits set\): write e\.g\. 10\.200\.0\.0/16, or leave it out$",
        ),
        ("fd00::/16", r"is no IPv4 network"),
        ("", r"is no IPv4 network"),
    ],
)
def test_a_block_that_cannot_be_primary_is_refused(block: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked_block(block)
    with pytest.raises(ValueError, match=said):
        AddressPlan.of(3, ["euw1-az1"], block)
