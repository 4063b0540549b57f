"""The other stack files of the folder, as far as one file must know them: read as they stand, never judged."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import yaml

from stacks.profile import Environment, Profile, Service

REGION_KEY, GLOBAL_KEY = "meridian:region", "meridian:global"
"""Configuration keys under which the spec of a region and of the global stack stand."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """What a region's stack file says that others depend on; what is wrong there counts as not said."""

    index: int
    """Number that addresses follow from."""
    cidr_block: str | None = None
    """Custom block of addresses."""
    region: str = ""
    """AWS region code."""
    account_id: str = ""
    """AWS account of the stack."""
    environment: str = Environment.PRODUCTION
    """What the stack is for."""
    role: str = ""
    """Role in its area."""
    profile: str = ""
    """Bundle of services."""
    partner: str = ""
    """Region that takes over from it."""
    capacity_sessions: int = 0
    """Concurrent sessions it can carry."""

    @property
    def in_fleet(self) -> bool:
        """Whether users are served there."""
        return self.environment == Environment.PRODUCTION

    @property
    def services(self) -> frozenset[Service]:
        """Services it offers."""
        return Profile(self.profile).services if self.profile in set(Profile) else frozenset()


def neighbours(stack: str, directory: Path) -> dict[str, Neighbour]:
    """Every other region's stack file, by stack. What does not parse there is a fault of that file alone."""
    read = {name: _neighbour(path) for name, path in stack_files(directory).items() if name != stack}
    return {name: neighbour for name, neighbour in read.items() if neighbour is not None}


def fleet(directory: Path) -> dict[str, Neighbour]:
    """The regions that serve users, by stack: what the production files of the folder say, and nothing else lists them."""
    return {name: neighbour for name, neighbour in neighbours("", directory).items() if neighbour.in_fleet}


def references(stack: str, directory: Path) -> tuple[str, ...]:
    """Stacks whose outputs the program of `stack` reads: the global stack reads every region of the fleet, a region reads none."""
    path = stack_files(directory).get(stack)
    return tuple(fleet(directory)) if path is not None and GLOBAL_KEY in stack_config(path) else ()


def stack_files(directory: Path) -> dict[str, Path]:
    """Stack -> its file, sorted by name."""
    return {path.name.removeprefix("Pulumi.").removesuffix(".yaml"): path for path in sorted(directory.glob("Pulumi.*.yaml"))}


def _neighbour(path: Path) -> Neighbour | None:
    region = stack_config(path).get(REGION_KEY)
    if not isinstance(region, dict):
        return None
    values = cast("dict[str, Any]", region)
    network = values.get("network")
    block = cast("dict[str, Any]", network).get("cidr_block") if isinstance(network, dict) else None
    known = [field.name for field in fields(Neighbour)]
    told: dict[str, Any] = {name: value for name, value in values.items() if name in known and isinstance(value, str | int)}
    return Neighbour(**told, cidr_block=block) if isinstance(told.get("index"), int) else None


def stack_config(path: Path) -> Mapping[str, Any]:
    """What stands under `config` in a stack file; nothing where it cannot be read."""
    try:
        config: object = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)["config"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return {}
    return cast("Mapping[str, Any]", config) if isinstance(config, dict) else {}
