"""What a change of inputs does to what exists: which properties differ, and whether the cloud changes the resource or makes a new one."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import yaml

NAMES = ("name", "metadata.name", "metadata.namespace", "namespace")
"""Inputs that make an object's identity in Kubernetes: only where none of them changes would old and new collide."""


class Kind(StrEnum):
    """How a value differs, as the protocol names it (provider.proto, `PropertyDiff.Kind`)."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What changes of one type of resource do."""

    replaces: frozenset[str]
    """Paths of inputs that cannot be changed in place; what lies below one cannot either."""
    in_turn: bool
    """Whether a replacement is deleted before it is made."""
    moves: tuple[str, ...]
    """Outputs that count up at every change in place."""

    def replaced_by(self, path: str) -> bool:
        """Whether a change at `path`, e.g. `subnetIds[0]`, makes a new resource."""
        parts = re.sub(r"\[\d+\]", "", path).split(".")
        return any(".".join(parts[:length]) in self.replaces for length in range(1, len(parts) + 1))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two versions of a resource's inputs."""

    changed: Mapping[str, Kind]
    """Path of every leaf that differs."""
    replacing: tuple[str, ...]
    """Those of them that make a new resource."""
    in_turn: bool
    """Whether the old one goes first."""

    @property
    def properties(self) -> tuple[str, ...]:
        """Top-level properties that differ."""
        return tuple(sorted({re.split(r"[.\[]", path)[0] for path in self.changed}))


@functools.cache
def effect(token: str) -> Effect:
    """What changes of this type do; a type that has no row follows its package's."""
    rows = [_table().get(key, {}) for key in (f"{token.split(':', maxsplit=1)[0]}:*", token)]
    return Effect(
        replaces=frozenset(path for row in rows for path in row.get("replaces", ())),
        in_turn=any(row.get("in_turn", False) for row in rows),
        moves=tuple(output for row in rows for output in row.get("moves", ())),
    )


@functools.cache
def _table() -> Mapping[str, Any]:
    return yaml.load((Path(__file__).parent / "changes.yaml").read_text(), Loader=yaml.CSafeLoader)


def difference(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """How `new` inputs differ from `old` ones, and what that does. An unknown value differs from every known one."""
    found = effect(token)
    changed = dict(_changes(old, new, ""))
    replacing = tuple(path for path in changed if found.replaced_by(path))
    return Difference(
        changed=changed, replacing=replacing, in_turn=found.in_turn and bool(replacing) and not any(path in NAMES for path in replacing)
    )


def _changes(old: Any, new: Any, path: str) -> Iterator[tuple[str, Kind]]:
    for at, before, after in _pairs(old, new, path):
        if before is _Missing:
            yield at, Kind.ADD
        elif after is _Missing:
            yield at, Kind.DELETE
        elif _same_shape(before, after):
            yield from _changes(before, after, at)
        elif before != after:
            yield at, Kind.UPDATE


class _Missing:
    """Stands for a value that one side does not have."""


def _pairs(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping):
        before, after = cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", new)
        for key in sorted({*before, *after}):
            if not key.startswith("__"):
                yield f"{path}.{key}" if path else key, before.get(key, _Missing), after.get(key, _Missing)
    else:
        first, second = dict(enumerate(cast("list[Any]", old))), dict(enumerate(cast("list[Any]", new)))
        for at in sorted({*first, *second}):
            yield f"{path}[{at}]", first.get(at, _Missing), second.get(at, _Missing)


def _same_shape(before: Any, after: Any) -> bool:
    return (isinstance(before, Mapping) and isinstance(after, Mapping)) or (isinstance(before, list) and isinstance(after, list))
