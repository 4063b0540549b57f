"""The ways are those of the list that the table names."""

import re

import pytest

from components.catalog.escalations import Escalation, escalations


def test_all_ways_of_the_source_but_codestars_are_there() -> None:
    """The source numbers 28 ways, three of them through CodeStar."""
    assert len(escalations()) == 28 - 3
    assert not any("codestar" in action for way in escalations().values() for action in way.actions)


@pytest.mark.parametrize("way", escalations().values(), ids=lambda way: way.does)
def test_actions_are_spelt_as_iam_spells_them(way: Escalation) -> None:
    assert way.actions
    assert all(re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z]+", action) for action in way.actions)


def test_no_way_contains_another_by_name_only() -> None:
    sets = [frozenset(way.actions) for way in escalations().values()]
    assert len(set(sets)) == len(sets)
