"""The order of a roll-out: the plan's own, and laws that hold for any."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meridian.analysis.waves import CannotOrder, Member, Wave, conflicts, order_faults, together, waves
from meridian.engine.project import Project
from meridian.rollout.members import groups, members

ROOT = Path(__file__).parents[3]
GROUPS = {"eu": ("eu-west-1", "eu-central-1"), "us": ("us-east-1", "us-west-2"), "hk": ("ap-east-1",)}
ALL = members(Project.at(ROOT))


def member(stack: str, region: str = "", **said: Any) -> Member:
    return Member(stack=stack, region=region or stack, **{"sessions": 1, **said})


def test_the_plan_of_ten_regions() -> None:
    """By hand from the files and routing.yaml: of the secondaries with the fewest sessions (8000) Tokyo is the first by name that only two
    others count on, Hong Kong and Singapore; Frankfurt and London do not go together, nor Oregon and Canada, nor Singapore and Mumbai.
    """
    assert waves(ALL, groups()) == (
        Wave(name="development", stacks=("dev-eu-west-1",)),
        Wave(name="staging", stacks=("staging-eu-west-1",)),
        Wave(name="first secondary", stacks=("ap-northeast-1",)),
        Wave(name="secondaries 1 of 2", stacks=("ap-south-1", "ca-central-1", "eu-west-2")),
        Wave(name="secondaries 2 of 2", stacks=("ap-southeast-1", "eu-central-1", "us-west-2")),
        Wave(name="primaries", stacks=("ap-east-1", "eu-west-1", "us-east-1")),
        Wave(name="global", stacks=("global",)),
    )


def test_partners_of_no_common_group_are_kept_apart() -> None:
    pair = (member("eu-west-1", partner="ap-east-1"), member("ap-east-1"))
    one, other = pair
    assert together(one, other, GROUPS) == together(other, one, GROUPS) == "one takes over from the other"
    assert [wave.stacks for wave in waves(pair, GROUPS)] == [("ap-east-1",), ("eu-west-1",)]


def test_two_stacks_of_one_region_are_kept_apart() -> None:
    assert together(member("blue", "ap-east-1"), member("green", "ap-east-1"), GROUPS) == "both are in ap-east-1"


def test_nobody_misses_a_stack_without_users() -> None:
    two = (member("a", "eu-west-1", environment="staging"), member("b", "eu-central-1", environment="staging"))
    assert [wave.stacks for wave in waves(two, GROUPS)] == [("a", "b")]


def test_fewest_sessions_go_first() -> None:
    found = waves((member("eu-west-1", sessions=9), member("us-east-1", sessions=3), member("ap-east-1", sessions=5)), GROUPS)
    assert found[0] == Wave(name="first secondary", stacks=("us-east-1",))


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (member("eu-west-1", environment="prod"), "eu-west-1: environment: 'prod' is none of production, staging, development"),
        (member("eu-west-1", role="main"), "eu-west-1: role: 'main' is none of primary, secondary"),
        (member("eu-south-2"), "eu-south-2: region: eu-south-2 is missing from the routing table"),
    ],
)
def test_what_the_order_cannot_follow_from_is_refused(wrong: Member, line: str) -> None:
    assert [fault[: len(line)] for fault in order_faults([wrong, member("us-east-1")], GROUPS)] == [line]
    with pytest.raises(CannotOrder, match=line.partition(":")[0]):
        waves([wrong], GROUPS)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(CannotOrder) as error:
        waves([member("eu-west-1", role="x"), member("us-east-1", environment="y")], GROUPS)
    assert len(str(error.value).splitlines()) == 2


def test_a_wave_by_hand_is_judged_too() -> None:
    wave = Wave(name="all", stacks=("eu-central-1", "eu-west-1", "global"))
    assert [line.partition(": put")[0] for line in conflicts(wave, ALL, groups())] == [
        "all: eu-central-1 and eu-west-1: one takes over from the other"
    ]


REGIONS = sorted({region for regions in groups().values() for region in regions})
FLEETS = st.lists(
    st.builds(
        Member,
        stack=st.text("abcdefgh", min_size=1, max_size=4),
        region=st.sampled_from(["", *REGIONS]),
        environment=st.sampled_from(["production", "staging", "development"]),
        role=st.sampled_from(["primary", "secondary"]),
        partner=st.sampled_from(["", *REGIONS]),
        sessions=st.integers(0, 20000),
    ),
    unique_by=lambda each: each.stack,
    max_size=14,
)


@given(FLEETS)
def test_every_stack_has_one_place_and_nobody_goes_with_whom_it_stands_in_for(fleet: list[Member]) -> None:
    found = waves(fleet, groups())
    assert sorted(stack for wave in found for stack in wave.stacks) == sorted(each.stack for each in fleet)
    assert [line for wave in found for line in conflicts(wave, fleet, groups())] == []


@given(FLEETS)
def test_steps_go_in_turn_whatever_the_files_order(fleet: list[Member]) -> None:
    found = waves(fleet, groups())
    assert found == waves(list(reversed(fleet)), groups())
    rank = {"development": 0, "staging": 1, "first": 2, "secondaries": 3, "primaries": 4, "global": 5}
    turns = [rank[wave.name.split()[0]] for wave in found]
    assert turns == sorted(turns)
