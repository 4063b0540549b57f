"""Runs a build on the project's own engine, for component tests."""

from collections.abc import Callable

from meridian.engine import embedded
from meridian.plan import Mode, Plan


def deploy(build: Callable[[], object], mode: str = "update", **config: str) -> Plan:
    """The Plan of what `build` makes, in a stack `test` of a project `meridian`, with default providers."""
    return embedded.plan(build, project="meridian", stack="test", config=config, mode=Mode(mode))
