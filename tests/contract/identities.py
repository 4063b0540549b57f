"""What Pulumi knows a resource by: the types down to it, its name, and the earlier ones that its aliases and its parents' aliases keep.

`python -m tests.contract.identities` writes the inventory again, after a review of what goes; `--check` says whether it is up to date.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from meridian.engine.project import Project
from meridian.plan import STACK_TYPE, Plan, Planned

ROOT = Path(__file__).parents[2]
INVENTORY = Path(__file__).with_name("inventory.txt")
EVERY = "*"


class Identity(NamedTuple):
    types: str
    """Types of the ancestors and its own, joined by `$`, as in a URN."""
    name: str

    @property
    def type(self) -> str:
        return self.types.rpartition("$")[2]


def of_urn(urn: str) -> Identity:
    _, _, types, name = urn.split("::", 3)
    return Identity(types, name)


def identities(plan: Plan) -> frozenset[Identity]:
    return frozenset(of_urn(resource.urn) for resource in plan if not resource.read)


def earlier(plan: Plan, resource: Planned) -> frozenset[Identity]:
    """Identities that an update takes for this resource (pulumi/pulumi pkg/resource/deploy/step_generator.go, generateAliases)."""
    return frozenset(_known(plan, resource)) - {of_urn(resource.urn)}


def _known(plan: Plan, resource: Planned) -> Iterator[Identity]:
    if resource.type == STACK_TYPE:
        yield Identity("", resource.name)
        return
    parent = plan.by_urn.get(resource.parent)
    above = list(_known(plan, parent)) if parent else [Identity("", "")]
    now = parent.name if parent else ""
    for alias in ({}, *resource.options.aliases):
        if "urn" in alias:
            yield of_urn(alias["urn"])
            continue
        for place in [of_urn(alias["parentUrn"])] if alias.get("parentUrn") else above:
            yield _placed(place, alias, resource, now)


def _placed(place: Identity, alias: Mapping[str, Any], resource: Planned, parent_name: str) -> Identity:
    inherited = (
        place.name + resource.name.removeprefix(parent_name) if parent_name and resource.name.startswith(parent_name) else resource.name
    )
    types = (
        f"{place.types}${alias.get('type', resource.type)}"
        if place.types and place.types != STACK_TYPE
        else alias.get("type", resource.type)
    )
    return Identity(types, alias.get("name") or (inherited if place.types else resource.name))


def read() -> dict[str, frozenset[Identity]]:
    """Stack -> what it is known to hold."""
    rows = [line.split(" ") for line in INVENTORY.read_text().splitlines()]
    every = rows[0][0].split(",")
    held: dict[str, set[Identity]] = {stack: set() for stack in every}
    for types, name, stacks in rows[1:]:
        for stack in every if stacks == EVERY else stacks.split(","):
            held[stack].add(Identity(types, name))
    return {stack: frozenset(found) for stack, found in held.items()}


def written(held: Mapping[str, frozenset[Identity]]) -> str:
    """The inventory: all stacks in the first line, then a line for each identity with the stacks that hold it, `*` for all."""
    lines = [
        f"{types} {name} {EVERY if len(stacks) == len(held) else ','.join(stacks)}"
        for types, name in sorted({identity for found in held.values() for identity in found})
        for stacks in [sorted(stack for stack, found in held.items() if (types, name) in found)]
    ]
    return "\n".join((",".join(sorted(held)), *lines)) + "\n"


def main(*arguments: str) -> int:
    project = Project.at(ROOT)
    now = written({stack: without_stack(identities(project.plan(stack))) for stack in project.stacks})
    if "--check" not in arguments:
        INVENTORY.write_text(now)
    return int(INVENTORY.read_text() != now)


def without_stack(found: frozenset[Identity]) -> frozenset[Identity]:
    """The stack itself is named after its file."""
    return frozenset(identity for identity in found if identity.types != STACK_TYPE)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
