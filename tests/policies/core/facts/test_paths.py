"""Shortest ways, compared with ways found by hand."""

from policies.core.facts.paths import paths_to

EDGES = [("web", "app"), ("app", "cache"), ("web", "batch"), ("batch", "queue"), ("queue", "cache"), ("cache", "web"), ("other", "island")]


def test_every_way_ends_at_the_target_and_is_shortest() -> None:
    assert paths_to("cache", EDGES) == {
        "cache": ("cache",),
        "app": ("app", "cache"),
        "queue": ("queue", "cache"),
        "web": ("web", "app", "cache"),
        "batch": ("batch", "queue", "cache"),
    }


def test_longer_ways_are_left_out() -> None:
    assert set(paths_to("cache", EDGES, 1)) == {"cache", "app", "queue"}


def test_a_target_without_edges_is_its_own_way() -> None:
    assert paths_to("alone", []) == {"alone": ("alone",)}
