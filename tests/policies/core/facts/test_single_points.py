"""Parts that every way passes, read off small graphs by hand."""

import pytest

from policies.core.facts.single_points import single_points

CASES = {
    "a chain": (["sa", "ab"], ("b", "a")),
    "two ways": (["sa", "sb"], ()),
    "two ways that meet": (["sa", "sb", "ac", "bc"], ("c",)),
    "two ways that meet and part": (["sa", "sb", "ac", "bc", "cd", "ce"], ("c",)),
    "a way around": (["sa", "sb", "ac", "bc", "bd"], ()),
    "nothing there": ([], ()),
    "a ring that nobody enters": (["sa", "sb", "xy", "yx", "xa"], ()),
}


@pytest.mark.parametrize(("links", "found"), CASES.values(), ids=CASES)
def test_every_way_passes_them(links: list[str], found: tuple[str, ...]) -> None:
    assert single_points("s", [(link[0], link[1]) for link in links]) == found
