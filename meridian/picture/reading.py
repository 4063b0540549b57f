"""What a picture reads from a Plan's resources: values that may be unknown, and what a property points at."""

from collections.abc import Mapping
from typing import Any, cast

from meridian.plan import Plan, Planned
from policies.core.verdict import UNKNOWNS

NOT_YET = "?"
"""Stands for what is known only once it exists."""


def value(inputs: object, path: str, default: object = NOT_YET) -> Any:
    """What lies at `a.b.c`; the default where the path ends early or the value is unknown."""
    found = inputs
    for key in path.split("."):
        found = cast(Mapping[str, Any], found).get(key) if isinstance(found, Mapping) else None
    return default if found is None or (isinstance(found, str) and found in UNKNOWNS) else found


def pointed_at(plan: Plan, resource: Planned, key: str, token: str) -> tuple[Planned, ...]:
    """Resources of a type that a property's value comes from, in the order of the Plan."""
    urns = set(resource.property_dependencies.get(key, ()))
    return tuple(found for found in plan.of_type(token) if found.urn in urns)


def own_name(plan: Plan, resource: Planned) -> str:
    """The logical name without its parent's, which every child's begins with."""
    parent = plan.by_urn.get(resource.parent)
    return resource.name.removeprefix(f"{parent.name}-") if parent else resource.name


def count(number: int, noun: str) -> str:
    """`1 zone`, `3 zones`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
