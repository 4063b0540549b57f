"""What somebody does behind the engine's back: changes one resource, deletes another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meridian.engine.difference import effect
from meridian.engine.world import Operation, World
from meridian.plan import Plan, Planned

MARK = "changed by somebody else"
CHANGED: Mapping[str, Any] = {"tags": {"changed-by": "somebody else"}, "comment": MARK, "description": MARK, "name": MARK}
"""Input that drift overwrites -> with what; the first that a resource has and that the cloud changes in place."""


@dataclass(frozen=True)
class Drift:
    """What is changed, and what is gone."""

    changed: Planned
    property: str
    """Input of `changed` that gets the value CHANGED holds for it."""
    deleted: Planned
    """A resource that nothing depends on: what did would have gone with it in a cloud."""


def drift_of(plan: Plan) -> Drift:
    """The drift that this stack can have.

    Raises:
        LookupError: it has nothing that can be changed in place, or nothing that may be missing.
    """
    needed = {urn for resource in plan for urn in resource.needs}
    soft = ((resource, key) for key in CHANGED for resource in plan.made if _can_change(resource, key))
    changed, key = next(soft, (None, ""))
    leaves = (resource for resource in reversed(plan.made) if resource.urn not in needed and not resource.options.protect)
    deleted = next((leaf for leaf in leaves if leaf is not changed), None)
    if changed is None or deleted is None:
        raise LookupError(f"{plan.stack}: nothing has {' or '.join(CHANGED)} to change in place, or everything is protected or needed")
    return Drift(changed, key, deleted)


def _can_change(resource: Planned, key: str) -> bool:
    return key in resource.inputs and not effect(resource.type).replaced_by(key) and key not in resource.options.ignore_changes


def made(drift: Drift, world: World) -> None:
    """Do it."""
    [before] = world.of(drift.changed.urn)
    world.changed(before.token, before.urn, before.id, {**before.inputs, drift.property: CHANGED[drift.property]}, Operation.DRIFT)
    [gone] = world.of(drift.deleted.urn)
    world.deleted(gone.token, gone.urn, gone.id)
