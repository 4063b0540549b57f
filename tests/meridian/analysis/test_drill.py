"""Drills by arithmetic that shares nothing with the program; the numbers are those of the platform's research on the edge."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from components.catalog.failover import overloads
from components.catalog.recovery import Probe, recovery
from components.catalog.routing import routing
from meridian.analysis.capacity import Quorum, Room, ZoneLoss
from meridian.analysis.drill import detection, drill, sweep
from meridian.analysis.placement import Placement
from meridian.analysis.region_loss import World, region_loss, utilisation_limit

OURS = Probe(interval=15, timeout=5, retries=2, consecutive_down=2)
ROOM = Room(nodes=1, vcpu=4, memory_gib=16, gpus=0)
ZONE = ZoneLoss(zones=("euw1-az1",), lost=ROOM, left=ROOM, placement=Placement(bound={}, unplaced={}), waiting=(), quorums=())


def world(demand: Mapping[str, float], capacity: Mapping[str, float]) -> World:
    return World(table=routing().served_by(capacity), demand=demand, capacity=capacity, probe=OURS)


EUROPE = world({"eu-west": 4800, "eu-central": 4800}, {"eu-west-1": 12_000, "eu-central-1": 12_000})


def test_two_equal_regions_may_be_used_to_forty_per_cent() -> None:
    """0.8 x (2 - 1) / 2."""
    assert utilisation_limit(EUROPE, "eu-west-1") == pytest.approx(0.4)
    assert drill(EUROPE, ["eu-west-1"]).survived


def test_a_smaller_partner_sets_the_limit() -> None:
    """0.8 x 8000 = 6400 sessions for the Union, where 12000 and 12000 carry 9600."""
    smaller = replace(EUROPE, capacity={"eu-west-1": 12_000, "eu-central-1": 8_000})
    (overload,) = region_loss(smaller, ["eu-west-1"]).overloads
    assert (overload.survivor, overload.load, overload.allowed) == ("eu-central-1", 9_600, 6_400)
    assert region_loss(replace(smaller, demand={"eu-west": 3_200, "eu-central": 3_200}), ["eu-west-1"]).overloads == ()


def test_north_america_may_be_used_to_35_6_per_cent() -> None:
    """15000 u + 12000 u <= 0.8 x 12000."""
    america = world({"americas": 15_000 * 0.3, "americas-west": 12_000 * 0.3}, {"us-east-1": 15_000, "us-west-2": 12_000})
    assert utilisation_limit(america, "us-east-1") == pytest.approx(9_600 / 27_000)
    assert f"{utilisation_limit(america, 'us-west-2'):.1%}" == "35.6%"


@pytest.mark.parametrize(("china", "hong_kong", "limit"), [(10_000, 0, 6_400 / 18_000), (5_000, 5_000, 6_400 / 13_000)])
def test_split_second_choices_raise_the_limit_of_hong_kong_from_35_6_to_49_2_per_cent(china: float, hong_kong: float, limit: float) -> None:
    capacity = {"ap-east-1": 10_000, "ap-southeast-1": 8_000, "ap-northeast-1": 8_000}
    for used, broken in ((limit - 0.001, False), (limit + 0.001, True)):
        demand = {"china": china * used, "hong-kong": hong_kong * used, "southeast-asia": 8_000 * used, "northeast-asia": 8_000 * used}
        asia = world(demand, capacity)
        assert bool(list(overloads(asia.table, demand, capacity, frozenset({"ap-east-1"})))) is broken


def test_britain_and_ireland_together_fill_frankfurt() -> None:
    """D_GB + D_eu-west-1 <= 9600, both lost."""
    capacity = {"eu-west-2": 8_000, "eu-west-1": 12_000, "eu-central-1": 12_000}
    both = ["eu-west-1", "eu-west-2"]
    assert region_loss(world({"uk": 4_800, "eu-west": 4_800}, capacity), both).overloads == ()
    (overload,) = region_loss(world({"uk": 4_801, "eu-west": 4_800}, capacity), both).overloads
    assert overload.survivor == "eu-central-1"


def test_detection_is_45_s_and_130_s_with_the_documents_probe() -> None:
    assert [part.seconds for part in detection(OURS)] == [15, 15, 15]
    assert [part.seconds for part in detection(recovery().documents_probe)] == [30, 60, 40]


def test_traffic_goes_to_the_next_region_of_each_route_by_its_share() -> None:
    capacity = {"ap-east-1": 10_000, "ap-southeast-1": 8_000, "ap-northeast-1": 8_000}
    moves = region_loss(world({"china": 2_400, "hong-kong": 800}, capacity), ["ap-east-1"]).moves
    assert [(move.route, move.after, move.share) for move in moves] == [
        ("china", "ap-southeast-1", 0.75),
        ("hong-kong", "ap-northeast-1", 0.25),
    ]
    assert moves[0].countries == ("CN", "MO")


def test_whom_nobody_may_serve_is_stranded_and_no_promise_to_them_holds() -> None:
    found = drill(EUROPE, ["eu-west-1", "eu-central-1"])
    assert {move.after for move in found.regions.moves} == {"maintenance"}
    assert not found.survived
    assert [promise.found for promise in found.promises if promise.name == "failover-60"] == [None]


def test_data_without_a_lawful_copy_is_unavailable() -> None:
    """Personal data of the Union has a copy in Frankfurt, sensitive data has none (GDPR Art. 9(4)); Hong Kong's has neither."""
    assert region_loss(EUROPE, ["eu-west-1"]).unavailable["eu-west"] == ("sensitive",)
    asia = world({"china": 1}, {"ap-east-1": 10, "ap-southeast-1": 10})
    assert region_loss(asia, ["ap-east-1"]).unavailable["china"] == ("personal", "sensitive")


def test_promises_hold_or_not_by_their_numbers() -> None:
    of_region = {promise.name: promise for promise in drill(EUROPE, ["eu-west-1"]).promises}
    assert {name for name, promise in of_region.items() if promise.holds} == {"availability-99.99", "failover-60"}
    assert of_region["availability-99.999"].found == 45
    assert of_region["database-failover"].found is None
    of_zone = {promise.name: promise for promise in drill(EUROPE, (), {"eu-west-1": ZONE}).promises}
    assert {name: promise.found for name, promise in of_zone.items()} == {
        "database-failover": 20,
        "mttr-30-min": 350,
        "mttr-5-min": 350,
    }
    assert {name for name, promise in of_zone.items() if not promise.holds} == {"mttr-5-min"}


def test_databases_without_a_quorum_do_not_come_back_by_themselves() -> None:
    broken = replace(ZONE, quorums=(Quorum(name="tidb pd", members=3, left=1, needed=2),))
    found = drill(EUROPE, (), {"eu-west-1": broken})
    assert not found.survived
    assert next(promise.found for promise in found.promises if promise.name == "database-failover") is None


def test_utilisation_above_85_per_cent_contradicts_n_1() -> None:
    lines = drill(EUROPE, ["eu-west-1"]).contradictions
    assert any("C-09: eu-central-1 may be used to 40.0% at most" in line and "85%" in line for line in lines)
    assert any("C-07" in line and "130 s" in line and "45 s" in line for line in lines)
    assert any("C-19: eu-west" in line and "sensitive" in line for line in lines)


def test_a_sweep_has_every_single_and_every_pair() -> None:
    three = world({"uk": 1}, {"eu-west-2": 10, "eu-west-1": 10, "eu-central-1": 10})
    swept = sweep(three, {"eu-west-1": {("euw1-az1",): ZONE}})
    assert [len(each.lost) for each in swept] == [1, 1, 1, 2, 2, 2, 1]
    assert len({each.lost for each in swept}) == 7
