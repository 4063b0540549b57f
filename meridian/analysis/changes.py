"""What a Plan changes against a saved one: which resources come, change, are made anew, go."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from meridian.engine.difference import difference


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    """Deleted and made anew: a property differs that the cloud cannot change (meridian/engine/changes.yaml)."""
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that differs."""

    action: Action
    """What happens to it."""
    urn: str
    """Which one."""
    properties: tuple[str, ...] = ()
    """Top-level inputs that differ, where it is there before and after."""


def changes(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """What differs between the `resources` of two documents of `meridian preview --json`, sorted by URN.

    A saved Plan is no state: what was made by hand, and what a value unknown in both turns out to be, is seen by `pulumi preview` alone.
    """
    old, new = _made(before), _made(after)
    return tuple(sorted(_changes(old, new), key=lambda change: change.urn))


def counts(found: Sequence[Change]) -> Mapping[Action, int]:
    """How often each action."""
    counted = Counter(change.action for change in found)
    return {action: counted[action] for action in Action}


def _made(resources: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """What a provider makes; a component is nothing but the parent of such, and a provider is configuration."""
    return {
        resource["urn"]: resource
        for resource in resources
        if resource["custom"] and not resource["read"] and not resource["type"].startswith("pulumi:")
    }


def _changes(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[Change]:
    for urn in old.keys() - new.keys():
        yield Change(action=Action.DELETE, urn=urn)
    for urn, resource in new.items():
        if urn not in old:
            yield Change(action=Action.CREATE, urn=urn)
        elif (found := difference(resource["type"], old[urn]["inputs"], resource["inputs"])).changed:
            action = Action.REPLACE if found.replacing else Action.UPDATE
            yield Change(action=action, urn=urn, properties=found.properties)
