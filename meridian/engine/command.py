"""The Pulumi CLI as a program on this machine: where it is, whether it is new enough, and running it."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from meridian.engine.refusals import EngineFailed, refusal

OLDEST = (3, 227, 0)
"""Structured configuration with `stackConfigDir`, and policies from a folder without an analyser plugin (Pulumi's CHANGELOG)."""


class NoEngine(Exception):
    """There is no usable Pulumi CLI; the message says which one was found and what is needed."""


@dataclass(frozen=True)
class Command:
    """A CLI that was found and asked for its version."""

    path: Path
    version: str

    @classmethod
    def found(cls) -> "Command":
        """The `pulumi` on PATH.

        Raises:
            NoEngine: there is none, it does not run, or it is too old.
        """
        path = shutil.which("pulumi")
        if path is None:
            raise NoEngine(f"the Pulumi CLI is not on PATH: install {_needed()} or later, or put its folder first on PATH")
        said = _asked(path)
        version = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)\S*", said)
        if version is None:
            raise NoEngine(f"{path}: answers '{said}' to `pulumi version`: Meridian needs the Pulumi CLI {_needed()} or later")
        if tuple(int(part) for part in version.groups()) < OLDEST:
            raise NoEngine(f"{path}: is Pulumi CLI {said.removeprefix('v')}: Meridian needs {_needed()} or later")
        return cls(Path(path), said.removeprefix("v"))

    def run(self, arguments: tuple[str, ...], *, stack: str, folder: Path, environment: Mapping[str, str]) -> str:
        """Standard output of a command.

        Raises:
            EngineRefused: it ended with an error whose reason is known.
            EngineFailed: it ended with another error.
        """
        process = self.started(arguments, folder=folder, environment=environment)
        try:
            out, err = process.communicate()
        except BaseException:
            kill(process)
            raise
        if process.returncode:
            said = f"{out}\n{err}"
            raise refusal(said, stack) or EngineFailed(f"pulumi {' '.join(arguments)}: exit code {process.returncode}\n{said}")
        return out

    def started(self, arguments: tuple[str, ...], *, folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        """A command under way, in a process group of its own: what it starts ends with it."""
        return subprocess.Popen(
            [str(self.path), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def kill(process: subprocess.Popen[str]) -> None:
    """End a started command as a power cut would, with all it started: a language host left behind would go on registering."""
    with suppress(ProcessLookupError):  # it ended by itself just before
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _asked(path: str) -> str:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run([path, "version"], capture_output=True, text=True, check=False, env=environment)
    except OSError as error:
        raise NoEngine(f"{path}: cannot be run, {error.strerror}: Meridian needs the Pulumi CLI {_needed()} or later") from None
    if done.returncode:
        said = next(iter((done.stderr or done.stdout).strip().splitlines()), "no message")
        raise NoEngine(f"{path}: cannot be run, exit code {done.returncode}, {said}: Meridian needs the Pulumi CLI {_needed()} or later")
    return done.stdout.strip()


def _needed() -> str:
    return ".".join(str(part) for part in OLDEST[:2])
