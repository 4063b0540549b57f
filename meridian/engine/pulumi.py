"""The real Pulumi engine, over stand-in clouds: a private home, a private state, a copy of the project. Nothing of a user's is touched."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meridian.engine import plugin
from meridian.plan import Options, Planned

COPIED = ("Pulumi.yaml", "__main__.py", "components", "meridian", "policies", "stacks")
UNKNOWN_OUTPUTS: Mapping[str, Any] = {}


class NoEngine(Exception):
    """The Pulumi CLI is not on PATH."""


class EngineFailed(Exception):
    """A command of the CLI ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Engine:
    """One stack under the real engine."""

    project: Path
    stack: str
    environment: Mapping[str, str]
    world: plugin.World

    def preview(self) -> list[Planned]:
        """What an update would make, as the engine took it down after the providers' checks."""
        steps = json.loads(self.run("preview", "--json"))["steps"]
        return [_planned(step["newState"]) for step in steps if "newState" in step]

    def run(self, *arguments: str) -> str:
        """Standard output of a command of the CLI.

        Raises:
            EngineFailed: it ended with an error.
        """
        command = ["pulumi", *arguments, "--non-interactive", "--stack", self.stack]
        done = subprocess.run(command, cwd=self.project, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EngineFailed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout


@contextmanager
def engine(root: Path, stack: str) -> Generator[Engine]:
    """The project in `root`, copied to a folder of its own, with an empty state and empty clouds.

    Raises:
        NoEngine: there is no CLI to run.
    """
    if shutil.which("pulumi") is None:
        raise NoEngine("the Pulumi CLI is not on PATH: install it, or put its folder first on PATH")
    world = plugin.World()
    with tempfile.TemporaryDirectory(prefix="meridian-") as folder, plugin.served(world) as port:
        home, state, project = (Path(folder) / name for name in ("home", "state", "project"))
        state.mkdir()
        plugin.install(home)
        _copy(root, project)
        found = Engine(project=project, stack=stack, environment=_environment(home, state, port), world=world)
        found.run("stack", "init")
        yield found


def _copy(root: Path, project: Path) -> None:
    project.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, project / name)
    (project / ".venv").symlink_to(sys.prefix)


def _environment(home: Path, state: Path, port: int) -> dict[str, str]:
    """Offline, without update checks and downloads, without a passphrase worth the name: there is no secret in it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        "NO_COLOR": "1",
        plugin.CONTROL_VARIABLE: str(port),
    }


def _planned(state: Mapping[str, Any]) -> Planned:
    """A resource as the engine's own preview describes it. It names neither outputs nor unknown paths nor the program's line."""
    return Planned(
        urn=state["urn"],
        type=state["type"],
        name=state["urn"].rsplit("::", 1)[-1],
        parent=state.get("parent", ""),
        custom=state["custom"],
        provider=state.get("provider", "").rpartition("::")[0],
        id=state.get("id", ""),
        inputs={key: value for key, value in state.get("inputs", {}).items() if not key.startswith("__")},
        outputs=UNKNOWN_OUTPUTS,
        unknown=(),
        secret=(),
        dependencies=tuple(sorted(state.get("dependencies") or ())),
        property_dependencies=_by_property(state.get("propertyDependencies") or {}),
        options=Options(
            protect=state.get("protect", False),
            retain_on_delete=state.get("retainOnDelete", False),
            ignore_changes=tuple(state.get("ignoreChanges") or ()),
        ),
        trace=(),
    )


def _by_property(dependencies: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    return {key: tuple(sorted(urns or ())) for key, urns in sorted(dependencies.items())}
