"""The journal of a roll-out: one line for every thing that was decided or done, on disk before the next begins."""

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Self, cast

from meridian.analysis.waves import Wave

FORMAT = 1
"""Of the lines; a change that an older reader would misread raises it."""


class Event(StrEnum):
    """What a line tells."""

    STARTED = "started"
    """A stack's turn begins."""
    PASSED = "passed"
    """A gate is open."""
    UPDATED = "updated"
    """The engine has made it so."""
    FINISHED = "finished"
    """The stack is as planned and sound: a resumed roll-out leaves it out."""
    STOPPED = "stopped"
    """A gate is shut, and with it the roll-out."""
    RESUMED = "resumed"
    """Somebody took it up again."""


class JournalRefused(Exception):
    """The journal cannot be used for this roll-out; the message has a line for each reason."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What is to be rolled out."""

    project: str
    """Name of the Pulumi project."""
    waves: Sequence[Wave]
    """Stacks in order."""
    plans: Mapping[str, str]
    """Stack -> fingerprint of its Plan."""


class Journal:
    """An open journal, locked for this process until it is closed."""

    def __init__(self, path: Path, file: IO[str], done: frozenset[str]) -> None:
        self.path, self._file = path, file
        self.done = done
        """Stacks that an earlier run has finished."""

    @classmethod
    def begun(cls, path: Path, intent: Intent) -> Self:
        """A new journal.

        Raises:
            JournalRefused: there is one already, or the file cannot be written.
        """
        file = _locked(path)
        if path.stat().st_size:
            file.close()
            raise JournalRefused(f"{path}: holds a roll-out already: take it up with --resume, or name another file")
        journal = cls(path, file, frozenset())
        journal._write({"format": FORMAT, **_told(intent)})
        return journal

    @classmethod
    def resumed(cls, path: Path, intent: Intent) -> Self:
        """The journal of the same roll-out, begun earlier.

        Raises:
            JournalRefused: there is none, it is another project's, or what is to be rolled out has changed since.
        """
        if not path.exists():
            raise JournalRefused(f"{path}: there is no such journal: begin the roll-out without --resume")
        file = _locked(path)
        try:
            lines = _lines(path, file)
            if faults := _changed(path, lines[0], _told(intent)):
                raise JournalRefused("\n".join(faults))
        except JournalRefused:
            file.close()
            raise
        journal = cls(path, file, frozenset(line["stack"] for line in lines[1:] if line.get("event") == Event.FINISHED))
        journal._write({"event": Event.RESUMED})
        return journal

    def note(self, event: Event, stack: str, plan: str, **more: object) -> None:
        """Add a line; it is on disk when this returns."""
        self._write({"event": event, "stack": stack, "plan": plan, **more})

    def close(self) -> None:
        """Free the file for others."""
        self._file.close()

    def _write(self, line: Mapping[str, object]) -> None:
        who = f"{os.environ.get('GITHUB_ACTOR') or getpass.getuser()}@{socket.gethostname()}"
        self._file.write(json.dumps({**line, "who": who, "when": datetime.now(UTC).isoformat(timespec="milliseconds")}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _told(intent: Intent) -> dict[str, Any]:
    return {
        "project": intent.project,
        "waves": [{"name": wave.name, "stacks": list(wave.stacks)} for wave in intent.waves],
        "plans": dict(sorted(intent.plans.items())),
    }


def _changed(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    if before.get("format") != FORMAT:
        return [f"{path}: is no journal of this version of Meridian: name another file"]
    if before["project"] != now["project"]:
        return [f"{path}: is the journal of project '{before['project']}', this one is '{now['project']}': name another file"]
    begun, wanted = cast("dict[str, str]", before["plans"]), cast("dict[str, str]", now["plans"])
    remedy = "go back to what was planned then, or begin a new roll-out with another journal"
    faults = [
        f"{stack}: its Plan has changed since the roll-out began: {remedy}"
        for stack in begun
        if stack in wanted and begun[stack] != wanted[stack]
    ]
    if begun.keys() != wanted.keys():
        differing = ", ".join(sorted(begun.keys() ^ wanted.keys()))
        faults.append(
            f"{path}: the roll-out began with other stacks, differing in {differing}: name the same ones, or begin a new roll-out"
        )
    elif before["waves"] != now["waves"]:
        faults.append(f"{path}: the order of the waves has changed since the roll-out began: {remedy}")
    return faults


def _locked(path: Path) -> IO[str]:
    try:
        file = path.open("a+")
    except OSError as error:
        raise JournalRefused(f"{path}: {error.strerror}: name a file that can be written") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise JournalRefused(f"{path}: another process rolls out with it: wait for it") from None
    return file


def _lines(path: Path, file: IO[str]) -> list[dict[str, Any]]:
    """What is told. A last line without its end was cut off by a crash, and what it would have told did not count yet: it is dropped."""
    file.seek(0)
    text = file.read()
    whole, _, torn = text.rpartition("\n")
    if torn:
        file.truncate(len(text.encode()) - len(torn.encode()))
    try:
        lines = [cast("dict[str, Any]", json.loads(line)) for line in whole.splitlines()]
    except ValueError:
        raise JournalRefused(f"{path}: is no journal: name another file") from None
    if not lines:
        raise JournalRefused(f"{path}: is empty: begin the roll-out without --resume")
    return lines
