"""What exists in the stand-in clouds, what was done to it, and what goes wrong on the way."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from meridian.engine import standin
from meridian.engine.difference import effect
from meridian.engine.journal import Journal

SETTLING_SECONDS = 0.05
"""Between two looks at what is under way; a call that has taken its time is noted well within it."""


class Operation(StrEnum):
    """What is done to a resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    DRIFT = "drift"
    """Somebody changed it behind the engine's back."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that goes wrong, as a row of a table."""

    operation: Operation
    name: str
    """Logical name of the resource it happens to."""
    message: str
    """What the cloud says."""
    partial: bool = False
    """Whether the resource is left half-made, as a cluster that exists but never becomes active."""


class Failed(Exception):
    """The cloud refused."""


@dataclass(frozen=True)
class Existing:
    """A resource of the stand-in clouds."""

    urn: str
    token: str
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    """All properties, inputs included."""


class HalfMade(Failed):
    """The cloud made the resource, but it is not ready; the engine keeps it in its state and says so."""

    def __init__(self, message: str, made: Existing) -> None:
        super().__init__(message)
        self.made = made


@dataclass
class World:
    """The clouds of one run. Safe to use from many servers at once."""

    journal_file: Journal | None = None
    """Where changes are kept; in memory alone without."""
    troubles: tuple[Trouble, ...] = ()
    """What goes wrong from now on."""
    seconds: float = 0
    """How long each change takes."""
    existing: dict[str, Existing] = field(default_factory=dict[str, Existing])
    """Type and id -> what was made and not deleted."""
    journal: list[tuple[Operation, str]] = field(default_factory=list[tuple[Operation, str]])
    """Every change, in order, with its URN."""
    ids: set[str] = field(default_factory=set[str])
    """Every id ever given: a replacement must not get its predecessor's, or its dependants would look unchanged."""
    under_way: int = 0
    """Changes that a cloud is at."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Read again what the file holds."""
        for line in self.journal_file.changes if self.journal_file else ():
            self._apply(Operation(line["operation"]), Existing(line["urn"], line["token"], line["id"], line["inputs"], line["outputs"]))

    def checked(self, token: str, urn: str, inputs: Mapping[str, Any], earlier: Mapping[str, Any]) -> Mapping[str, Any]:
        """The inputs with the names a provider gives by itself; what exists keeps its own."""
        with self._lock:
            turn = sum(operation is Operation.CREATE and made == urn for operation, made in self.journal)
        return standin.named(token, f"{urn}#{turn}" if turn else urn, inputs, earlier)

    def created(self, token: str, urn: str, inputs: Mapping[str, Any], provider: Mapping[str, Any]) -> Existing:
        """Make a resource.

        Raises:
            Failed: the table of troubles says so, or its fixed id is taken.
            HalfMade: it exists, but is not ready.
        """
        trouble = self._begin(Operation.CREATE, urn)
        with self._lock:
            answer = self._answer(token, urn, inputs, provider)
            made = Existing(urn, token, answer.id, dict(inputs), {**inputs, **answer.outputs})
            self._note(Operation.CREATE, made)
        if trouble:
            raise HalfMade(trouble.message, made)
        return made

    def changed(self, token: str, urn: str, id_: str, inputs: Mapping[str, Any], operation: Operation = Operation.UPDATE) -> Existing:
        """Change a resource in place.

        Raises:
            Failed: the table of troubles says so, or there is no such resource.
        """
        self._begin(operation, urn)
        with self._lock:
            before = self._found(token, id_)
            now = Existing(urn, token, id_, dict(inputs), moved(before, inputs))
            self._note(operation, now)
        return now

    def deleted(self, token: str, urn: str, id_: str) -> None:
        """Delete a resource.

        Raises:
            Failed: the table of troubles says so, or there is no such resource.
        """
        self._begin(Operation.DELETE, urn)
        with self._lock:
            self._note(Operation.DELETE, self._found(token, id_))

    def read(self, token: str, id_: str) -> Existing | None:
        """What exists under that id."""
        with self._lock:
            return self.existing.get(f"{token}/{id_}")

    def of(self, urn: str) -> list[Existing]:
        """Everything that exists for one URN: more than one was made twice."""
        with self._lock:
            return [each for each in self.existing.values() if each.urn == urn]

    def done(self, operation: Operation) -> list[str]:
        """URNs that the operation was done to, in order."""
        return [urn for each, urn in self.journal if each is operation]

    def _begin(self, operation: Operation, urn: str) -> Trouble | None:
        """Take the time it takes; a trouble that leaves nothing is raised, one that leaves something half-made is given back."""
        if operation is Operation.DRIFT:
            return None
        self._take_time()
        name = urn.rpartition("::")[2]
        trouble = next((each for each in self.troubles if (each.operation, each.name) == (operation, name)), None)
        if trouble and not trouble.partial:
            raise Failed(trouble.message)
        return trouble

    def settle(self) -> None:
        """Wait until nothing is under way: a cloud finishes what a killed client asked for."""
        while self.under_way:
            time.sleep(SETTLING_SECONDS)
        time.sleep(SETTLING_SECONDS)

    def _take_time(self) -> None:
        with self._lock:
            self.under_way += 1
        time.sleep(self.seconds)
        with self._lock:
            self.under_way -= 1

    def _answer(self, token: str, urn: str, inputs: Mapping[str, Any], provider: Mapping[str, Any]) -> standin.Answer:
        """The first answer of the series whose id was never given. A fixed id is free again once its holder is gone."""
        answer = standin.created(token, urn, inputs, provider)
        fixed = standin.created(token, f"{urn}#", inputs, provider).id == answer.id
        if fixed and f"{token}/{answer.id}" in self.existing:
            raise Failed(f"{answer.id} already exists")
        attempt = 0
        while not fixed and f"{token}/{answer.id}" in self.ids:
            attempt += 1
            answer = standin.created(token, f"{urn}#{attempt}", inputs, provider)
        return answer

    def _found(self, token: str, id_: str) -> Existing:
        try:
            return self.existing[f"{token}/{id_}"]
        except KeyError:
            raise Failed(f"{id_}: there is no such {token}") from None

    def _note(self, operation: Operation, resource: Existing) -> None:
        if self.journal_file:
            self.journal_file.write({"operation": operation, **vars(resource)})
        self._apply(operation, resource)

    def _apply(self, operation: Operation, resource: Existing) -> None:
        key = f"{resource.token}/{resource.id}"
        self.journal.append((operation, resource.urn))
        if operation is Operation.DELETE:
            del self.existing[key]
        else:
            self.existing[key] = resource
            self.ids.add(key)


def moved(before: Existing, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The properties after a change in place: computed ones stay, within objects too, but for those that count up."""
    computed = _added(before.inputs, before.outputs)
    counted = {key: computed[key] + 1 for key in effect(before.token).moves if key in computed}
    return {
        **computed,
        **{key: {**within(before, key), **value} if isinstance(value, dict) else value for key, value in inputs.items()},
        **counted,
    }


def within(before: Existing, key: str) -> dict[str, Any]:
    """What the cloud added to an object of the inputs, e.g. a cluster's security group to its `vpcConfig`."""
    given, now = before.inputs.get(key), before.outputs.get(key)
    return _added(cast("dict[str, Any]", given), cast("dict[str, Any]", now)) if isinstance(given, dict) and isinstance(now, dict) else {}


def _added(given: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in now.items() if key not in given}


def doubled(resources: Iterable[Existing]) -> list[str]:
    """URNs that exist more than once."""
    seen: set[str] = set()
    return [each.urn for each in resources if each.urn in seen or seen.add(each.urn)]
