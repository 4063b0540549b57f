"""What a program is told of another stack whose outputs it reads."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from meridian.fork_server import Ended, can_fork, run
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


def told(plan: Callable[[str], Plan], stacks: Sequence[str], meanwhile: Callable[[], object] = lambda: None) -> Mapping[str, Plan]:
    """What `plan` says of each stack's outputs, and nothing else of them: in a process for each core, where this one can fork.

    The first is planned here, so that the others share what it loads; `meanwhile` is done here while they run. What fails in another
    process is done again here, where its error can be raised.
    """
    found = {stack: _outputs(plan(stack)) for stack in stacks[:1]}
    if len(stacks) > 1 and can_fork() and threading.active_count() == 1:

        def work(stack: str, report: Callable[[int], None]) -> Plan | None:
            try:
                return _outputs(plan(stack))
            except Exception:
                return None

        for finished in run(work, stacks[1:], os.cpu_count() or 1, lambda stack, count: None, meanwhile):
            if finished.result is not None and not isinstance(finished.result, Ended):
                found[finished.task] = finished.result
    return {stack: found[stack] if stack in found else _outputs(plan(stack)) for stack in stacks}


def _outputs(plan: Plan) -> Plan:
    return replace(plan, resources=(), invokes=(), diagnostics=())
