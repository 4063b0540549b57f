"""Reads a Pulumi project as the CLI does: Pulumi.yaml, and a stack's file with its configuration."""

import difflib
import json
import runpy
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from meridian.engine import embedded, references
from meridian.plan import Mode, Plan
from stacks import programs
from stacks.neighbours import references as read_by

DISABLED_PROVIDERS = "pulumi:disable-default-providers"


class WrongProject(Exception):
    """The project's own files cannot be read: which file, where, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """A stack's configuration, as the CLI hands it to a program: full keys, values as text, structured ones as JSON."""

    values: Mapping[str, str]
    secret_keys: tuple[str, ...]

    @property
    def disabled_default_providers(self) -> tuple[str, ...]:
        """Packages whose default provider is forbidden; `*` is all."""
        return tuple(json.loads(self.values.get(DISABLED_PROVIDERS, "[]")))


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Pulumi project on disk."""

    root: Path
    name: str
    stack_directory: Path

    @classmethod
    def at(cls, root: Path) -> "Project":
        """The project whose Pulumi.yaml lies in `root`.

        Raises:
            WrongProject: there is none, or it does not parse.
        """
        described = _read(root / "Pulumi.yaml")
        return cls(root=root, name=str(described["name"]), stack_directory=root / str(described.get("stackConfigDir", "")))

    @property
    def stacks(self) -> tuple[str, ...]:
        """Names of all stacks that have a file, sorted."""
        return tuple(sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in self.stack_directory.glob("Pulumi.*.yaml")))

    def stack_file(self, stack: str) -> Path:
        """Where the stack's configuration stands."""
        return self.stack_directory / f"Pulumi.{stack}.yaml"

    def config(self, stack: str) -> StackConfig:
        """The stack's configuration.

        Raises:
            WrongProject: no such file (names those there are), or it does not parse (names the line).
        """
        if stack not in self.stacks:
            near = difflib.get_close_matches(stack, self.stacks, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise WrongProject(f"{self.stack_file(stack)}: no such stack file; {hint}there are: {', '.join(self.stacks) or 'none'}")
        written: Mapping[str, Any] = _read(self.stack_file(stack)).get("config") or {}
        values: dict[str, str] = {}
        secret: list[str] = []
        for key, value in written.items():
            full = key if ":" in key else f"{self.name}:{key}"
            if isinstance(value, dict) and set(cast(dict[str, Any], value)) == {"secure"}:
                secret.append(full)
                values[full] = "[secret]"  # only the CLI, with the stack's own key, can decrypt it
            else:
                values[full] = value if isinstance(value, str) else json.dumps(value)
        return StackConfig(values=values, secret_keys=tuple(secret))

    def references(self, stack: str) -> tuple[str, ...]:
        """Stacks whose outputs the stack's program reads."""
        return read_by(stack, self.stack_directory)

    def load_programs(self, stacks: Iterable[str]) -> None:
        """Import what builds these stacks, the SDKs of their clouds included."""
        for stack in stacks:
            programs.load(self.config(stack).values)

    def plan(
        self,
        stack: str,
        mode: Mode = Mode.PREVIEW,
        watch: Callable[[int], None] = lambda count: None,
        referenced: Mapping[str, Plan] | None = None,
    ) -> Plan:
        """The Plan of a stack, from the project's own `__main__.py`. Stacks that it reads are planned first, where `referenced` does
        not bring their Plans.

        Raises:
            WrongProject: its files cannot be read.
            ProgramFailed: the program raised, or asked for what cannot be.
            pulumi.RunError: the program refused its configuration.
        """
        config = self.config(stack)
        if referenced is None:
            referenced = references.told(lambda name: self.plan(name, mode), self.references(stack), lambda: programs.load(config.values))
        return embedded.plan(
            self.program(),
            project=self.name,
            stack=stack,
            config=config.values,
            root=self.root,
            secret_keys=config.secret_keys,
            mode=mode,
            disabled_default_providers=config.disabled_default_providers,
            watch=watch,
            referenced=referenced,
        )

    def program(self) -> Callable[[], object]:
        """The project's `__main__.py`, to be run once per call as Pulumi's launcher does."""
        root = str(self.root)
        if root not in sys.path:
            sys.path.insert(0, root)
        return lambda: runpy.run_path(str(self.root / "__main__.py"), run_name="__main__")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        values: object = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise WrongProject(f"{path}: no such file; run the command in the project's folder, or name it with --project") from None
    except OSError as error:
        raise WrongProject(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise WrongProject(f"{path}{line}: this is no YAML: {error.problem}") from error
    if not isinstance(values, dict):
        raise WrongProject(f"{path}: holds {type(values).__name__}, a mapping is needed")
    return cast(Mapping[str, Any], values)
