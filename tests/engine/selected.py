"""Which stacks the engine tier runs: one of each kind, since all take many minutes.

MERIDIAN_ENGINE_STACKS=all runs every one, names with commas run these.
"""

import os
from pathlib import Path

from meridian.engine.project import Project

ROOT = Path(__file__).parents[2]
PROJECT = Project.at(ROOT)
SMALLEST = next(stack for stack in PROJECT.stacks if stack.startswith("dev-"))
ONE_OF_EACH = (SMALLEST, "ap-east-1", "eu-west-1", "global")
"""Development; a secondary, the only one without a partner; a primary with databases and GPU pools; the stack that reads all regions."""


def selected() -> tuple[str, ...]:
    wanted = os.environ.get("MERIDIAN_ENGINE_STACKS", "")
    if wanted == "all":
        return PROJECT.stacks
    return tuple(wanted.split(",")) if wanted else ONE_OF_EACH
