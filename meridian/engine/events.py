"""The event log of the real engine: JSON lines, each with one event (pulumi/pulumi sdk/go/common/apitype/events.go)."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from meridian.plan import Diagnostic, Level

LEVELS = {"info#err": Level.INFO, "warning": Level.WARNING, "error": Level.ERROR}
UNCHANGED = frozenset({"same", "read", "refresh"})
"""Operations that change nothing."""


@dataclass(frozen=True)
class Step:
    """What the engine does, or would do, to one resource."""

    operation: str
    """The engine's word: create, update, replace, create-replacement, delete-replaced, delete, same, import …"""
    urn: str
    properties: tuple[str, ...]
    """Properties that made it necessary."""


@dataclass(frozen=True, kw_only=True)
class Events:
    """One command, as its event log tells it."""

    steps: tuple[Step, ...]
    failed: tuple[str, ...]
    """URNs whose operation failed."""
    diagnostics: tuple[Diagnostic, ...]
    policies: tuple[Mapping[str, Any], ...]
    """Findings of policy packs, as the engine tells them."""

    @property
    def changes(self) -> Mapping[str, int]:
        """Operation -> how many resources, without those that stay the same."""
        return Counter(step.operation for step in self.steps if step.operation not in UNCHANGED)

    def urns(self, *operations: str) -> tuple[str, ...]:
        """URNs of the steps with one of these operations, in order."""
        return tuple(step.urn for step in self.steps if step.operation in operations)


def read(path: Path) -> Events:
    """The events in a log. One that ends in the middle, as after a crash, is read up to there."""
    lines = [_line(text) for text in path.read_text().splitlines()] if path.exists() else []
    return Events(
        steps=tuple(_step(event["metadata"]) for event in _of(lines, "resourcePreEvent")),
        failed=tuple(event["metadata"]["urn"] for event in _of(lines, "resOpFailedEvent")),
        diagnostics=tuple(_diagnostic(event) for event in _of(lines, "diagnosticEvent") if event["severity"] in LEVELS),
        policies=tuple(_of(lines, "policyEvent")),
    )


def _line(text: str) -> Mapping[str, Any]:
    try:
        return cast("dict[str, Any]", json.loads(text))
    except ValueError:
        return {}


def _of(lines: list[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [line[kind] for line in lines if kind in line]


def _step(metadata: Mapping[str, Any]) -> Step:
    return Step(metadata["op"], metadata["urn"], tuple(metadata.get("diffs") or metadata.get("keys") or ()))


def _diagnostic(event: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(level=LEVELS[event["severity"]], message=event["message"].strip(), urn=event.get("urn", ""))
