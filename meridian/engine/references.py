"""What a program is told of another stack whose outputs it reads."""

from collections.abc import Mapping
from typing import Any

from meridian.plan import Plan

TOKEN = "pulumi:pulumi:StackReference"
"""Type under which the SDK looks a stack up."""


def properties(name: str, referenced: Mapping[str, Plan]) -> Mapping[str, Any]:
    """The properties of the reference, where the stack's Plan is at hand: outputs as far as that Plan knows them, names of secret ones.

    `name` may be qualified, `organization/project/stack`.
    """
    plan = referenced.get(name.rpartition("/")[2])
    if plan is None:
        return {}
    return {"outputs": plan.outputs, "secretOutputNames": sorted({path.partition(".")[0] for path in plan.secret_outputs})}
