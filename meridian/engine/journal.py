"""The file in which a world of stand-in clouds is kept: one line for every change, so that reading it again gives the same world.

It belongs to one run and has one writer: two would each miss what the other made, and another run's lines would be taken for this one's.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

FORMAT = 1


class WrongWorld(Exception):
    """A world file cannot be used; the message says why."""


class Journal:
    """An open world file, locked for this process until it is closed."""

    def __init__(self, path: Path, run: str) -> None:
        """Open `path` for the run called `run`; a new file is begun.

        Raises:
            WrongWorld: somebody else writes it, it is another run's, or none of ours.
        """
        self.path = path
        self._file = self._locked()
        lines = self._lines()
        if not lines:
            self.write({"format": FORMAT, "run": run, "pid": os.getpid()})
        elif lines[0].get("format") != FORMAT:
            raise self._refused("is no world file of this version of Meridian: name another file")
        elif lines[0].get("run") != run:
            raise self._refused(f"holds the world of run '{lines[0].get('run')}', this run is '{run}': delete it or name another file")
        self.changes = tuple(lines[1:])

    def write(self, change: Mapping[str, Any]) -> None:
        """Add a line; it is on disk when this returns, so that a killed process loses none that was answered for."""
        self._file.write(json.dumps(change, separators=(",", ":")) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Free the file for others."""
        self._file.close()

    def _locked(self) -> IO[str]:
        try:
            file = self.path.open("a+")
        except OSError as error:
            raise WrongWorld(f"{self.path}: {error.strerror}: name a file that can be written") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            first = self.path.read_text().partition("\n")[0]
            file.close()
            writer = cast("dict[str, Any]", json.loads(first or "{}")).get("pid", "unknown")
            raise WrongWorld(f"{self.path}: process {writer} writes this world: wait for it, or name another file") from None
        return file

    def _lines(self) -> list[dict[str, Any]]:
        self._file.seek(0)
        try:
            return [json.loads(line) for line in self._file]
        except ValueError:
            raise self._refused("is no world file: name another file") from None

    def _refused(self, why: str) -> WrongWorld:
        self.close()
        return WrongWorld(f"{self.path}: {why}")
