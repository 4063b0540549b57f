"""Which program builds a stack: the key of its configuration decides, and the other one is never imported."""

import importlib
from collections.abc import Mapping
from typing import Any

import pulumi

PROGRAMS = {"region": "stacks.region", "global": "stacks.global_"}
"""Configuration key below `meridian` -> module that reads its spec (`read`) and builds it (`build`). Importing Cloudflare's SDK costs
seconds and 100 MB, so a region does without (tests/contract/test_house.py)."""


def load(config: Mapping[str, str]) -> None:
    """Import the program of a stack with that configuration, so that building it later takes less time."""
    for kind, program in PROGRAMS.items():
        if f"meridian:{kind}" in config:
            importlib.import_module(program)


def outputs() -> Mapping[str, Any]:
    """Build the stack that Pulumi runs and return its outputs.

    Raises:
        pulumi.RunError: its file names no kind of stack, or several.
    """
    config = pulumi.Config("meridian")
    kinds = [kind for kind in PROGRAMS if config.get(kind) is not None]
    if len(kinds) != 1:
        keys = " or ".join(f"`meridian:{kind}`" for kind in PROGRAMS)
        raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: config: {' and '.join(kinds) or 'none'}: exactly one of {keys} is needed")
    program = importlib.import_module(PROGRAMS[kinds[0]])
    return program.build(program.read())
