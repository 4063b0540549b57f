"""A region's life from its first preview to its last resource, on the real engine over stand-in clouds."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from meridian.engine.command import Command
from meridian.engine.project import Project
from meridian.engine.pulumi import Engine, engine
from meridian.engine.refusals import EngineFailed
from meridian.engine.world import Operation, Trouble, World, doubled
from meridian.plan import Mode, Plan, Planned
from meridian.rehearsal.changes import rehearse_change
from meridian.rehearsal.crash import lost, rehearse_crash
from meridian.rehearsal.drift import drift_of, made
from meridian.rehearsal.edits import CHANGES
from meridian.rehearsal.failures import troubled
from meridian.rehearsal.order import order_faults, stages_of
from meridian.rehearsal.protection import Protection
from meridian.rehearsal.record import ChangePlan, Check, Crash, Rehearsal

Watch = Callable[[str], None]
Live = Callable[[], AbstractContextManager[Engine]]
SHOWN = 3
"""Names given in a line; the rest are counted."""


class Life:
    """The steps of one life, each timed and noted."""

    def __init__(self, engine: Engine, plan: Plan, watch: Watch) -> None:
        self.engine, self.plan, self.watch = engine, plan, watch
        self.checks: list[Check] = []

    def check(self, step: str, asks: str, look: Callable[[], str]) -> bool:
        """Note whether `look` finds nothing wrong. What the engine refuses is a fault like any other, told in its own words."""
        self.watch(step)
        started = time.monotonic()
        try:
            seen = look()
        except EngineFailed as failed:
            seen = str(failed)
        self.checks.append(
            Check(step=step, asks=asks, passed=not seen, seen=seen or "as asked", seconds=round(time.monotonic() - started, 1))
        )
        return not seen


def rehearse(root: Path, stack: str, *, kills: int, seed: int, watch: Watch, world: World | None = None) -> Rehearsal:
    """Rehearse a stack of the project in `root`; `kills` are the crashes to survive, `seed` fixes where they come.

    Stacks whose outputs it reads are told to the engine as they would be once they are up.

    Raises:
        NoEngine: there is no usable CLI.
    """
    started = time.monotonic()
    command = Command.found()
    project = Project.at(root)
    referenced = {name: project.plan(name, Mode.UPDATE) for name in project.references(stack)}
    plan = project.plan(stack, referenced=referenced)
    live = partial(engine, root, stack, referenced=referenced)
    with live(world=world) as found:
        life = Life(found, plan, watch)
        changes = tuple(_whole_life(life))
    with live() as found:
        broken = Life(found, plan, watch)
        _failures(broken)
    crashes = tuple(_crashes(live, broken, kills, random.Random(seed)))
    return Rehearsal(
        stack=stack,
        cli=command.version,
        resources=len(plan.made),
        checks=(*life.checks, *broken.checks),
        changes=changes,
        crashes=crashes,
        seconds=round(time.monotonic() - started, 1),
    )


def _whole_life(life: Life) -> Iterator[ChangePlan]:
    found, plan = life.engine, life.plan
    life.check("preview", f"{len(plan.made)} resources are to be created", lambda: _previews_creations(life))
    if not life.check("up", "everything exists once", lambda: _makes_all(life)):
        return
    life.check("second preview", "nothing is to do", lambda: _many(found.preview().events.changes))
    life.check("refresh", "state and clouds agree", lambda: _refreshes_empty(found))
    life.check("drift", "what somebody changed or deleted is found, and mended", lambda: _finds_drift(life))
    for name in CHANGES:
        life.watch(f"change: {name}")
        yield rehearse_change(found, plan, name)
    guarded = Protection(plan)
    what = f"{guarded.target.name} with what needs it" if guarded.target else "everything"
    life.check("protection", f"to destroy {what} is refused while it is protected, and deletes nothing", lambda: _refuses(life, guarded))
    life.check("destroy", "goes through", lambda: _destroys(life))
    life.check("order", _turns(plan), lambda: _many(_order(life)))
    life.check("afterwards", "nothing is left, in the clouds or in the state", lambda: _left(found))


def _previews_creations(life: Life) -> str:
    planned = life.engine.preview()
    created = set(planned.events.urns("create"))
    return _many([resource.urn for resource in life.plan.made if resource.urn not in created])


def _makes_all(life: Life) -> str:
    life.engine.up()
    return _whole(life)


def _completes(life: Life) -> str:
    return _makes_all(life) or _many(life.engine.preview().events.changes)


def _whole(life: Life) -> str:
    """Nothing missing, nothing twice, nothing unknown to the state."""
    existing = life.engine.world.existing.values()
    missing = {resource.urn for resource in life.plan.made} - {each.urn for each in existing}
    return "; ".join(
        f"{what}: {_many(urns)}"
        for what, urns in {
            "missing": sorted(missing),
            "doubled": doubled(existing),
            "lost": [each.urn for each in lost(life.engine)],
        }.items()
        if urns
    )


def _refreshes_empty(found: Engine) -> str:
    found.refresh("--expect-no-changes")
    return ""


def _finds_drift(life: Life) -> str:
    try:
        drift = drift_of(life.plan)
    except LookupError as none:
        return str(none)
    made(drift, life.engine.world)
    seen = life.engine.preview("--refresh").events
    if drift.changed.urn not in seen.urns("update") or drift.deleted.urn not in seen.urns("create"):
        return f"the preview after a refresh does not mend {drift.changed.name} and {drift.deleted.name}"
    life.engine.up("--refresh")
    return _whole(life)


def _refuses(life: Life, guarded: Protection) -> str:
    before, kept = len(life.engine.world.existing), {resource.urn for resource in life.engine.deployed() if resource.options.protect}
    if bare := [resource.urn for resource in guarded.protected if resource.urn not in kept]:
        return f"not protected in the state: {_many(bare)}"
    target = ("--target", guarded.target.urn, "--target-dependents") if guarded.target else ()
    try:
        life.engine.run("destroy", "--preview-only", *target)
    except EngineFailed as failed:
        named = any(resource.urn in str(failed) for resource in guarded.protected) and "protected" in str(failed)
        return "" if named and len(life.engine.world.existing) == before else str(failed)
    return f"{len(guarded.protected)} protected resources were not" if guarded.protected else ""


def _destroys(life: Life) -> str:
    life.engine.run("state", "unprotect", "--all", "--yes")
    life.engine.destroy()
    return ""


def _turns(plan: Plan) -> str:
    stages = stages_of(plan)
    return f"nothing before what needs it{'; in turn: ' * bool(stages)}{', '.join(stages)}"


def _order(life: Life) -> list[str]:
    deleted = life.engine.world.done(Operation.DELETE)
    return list(order_faults(life.plan, deleted[-len(life.plan.made) :]))


def _left(found: Engine) -> str:
    return _many([*found.world.existing, *(resource.urn for resource in found.deployed())])


def _failures(life: Life) -> None:
    """A cloud that refuses one creation, then leaves another half-made, and the retry. Each in an update of its own: one ends the other."""
    refused, half = troubled(life.plan)
    _trouble(life, Trouble(operation=Operation.CREATE, name=refused.name, message="stand-in: limit exceeded"))
    life.check("refusal", f"{refused.name} is refused: the state has neither it nor {half.name}", lambda: _refusal(life, refused, half))
    _trouble(life, Trouble(operation=Operation.CREATE, name=half.name, message="stand-in: never became active", partial=True))
    life.check("half-made", f"{half.name} never becomes active: the state tells", lambda: _half_made(life, half))
    _trouble(life)
    life.check("retry", "makes the rest, mends the half-made, nothing twice", lambda: _makes_all(life))
    life.check("preview after retry", "nothing is to do", lambda: _many(life.engine.preview().events.changes))


def _trouble(life: Life, *troubles: Trouble) -> None:
    life.engine.world.troubles = troubles


def _refusal(life: Life, refused: Planned, half: Planned) -> str:
    state = _after_failure(life)
    return "the update went through" if state is None else _many([one.urn for one in (refused, half) if one.urn in state])


def _half_made(life: Life, half: Planned) -> str:
    state = _after_failure(life)
    if state is None:
        return "the update went through"
    return "" if state.get(half.urn, {}).get("initErrors") and not lost(life.engine) else f"the state says nothing of {half.name}"


def _after_failure(life: Life) -> Mapping[str, Any] | None:
    """URN -> state after an update that must fail; none where it did not."""
    try:
        life.engine.up()
    except EngineFailed:
        return {each["urn"]: each for each in life.engine.export()["resources"]}
    return None


def _crashes(live: Live, after: Life, kills: int, dice: random.Random) -> Iterator[Crash]:
    """Crashes until there were enough, in as many lives as that takes, each completed; the checks of them go to those of `after`."""
    left, number = kills, 0
    while left > 0:
        number += 1
        with live() as found:
            life = Life(found, after.plan, after.watch)
            while left > 0:
                after.watch(f"kill {kills - left + 1} of {kills}")
                crash = rehearse_crash(found, number, dice)
                if crash is None:
                    break
                left -= 1
                yield crash
            found.world.seconds = 0
            life.check(
                "after the kills", f"life {number} is completed: nothing missing, nothing twice, nothing to do", partial(_completes, life)
            )
        after.checks += life.checks


def _many(found: Mapping[str, int] | list[str]) -> str:
    """The first few of what was found, and how many more; empty when there is nothing."""
    names = [f"{count} {name}" for name, count in found.items()] if isinstance(found, Mapping) else found
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
