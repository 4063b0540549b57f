"""A life notes what held and what did not; what the CLI refuses is a fault in its own words."""

from typing import cast

from meridian.engine.pulumi import Engine
from meridian.engine.refusals import EngineFailed
from meridian.rehearsal.life import Life
from tests.deploy import deploy

PLAN = deploy(lambda: None)


def life(steps: list[str]) -> Life:
    return Life(cast("Engine", None), PLAN, steps.append)  # no step here asks the engine


def test_what_finds_nothing_wrong_has_passed() -> None:
    steps: list[str] = []
    found = life(steps)
    assert found.check("up", "all exists", lambda: "")
    [check] = found.checks
    assert (check.step, check.asks, check.passed, check.seen, steps) == ("up", "all exists", True, "as asked", ["up"])


def test_what_is_seen_and_what_the_cli_says_are_faults() -> None:
    def refuses() -> str:
        raise EngineFailed("stack is locked")

    found = life([])
    assert not found.check("up", "all exists", lambda: "2 missing")
    assert not found.check("refresh", "agree", refuses)
    assert [(check.passed, check.seen) for check in found.checks] == [(False, "2 missing"), (False, "stack is locked")]
