"""The fleet: sums by hand, and what is refused."""

import pickle

import pytest

from policies.core.fleet import Fleet, Ground
from policies.core.settings import Settings, SettingsError
from policies.reliability.fleet_example import fleet

SEED = {"eu-west-1": 12_000, "eu-central-1": 8_000}
"""Capacities of the documents' regional deployment (S-078)."""


def of(document: object) -> Fleet:
    return Settings.of({"fleet": document}).fleet


def test_nobody_has_said_anything_by_default() -> None:
    assert Settings().fleet == Fleet()
    assert str(Fleet()) == "nothing"
    assert not list(Fleet().overloads())
    assert not Fleet().shares()


def test_the_smaller_of_two_regions_bounds_both() -> None:
    """0.8 x 8,000 = 6,400 are all that the two may have together."""
    regions = {name: {"capacity": capacity} for name, capacity in SEED.items()}
    routes = {
        "west": {"group": "eu", "regions": ["eu-west-1", "eu-central-1"], "demand": 3_400.0},
        "east": {"group": "eu", "regions": ["eu-central-1", "eu-west-1"], "demand": 3_000.0},
    }
    told = {"regions": regions, "groups": {"eu": [*SEED]}, "routes": routes}
    assert list(of(told).overloads()) == []
    routes["west"]["demand"] = 3_401.0
    assert [str(each) for each in of(told).overloads()] == [
        "losing eu-west-1: eu-central-1 would carry 6,401 of 6,400 sessions, 1 too many: "
        "raise its capacity or give its routes another next region"
    ]


def test_room_outside_the_group_is_no_room() -> None:
    found = of(fleet(routes__ireland__regions=["eu-west-1", "us-east-1"], regions__us_east_1__capacity=1_000_000))
    assert [(each.lost, each.survivor, each.load) for each in found.overloads()] == [(("eu-west-1",), "maintenance", 4_000)]


def test_what_several_regions_stand_on_takes_their_sum() -> None:
    shared = {"stack": "europe", "key": "mrk-1"}
    found = of(fleet(regions__eu_west_1__standsOn=shared, regions__eu_central_1__standsOn={**shared, "key": "mrk-2"}))
    assert found.shares() == {
        (Ground.STACK, "europe"): 0.5,
        (Ground.STACK, "us-east-1"): 0.25,
        (Ground.STACK, "us-west-2"): 0.25,
        (Ground.KEY, "mrk-1"): 0.25,
        (Ground.KEY, "mrk-2"): 0.25,
    }


def test_pools_and_groups_are_found() -> None:
    found = of(fleet(regions__us_east_1__pools=["*us-east-1*", "abc123"]))
    assert [found.region_of_pool(pool) for pool in ("abc123", "steering-us-east-1", "ireland", "rome")] == [
        "us-east-1",
        "us-east-1",
        "eu-west-1",
        "",
    ]
    assert found.within_one_group(["eu-west-1", "eu-central-1"])
    assert not found.within_one_group(["eu-west-1", "us-east-1"])


def test_it_travels_between_processes() -> None:
    found = of(fleet())
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"groups__eu": ["eu-west-1", "eu-west-9"]}, r"^fleet: groups\.eu: 'eu-west-9': did you mean eu-west-1"),
        ({"routes__east__group": "usa"}, r"^fleet: routes\.east\.group: 'usa': did you mean us\?$"),
        ({"routes__east__regions": ["us-east-2"]}, r"^fleet: routes\.east\.regions: 'us-east-2': did you mean .*us-east-1"),
        ({"routes__east__demand": -1}, r"^fleet\.routes\.east\.demand: -1: Input should be greater than or equal to 0$"),
        (
            {"regions__eu_west_1__standsOn": {"continent": "x"}},
            r"^fleet\.regions\.eu-west-1\.standsOn\.continent.*'stack', 'cluster' or 'key'$",
        ),
        (
            {"regions__eu_west_1__sessions": 1},
            r"^fleet\.regions\.eu-west-1\.sessions: 1: no such setting; there are capacity, pools, standsOn$",
        ),
    ],
    ids=str,
)
def test_a_wrong_manifest_is_refused(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        of(fleet(**changes))
