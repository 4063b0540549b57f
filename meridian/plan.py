"""The Plan: everything a program would make, as one value. Every analysis and every report reads this and nothing else."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


class Mode(StrEnum):
    """What the program is told about its run."""

    PREVIEW = "preview"
    """What does not exist yet is unknown, as in `pulumi preview`."""
    UPDATE = "update"
    """Every output is known (stand-in values), so that the body of every `apply` runs, as in `pulumi up`."""


@dataclass(frozen=True, order=True)
class SourceLine:
    """Where the program asked for a resource."""

    path: str
    line: int

    def __str__(self) -> str:
        """As editors and terminals link it."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Resource options as they take effect: what a child inherits from its parent is filled in."""

    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    """URN of the resource whose deletion makes deleting this one needless."""
    delete_before_replace: bool | None = None
    """None when the program leaves it to the provider."""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Mapping[str, Any], ...] = ()
    """Earlier identities, each `{"urn": ...}` or the parts that differ from today's."""
    custom_timeouts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Operation -> duration as the program wrote it, e.g. `{"create": "30m"}`."""
    import_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One resource that the program would make."""

    urn: str
    type: str
    name: str
    parent: str
    """URN; empty for the stack itself and for default providers."""
    custom: bool
    """True where a provider makes it, False for a component."""
    provider: str
    """URN of the provider resource; empty for components and for providers."""
    id: str
    """Physical id; empty while unknown."""
    inputs: Mapping[str, Any]
    """Properties in the wire's spelling, as plain JSON. Unknown leaves hold the wire's sentinel string."""
    outputs: Mapping[str, Any]
    unknown: tuple[str, ...]
    """Paths of the inputs that are not known yet, e.g. `vpcConfig.subnetIds[0]`."""
    secret: tuple[str, ...]
    """Paths of the inputs that are secret."""
    dependencies: tuple[str, ...]
    """URNs of all that must exist before."""
    property_dependencies: Mapping[str, tuple[str, ...]]
    """Property -> URNs its value comes from."""
    options: Options
    trace: tuple[SourceLine, ...]
    """The program's lines that led to it, outermost first; empty for what the engine made by itself."""
    read: bool = False
    """True for what is looked up (`.get()`), not made."""

    @property
    def source(self) -> SourceLine | None:
        """The program's line that asked for it."""
        return self.trace[-1] if self.trace else None

    @property
    def needs(self) -> tuple[str, ...]:
        """URNs of all that must exist before: dependencies, parent, provider."""
        return tuple(urn for urn in (*self.dependencies, self.parent, self.provider) if urn)

    @property
    def is_provider(self) -> bool:
        """Whether this resource is a provider's configuration."""
        return self.type.startswith(PROVIDER_PREFIX)


@dataclass(frozen=True, kw_only=True)
class Invoke:
    """A function of a provider that the program called."""

    token: str
    arguments: Mapping[str, Any]
    provider: str


class Level(StrEnum):
    """Gravity of a diagnostic, as the engine names it."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A message that the program logged."""

    level: Level
    message: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a program would make. Everything comes after what it depends on, ties by URN: equal programs give equal Plans."""

    project: str
    stack: str
    mode: Mode
    resources: tuple[Planned, ...]
    invokes: tuple[Invoke, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secret_outputs: tuple[str, ...] = ()
    """Paths of the stack outputs that are secret."""
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """URN -> length of the longest chain of things that must exist before: parents, providers, dependencies."""
        return depths(self.resources)

    @cached_property
    def by_urn(self) -> Mapping[str, Planned]:
        """Every resource by its URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def children(self) -> Mapping[str, tuple[Planned, ...]]:
        """URN -> what it is the parent of."""
        below: dict[str, list[Planned]] = {}
        for resource in self.resources:
            below.setdefault(resource.parent, []).append(resource)
        return {urn: tuple(found) for urn, found in below.items()}

    @property
    def made(self) -> tuple[Planned, ...]:
        """What a provider would make: no components, no providers, nothing that is only looked up."""
        return tuple(resource for resource in self.resources if resource.custom and not resource.is_provider and not resource.read)

    @property
    def components(self) -> tuple[Planned, ...]:
        """The components that group what is made, without the stack itself."""
        return tuple(resource for resource in self.resources if not resource.custom and resource.parent)

    def of_type(self, token: str) -> list[Planned]:
        """Resources of one type."""
        return [resource for resource in self.resources if resource.type == token]

    def find(self, token: str, name: str) -> Planned:
        """The resource of that type and logical name.

        Raises:
            KeyError: there is none; names the nearest.
        """
        found = [resource for resource in self.of_type(token) if resource.name == name]
        if len(found) != 1:
            raise KeyError(f"{len(found)} resources of type {token} are called '{name}': {[r.name for r in self.of_type(token)]}")
        return found[0]

    def __getitem__(self, name: str) -> Planned:
        """The one resource of that logical name.

        Raises:
            KeyError: there is none (names the nearest), or several types share the name.
        """
        found = [resource for resource in self.resources if resource.name == name]
        if len(found) != 1:
            near = difflib.get_close_matches(name, {resource.name for resource in self.resources})
            raise KeyError(f"{len(found)} resources are called '{name}': {[r.type for r in found] or near}")
        return found[0]

    def __iter__(self) -> Iterator[Planned]:
        """The resources, each after what it depends on."""
        return iter(self.resources)

    def depends(self, resource: Planned) -> frozenset[str]:
        """URNs of everything that must exist before `resource`, at any distance, by its parents too."""
        reached: set[str] = set()
        waiting = [resource.urn]
        while waiting:
            at = self.by_urn[waiting.pop()]
            for urn in at.needs:
                if urn not in reached:
                    reached.add(urn)
                    waiting.append(urn)
        return frozenset(reached)


def depths(resources: Iterable[Planned]) -> dict[str, int]:
    """URN -> length of the longest chain of things before it. A cycle cannot be registered, so there is none."""
    needs = {resource.urn: resource.needs for resource in resources}
    found: dict[str, int] = {}
    for urn in TopologicalSorter(needs).static_order():
        found[urn] = 1 + max((found[needed] for needed in needs.get(urn, ())), default=-1)
    return found
