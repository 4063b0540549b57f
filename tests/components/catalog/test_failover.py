"""N-1: the numbers of the platform's own research, by arithmetic that shares nothing with the program."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalog import (
    MAINTENANCE,
    NotInCatalog,
    detection_seconds,
    failover_faults,
    headroom,
    loads,
    losses,
    may_copy,
    overloads,
    routing,
    serving_table,
    unavailable_data,
)

TABLE = routing()
REGIONS = sorted(TABLE.regions)
EU = {"eu-west-1": 12_000, "eu-central-1": 12_000}
APAC = {"ap-east-1": 10_000, "ap-southeast-1": 8_000, "ap-northeast-1": 8_000}

demands = st.dictionaries(st.sampled_from(sorted(TABLE.routes)), st.integers(0, 20_000))
capacities = st.fixed_dictionaries({region: st.integers(0, 20_000) for region in REGIONS})


def _faults(demand: dict[str, int], capacity: dict[str, int], at_once: int = 1) -> list[str]:
    return list(failover_faults(TABLE, demand, capacity, at_once=at_once))


def test_two_equal_regions_of_the_union_carry_four_fifths_of_one() -> None:
    """0.8 x min(12000, 12000) = 9600."""
    assert _faults({"eu-west": 4_800, "eu-central": 4_800}, EU) == []
    assert len(_faults({"eu-west": 4_800, "eu-central": 4_801}, EU)) == 2


def test_a_smaller_frankfurt_is_the_limit() -> None:
    """0.8 x min(12000, 8000) = 6400: which loss, which survivor, by how much."""
    small = EU | {"eu-central-1": 8_000}
    assert _faults({"eu-west": 3_200, "eu-central": 3_200}, small) == []
    (fault,) = _faults({"eu-west": 3_200, "eu-central": 3_300}, small)
    assert fault.startswith("capacity: losing eu-west-1: eu-central-1 would carry 6,500 of 6,400 sessions, 100 too many")


def test_britain_counts_with_what_ireland_carries() -> None:
    """D_GB + D_eu-west-1 <= 0.8 x 12000 = 9600."""
    capacity = EU | {"eu-west-2": 8_000}
    assert _faults({"uk": 5_000, "eu-west": 4_600}, capacity) == []
    (fault,) = _faults({"uk": 5_000, "eu-west": 4_601}, capacity)
    assert "losing eu-west-2: eu-west-1 would carry 9,601 of 9,600" in fault


@pytest.mark.parametrize(("virginia", "oregon", "share"), [(15_000, 15_000, Fraction(2, 5)), (15_000, 12_000, Fraction(9_600, 27_000))])
def test_steady_use_of_north_america(virginia: int, oregon: int, share: Fraction) -> None:
    """40 % each where equal, else 9600 / 27000 = 35.6 %."""
    found = headroom(TABLE, {"americas": virginia, "americas-west": oregon}, {"us-east-1": virginia, "us-west-2": oregon})
    assert found == pytest.approx(float(share))


def test_canada_counts_with_what_virginia_carries() -> None:
    capacity = {"us-east-1": 15_000, "us-west-2": 15_000, "ca-central-1": 5_000}
    (fault,) = _faults({"americas": 5_000, "americas-west": 4_000, "canada": 7_001}, capacity | {"ca-central-1": 20_000})
    assert "losing ca-central-1: us-east-1 would carry 12,001 of 12,000 sessions, 1 too many" in fault


def test_all_of_hong_kong_on_singapore() -> None:
    """6400 / (10000 + 8000) = 35.6 % where all of Hong Kong has Singapore as second choice."""
    demand = {"china": 10_000, "southeast-asia": 8_000}
    assert headroom(TABLE, demand, APAC) == pytest.approx(6_400 / 18_000)


def test_half_of_hong_kong_each_way() -> None:
    """6400 / (5000 + 8000) = 49.2 % for the loss of Hong Kong, where half has Tokyo as second choice."""
    demand = {"china": 5_000, "hong-kong": 5_000, "southeast-asia": 8_000, "northeast-asia": 8_000}
    carried = loads(TABLE, demand, frozenset({"ap-east-1"}))
    assert carried == {"ap-northeast-1": 13_000, "ap-southeast-1": 13_000}
    assert min(0.8 * APAC[region] / load for region, load in carried.items()) == pytest.approx(6_400 / 13_000)


def test_tokyo_and_singapore_bind_each_other_tighter_than_hong_kong_does() -> None:
    """Each is the other's only second choice: 6400 / 16000 = 40 %, the greatest steady use of the whole area."""
    demand = {"china": 5_000, "hong-kong": 5_000, "southeast-asia": 8_000, "northeast-asia": 8_000}
    assert headroom(TABLE, demand, APAC) == pytest.approx(0.4)


@pytest.mark.parametrize(("regions", "share"), [(2, "40%"), (3, "53%"), (4, "60%")])
def test_no_way_of_spreading_beats_four_fifths_of_n_minus_one(regions: int, share: str) -> None:
    """The documents' goal of 85 % use contradicts N-1 (C-09)."""
    assert f"{0.8 * (regions - 1) / regions:.0%}" == share
    assert 0.8 * (regions - 1) / regions < 0.85


def test_demand_without_a_region_left_is_named() -> None:
    faults = _faults({"eu-west": 10}, {"eu-west-1": 1_000})
    assert faults == ["capacity: losing eu-west-1: 10 sessions have no region left: give their routes another one"]
    assert headroom(TABLE, {"eu-west": 10}, {"eu-west-1": 1_000}) == 0


def test_two_losses_at_once() -> None:
    faults = _faults({"eu-west": 1_000}, EU, at_once=2)
    assert faults == ["capacity: losing eu-central-1 and eu-west-1: 1,000 sessions have no region left: give their routes another one"]


def test_demand_of_an_unknown_route_is_refused() -> None:
    (fault,) = _faults({"atlantis": 1}, EU)
    assert fault.startswith("demand: route 'atlantis' is not in the catalogue")
    with pytest.raises(NotInCatalog, match="atlantis"):
        loads(TABLE, {"atlantis": 1})


def test_losses_of_ten_regions() -> None:
    assert [len(list(losses(REGIONS, at_once))) for at_once in (0, 1, 2)] == [1, 11, 56]


@given(demands, capacities, st.data())
def test_less_capacity_never_mends(demand: dict[str, int], capacity: dict[str, int], data: st.DataObject) -> None:
    region = data.draw(st.sampled_from(REGIONS))
    less = capacity | {region: data.draw(st.integers(0, capacity[region]))}
    for lost in losses(REGIONS):
        before = {(found.lost, found.survivor) for found in overloads(TABLE, demand, capacity, lost)}
        assert before <= {(found.lost, found.survivor) for found in overloads(TABLE, demand, less, lost)}


@given(demands, st.sampled_from(list(losses(REGIONS, 2))))
def test_no_session_is_lost_or_made(demand: dict[str, int], lost: frozenset[str]) -> None:
    assert sum(loads(TABLE, demand, lost).values()) == sum(demand.values())


@given(demands, capacities, st.data())
def test_order_of_the_input_does_not_matter(demand: dict[str, int], capacity: dict[str, int], data: st.DataObject) -> None:
    sessions, sizes = (dict(data.draw(st.permutations(list(given.items())))) for given in (demand, capacity))
    assert _faults(demand, capacity) == _faults(sessions, sizes)


@given(demands, capacities)
def test_the_greatest_factor_is_kept_and_a_greater_one_is_not(demand: dict[str, int], capacity: dict[str, int]) -> None:
    factor = headroom(TABLE, demand, capacity)
    assert (factor >= 1) == (not _faults(demand, capacity))


def test_the_serving_table_has_every_country_and_every_loss_that_concerns_it() -> None:
    rows = {row.country: row for row in serving_table(TABLE)}
    assert {country.split("/")[0] for country in rows} == set(TABLE.countries)
    assert rows["FR"].after == {"eu-west-1": ("eu-central-1",), "eu-central-1": ("eu-west-1",)}
    assert rows["FR"].strict
    assert not rows["GB"].strict
    assert rows["US/WNAM"].before == ("us-west-2", "us-east-1")
    assert rows["US/ENAM"].after["us-east-1"] == ("us-west-2", "ca-central-1")
    assert all(set(row.after) == set(row.before) for row in rows.values())


def test_a_country_with_one_region_falls_to_the_maintenance_page() -> None:
    rows = {row.country: row for row in serving_table(TABLE.served_by(["eu-west-1"]))}
    assert rows["FR"].after == {"eu-west-1": (MAINTENANCE,)}
    assert rows["JP"].before == (MAINTENANCE,)


def test_data_that_nobody_may_hold_elsewhere_is_lost_with_its_home() -> None:
    """Ireland and Frankfurt may hold each other's personal data and no sensitive data; so may Oregon Virginia's, as it is not under
    HIPAA (S-319); nobody may hold Hong Kong's (data-layer.md 2.3)."""
    ireland = unavailable_data(TABLE, frozenset({"eu-west-1"}))
    assert ireland == {"eu-west": ("sensitive",), "middle-east-africa": ("sensitive",)}
    assert unavailable_data(TABLE, frozenset({"us-east-1"})) == {"americas": ("sensitive",)}
    assert unavailable_data(TABLE, frozenset({"us-east-1", "us-west-2"}))["americas"] == ("personal", "sensitive")
    assert unavailable_data(TABLE, frozenset({"ap-east-1"})) == dict.fromkeys(("china", "hong-kong"), ("personal", "sensitive"))
    assert unavailable_data(TABLE, frozenset()) == {}


def test_nothing_is_left_when_the_whole_group_is_lost() -> None:
    both = unavailable_data(TABLE, frozenset({"eu-west-1", "eu-central-1"}))
    assert both["eu-central"] == ("public", "operational", "personal", "sensitive")


@pytest.mark.parametrize("group", ["eu", "uk"])
def test_failing_over_inside_europe_finds_personal_data(group: str) -> None:
    """Each next region has a legal basis to hold what the one before it holds."""
    for route in TABLE.routes_of(group):
        assert all(may_copy("personal", route.pools[0], pool) for pool in route.pools[1:])


@pytest.mark.parametrize(("interval", "timeout", "retries", "down", "seconds"), [(30, 10, 3, 3, 130), (15, 5, 2, 2, 45), (60, 5, 0, 1, 65)])
def test_longest_time_to_see_a_loss(interval: int, timeout: int, retries: int, down: int, seconds: int) -> None:
    assert detection_seconds(interval=interval, timeout=timeout, retries=retries, consecutive_down=down) == seconds
