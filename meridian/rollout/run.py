"""Rolls stacks out, wave after wave, and stops at the first gate that is shut.

Meridian's own runner of the CLI does it, and not `pulumi.automation`: that starts the same CLI, but knows neither our refusals in one line
nor pending creations, and leaves a language host behind when it is killed; and the runner serves stand-in clouds as well as real ones, so
that what is tested is what runs.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from meridian.analysis.verdicts import Verdicts
from meridian.engine.events import Events
from meridian.engine.pulumi import Proposal
from meridian.engine.refusals import EngineFailed
from meridian.plan import Plan
from meridian.preview import Preview
from meridian.report.document import document
from meridian.rollout.gates import health_faults, policy_faults, preview_faults, unsettled_faults
from meridian.rollout.journal import Event, Journal

PLACE = "source"
"""Part of a resource's document that tells where the program asked for it: a moved line is no other Plan."""


class Live(Protocol):
    """A stack under an engine; `meridian.engine.pulumi.Engine` is one."""

    def refuse_interrupted(self) -> None:
        """Raise EngineRefused where an earlier update was cut off."""

    def preview(self) -> Proposal:
        """What an update would do."""
        ...

    def up(self) -> Events:
        """Make it so."""
        ...

    def deployed(self) -> Plan:
        """The state."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """What is rolled out, and with what."""

    waves: Sequence[tuple[str, ...]]
    """Stacks in order."""
    plans: Mapping[str, Plan]
    """Stack -> its Plan when the roll-out began: outputs that it promises."""
    live: Callable[[str], AbstractContextManager[Live]]
    """Opens the engine of a stack."""
    judge: Callable[[Plan], Verdicts | None]
    """Asks the policies."""
    watch: Callable[[str, str], None] = lambda stack, said: None
    """Told what happens, by stack."""


@dataclass(frozen=True)
class Stop:
    """Why a roll-out ended before its end."""

    stack: str
    """Where."""
    gate: str
    """Gate that is shut, or `update`."""
    faults: tuple[str, ...]
    """One line each."""


class _Shut(Exception):
    def __init__(self, gate: str, faults: Iterable[str]) -> None:
        self.gate, self.faults = gate, tuple(faults)
        super().__init__(gate)


def fingerprint(preview: Preview) -> str:
    """SHA-256 over everything that a Plan would make, where its program's lines stand left out."""
    said = document(preview)
    resources = [{key: value for key, value in resource.items() if key != PLACE} for resource in said["resources"]]
    return hashlib.sha256(json.dumps([resources, said["invokes"], said["outputs"]], sort_keys=True).encode()).hexdigest()


def roll_out(rollout: Rollout, plans: Mapping[str, str], journal: Journal) -> Stop | None:
    """Update what the journal has not finished yet; None when everything is. One stack at a time: a mistake stops before it is made twice.

    `plans` are fingerprints, for the journal.
    """
    for stack in (stack for wave in rollout.waves for stack in wave if stack not in journal.done):
        journal.note(Event.STARTED, stack, plans[stack])
        try:
            for event, more in _turn(rollout, stack):
                rollout.watch(stack, " ".join((event, *map(str, more.values()))))
                journal.note(event, stack, plans[stack], **more)
        except _Shut as shut:
            journal.note(Event.STOPPED, stack, plans[stack], gate=shut.gate, faults=list(shut.faults))
            return Stop(stack, shut.gate, shut.faults)
    return None


def _turn(rollout: Rollout, stack: str) -> Iterator[tuple[Event, Mapping[str, object]]]:
    with rollout.live(stack) as engine:
        proposal = _previewed("preview", engine)
        yield _passed("preview", preview_faults(proposal.events))
        yield _passed("policies", policy_faults(rollout.judge(proposal.plan)))
        yield Event.UPDATED, {"changes": _updated(engine)}
        yield _passed("settled", unsettled_faults(_previewed("settled", engine).events))
        yield _passed("health", health_faults(rollout.plans[stack], engine.deployed()))
    yield Event.FINISHED, {}


def _previewed(gate: str, engine: Live) -> Proposal:
    try:
        engine.refuse_interrupted()
        return engine.preview()
    except EngineFailed as failed:
        raise _Shut(gate, str(failed).splitlines()) from failed


def _updated(engine: Live) -> Mapping[str, int]:
    try:
        return dict(engine.up().changes)
    except EngineFailed as failed:
        raise _Shut("update", str(failed).splitlines()) from failed


def _passed(gate: str, faults: Iterable[str]) -> tuple[Event, Mapping[str, object]]:
    if found := tuple(faults):
        raise _Shut(gate, found)
    return Event.PASSED, {"gate": gate}
