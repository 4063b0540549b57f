"""The real Pulumi engine: over stand-in clouds, in a private home and state and on a copy of the project, or over the user's own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from meridian.engine import events, plugin, states
from meridian.engine.command import Command
from meridian.engine.project import Project
from meridian.engine.refusals import EngineRefused
from meridian.engine.world import World
from meridian.plan import Mode, Plan

COPIED = ("Pulumi.yaml", "__main__.py", "components", "meridian", "policies", "stacks")


@dataclass(frozen=True)
class Proposal:
    """What a preview of the real engine says."""

    plan: Plan
    events: events.Events


@dataclass(frozen=True)
class Engine:
    """One stack under the real engine. Every method that changes something does so without asking.

    All of them raise EngineRefused for what the CLI refuses for a known reason, and EngineFailed otherwise.
    """

    command: Command
    project: Path
    """Folder of Pulumi.yaml."""
    name: str
    """The project's name."""
    stack: str
    environment: Mapping[str, str]
    logs: Path
    """Folder for event logs."""
    world: World = field(default_factory=World)
    """The stand-in clouds; empty and unused over real ones."""
    _turn: "count[int]" = field(default_factory=count)

    def preview(self, *options: str) -> Proposal:
        """What an update would do, after the providers' checks."""
        done, log = self._logged("preview", "--json", *options)
        document: Any = json.loads(done)
        found = [step["newState"] for step in document["steps"] if "newState" in step]
        plan = states.plan(found, project=self.name, stack=self.stack, mode=Mode.PREVIEW, diagnostics=log.diagnostics)
        return Proposal(plan, log)

    def up(self, *options: str) -> events.Events:
        """Make it so."""
        return self._logged("up", "--yes", "--skip-preview", *options)[1]

    def refresh(self, *options: str) -> events.Events:
        """Take over into the state what the clouds say."""
        return self._logged("refresh", "--yes", "--skip-preview", *options)[1]

    def destroy(self, *options: str) -> events.Events:
        """Delete everything that is not protected."""
        return self._logged("destroy", "--yes", "--skip-preview", *options)[1]

    def adopt(self, token: str, name: str, id_: str, *options: str) -> events.Events:
        """Import an existing resource into the state."""
        return self._logged("import", token, name, id_, "--yes", "--skip-preview", "--generate-code=false", *options)[1]

    def export(self) -> Mapping[str, Any]:
        """The state, as the backend keeps it."""
        deployment: Mapping[str, Any] = json.loads(self.run("stack", "export"))["deployment"]
        return deployment

    @property
    def state_file(self) -> Path:
        """Where a backend in a folder keeps the stack's state."""
        folder = Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
        return folder / ".pulumi" / "stacks" / self.name / f"{self.stack}.json"

    def pending_creations(self) -> tuple[str, ...]:
        """URNs whose creation was under way when an earlier update was cut off. Whether they exist only the clouds know."""
        pending: list[Mapping[str, Any]] = self.export().get("pending_operations") or []
        return tuple(operation["resource"]["urn"] for operation in pending if operation["type"] == "creating")

    def settle_creations(self, made: Mapping[str, str]) -> None:
        """End pending creations by an edited export: those in `made` (URN -> id) become resources, the others are forgotten.

        `refresh --import-pending-creates` would be the CLI's own way, but 3.260 without a terminal forgets them too: seen.
        """
        with self._edited() as deployment:
            _settle(deployment, made)

    def publish(self, plan: Plan) -> None:
        """Make the stack and give it the outputs of a Plan, and nothing else: for programs of other stacks that read them."""
        self.run("stack", "init")
        with self._edited() as deployment:
            deployment["resources"] = states.outputs_only(plan)

    @contextmanager
    def _edited(self) -> Generator[dict[str, Any]]:
        """The state to be changed; it is imported again. Made from an export, as one that names no key panics on secrets (CLI 3.260)."""
        document: dict[str, Any] = json.loads(self.run("stack", "export"))
        yield document["deployment"]
        edited = self.logs / f"{self.stack}.json"
        edited.write_text(json.dumps(document))
        self.run("stack", "import", "--file", str(edited))

    def refuse_interrupted(self) -> None:
        """Stop before an update would make a second time what an interrupted one may have made.

        Raises:
            EngineRefused: creations are pending; says how to recover.
        """
        for first in self.pending_creations()[:1]:
            raise EngineRefused(
                f"{self.stack}: an earlier update was interrupted while creating {first}: look whether it exists, then run "
                f"`pulumi refresh --stack {self.stack}` at a terminal and give its id, or clear it; another update would make it twice"
            )

    def deployed(self) -> Plan:
        """The state as a Plan."""
        found: list[Mapping[str, Any]] = self.export().get("resources") or []
        return states.plan(found, project=self.name, stack=self.stack, mode=Mode.UPDATE)

    def run(self, *arguments: str) -> str:
        """Standard output of a command of the CLI."""
        return self.command.run(self._complete(arguments), stack=self.stack, folder=self.project, environment=self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command under way, to be killed."""
        return self.command.started(self._complete(arguments), folder=self.project, environment=self.environment)

    def _complete(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        return (*arguments, "--non-interactive", "--stack", self.stack)

    def _logged(self, *arguments: str) -> tuple[str, events.Events]:
        log = self.logs / f"{next(self._turn)}.jsonl"
        return self.run(*arguments, "--event-log", str(log)), events.read(log)


@contextmanager
def engine(root: Path, stack: str, world: World | None = None, referenced: Mapping[str, Plan] = MappingProxyType({})) -> Generator[Engine]:
    """The project in `root`, copied to a folder of its own, with an empty state and clouds of its own. `referenced` are the Plans of stacks
    whose outputs the program reads: the backend holds these outputs, and nothing else of them.

    Raises:
        NoEngine: there is no CLI to run.
    """
    command, clouds = Command.found(), world or World()
    with tempfile.TemporaryDirectory(prefix="meridian-", ignore_cleanup_errors=True) as folder, plugin.served(clouds) as port:
        home, state, project, logs = (Path(folder) / name for name in ("home", "state", "project", "logs"))
        state.mkdir()
        logs.mkdir()
        plugin.install(home)
        _copy(root, project)
        found = Engine(
            command, project, _name(root), stack, {**_offline(home, state), plugin.CONTROL_VARIABLE: str(port)}, logs=logs, world=clouds
        )
        found.run("stack", "init")
        for name, plan in referenced.items():
            replace(found, stack=name).publish(plan)
        yield found


@contextmanager
def cloud(root: Path, stack: str) -> Generator[Engine]:
    """The project in `root` as it is, with the user's own backend, plugins and credentials.

    Raises:
        NoEngine: there is no CLI to run.
    """
    command = Command.found()
    environment = {**os.environ, "PULUMI_DEBUG_COMMANDS": "true", "PULUMI_SKIP_UPDATE_CHECK": "true", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory(prefix="meridian-") as logs:
        yield Engine(command, root.resolve(), _name(root), stack, environment, logs=Path(logs))


def beside(engine: Engine, **environment: str) -> Engine:
    """The same engine with other values in its environment."""
    return replace(engine, environment={**engine.environment, **environment})


def _settle(deployment: dict[str, Any], made: Mapping[str, str]) -> None:
    pending: list[dict[str, Any]] = deployment.pop("pending_operations", None) or []
    found = [each["resource"] for each in pending if each["type"] == "creating" and each["resource"]["urn"] in made]
    deployment["resources"] += [{**each, "id": made[each["urn"]], "outputs": each["inputs"]} for each in found]
    deployment["pending_operations"] = [each for each in pending if each["type"] != "creating"]


def _name(root: Path) -> str:
    return Project.at(root).name


def _copy(root: Path, project: Path) -> None:
    project.mkdir()
    for name in COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, project / name)
    (project / ".venv").symlink_to(sys.prefix)


def _offline(home: Path, state: Path) -> dict[str, str]:
    """Without update checks and downloads, without a passphrase worth the name: there is no secret in it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "NO_COLOR": "1",
    }
