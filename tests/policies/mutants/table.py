"""Mutants as data: what to change in a compliant stack, and which rules must then speak."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from policies.core.example import Example
from policies.core.resource import Resource
from policies.core.rule import Rule
from tests.policies.mutants.region import Change, Region

HERE = Path(__file__).parent
BESIDE = HERE / "beside.yaml"
"""What bad examples break besides the rule that they are of."""
GRAFT = "bad example"
"""What names of mutants begin with that are not declared here."""
EXEMPT = HERE / "exempt.yaml"
"""Rules that have fewer mutants than others, with the reason."""
_STEP = re.compile(r"`([^`]+)`|([^.]+)")


@dataclass(frozen=True)
class Mutant:
    """One change and the row of the matrix that it must give."""

    rule: str
    """The rule it is made for."""
    name: str
    """What is done to what."""
    change: Change
    """The change itself."""
    also: frozenset[str]
    """Other rules that must speak too, for the same fault."""
    apart: frozenset[str] = frozenset()
    """Rules that may speak of what the mutant brings along, compliant or not: no part of its row."""


class NoSuchPlace(Exception):
    """A mutant points at nothing: the stack has changed, or the table is wrong. The message names both."""


def declared(region: Region) -> Iterator[Mutant]:
    """Mutants of the tables beside this file: rule -> list of changes."""
    for path in sorted(HERE.glob("*.yaml")):
        for rule, changes in _rows(path).items() if path not in (BESIDE, EXEMPT) else ():
            yield from (_mutant(rule, row, region) for row in changes)


def _rows(path: Path) -> Mapping[str, Any]:
    return yaml.load(path.read_text(), yaml.CSafeLoader) or {}


def exempt() -> Mapping[str, str]:
    """Rule -> why it cannot have mutants as others have."""
    return _rows(EXEMPT)


def _mutant(rule: str, row: Mapping[str, Any], region: Region) -> Mutant:
    name = " ".join(f"{key}={json.dumps(value)}" for key, value in row.items() if key not in ("also", "may"))
    return Mutant(rule, name, change(row, region.resources), frozenset(row.get("also", ())), frozenset(row.get("may", ())))


def change(row: Mapping[str, Any], resources: Sequence[Resource]) -> Change:
    """What a row of the table does. `at`: type and name, `*` for any; the first that fits is changed. `told`: settings it is judged by."""
    added = [_added(each, number, resources) for number, each in enumerate(row.get("add", ()))]
    told = row.get("told", {})
    if "at" not in row:
        return Change({}, added, told)
    target = place(row["at"], resources)
    if row.get("remove"):
        return Change({target.urn: None}, added, told)
    inputs = deepcopy(dict(target.inputs))
    for path in row.get("delete", ()):
        _edit(inputs, _steps(path), None, row["at"])
    for path, value in row.get("set", {}).items():
        _edit(inputs, _steps(path), value, row["at"])
    gone = {path for path in row.get("delete", ()) if path in inputs or "." not in path}
    depends = {key: urns for key, urns in target.property_dependencies.items() if key not in gone and key not in row.get("set", {})}
    depends |= _depends(row.get("from", {}), resources)
    changed = replace(target, inputs=inputs, property_dependencies=depends, protect=row.get("protect", target.protect))
    return Change({target.urn: changed}, added, told)


def place(at: str, resources: Sequence[Resource]) -> Resource:
    """The first resource of a type and name.

    Raises:
        NoSuchPlace: there is none.
    """
    type, _, name = at.partition(" ")
    for resource in resources:
        if resource.type == type and fnmatchcase(resource.name, name or "*"):
            return resource
    raise NoSuchPlace(f"{at}: the stack has no such resource")


def _depends(given: Mapping[str, str], resources: Sequence[Resource]) -> dict[str, tuple[str, ...]]:
    return {property: (place(at, resources).urn,) for property, at in given.items()}


def _added(row: Mapping[str, Any], number: int, resources: Sequence[Resource]) -> Resource:
    depends = _depends(row.get("from", {}), resources)
    inputs = {**dict.fromkeys(depends, "id"), **row.get("inputs", {})}
    urn = f"urn:pulumi:mutant::mutant::{row['type']}::mutant-{number}"
    return Resource(urn=urn, type=row["type"], name=f"mutant-{number}", inputs=inputs, property_dependencies=depends, protect=True)


def _steps(path: str) -> list[str]:
    return [quoted or plain for quoted, plain in _STEP.findall(path)]


def _edit(value: Any, steps: list[str], new: Any, at: str) -> None:
    """Set what stands at a path, or delete it where `new` is None. A step `#` goes into JSON text, a number into a list."""
    step, *others = steps
    key: Any = int(step) if isinstance(value, list) else step
    if others[:1] == ["#"]:
        document = json.loads(value[key])
        _edit(document, others[1:], new, at)
        value[key] = json.dumps(document)
    elif others:
        if isinstance(value, dict) and new is not None:
            value.setdefault(key, {})
        _edit(value[key], others, new, at)
    elif new is not None:
        value[key] = new
    elif isinstance(value, dict) and key not in value:
        raise NoSuchPlace(f"{at}: {'.'.join(steps)} is not there to be deleted")
    else:
        del value[key]


def grafted(rule: Rule, region: Region, most: int = 2) -> Iterator[Mutant]:
    """The first bad examples of a rule, put beside a stack that is compliant.

    What speaks of the rule's good examples there too speaks of what examples leave out, not of the fault: it is kept apart.
    """
    brought = [region.after(_beside(example)) for example in rule.good[:most]]
    apart = {finding[0] for findings in brought for finding in findings} - {rule.id}
    declared = frozenset(apart | set(_rows(BESIDE).get(rule.id, ())))
    for number, example in enumerate(rule.bad[:most]):
        yield Mutant(rule.id, f"{GRAFT} {number}", _beside(example), frozenset(), declared)


def _beside(example: Example) -> Change:
    return Change({}, example.stack(ids_known=True).resources, example.settings)
