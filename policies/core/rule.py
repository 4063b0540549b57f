"""One rule = one function with its reason, its remedy and its own proof."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policies.core.example import Example
from policies.core.resource import Resource, Stack
from policies.core.settings import Settings
from policies.core.verdict import Properties, Severity


class Scope(StrEnum):
    """How much a rule looks at. In a pack, resource rules run before each resource is made, stack rules once at the end."""

    RESOURCE = "resource"
    STACK = "stack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a check is handed: the one resource judged, and where it stands."""

    resource: Resource
    """The resource judged."""
    stack: Stack
    """Everything beside it; empty for rules of scope RESOURCE."""
    today: date
    """The day of judgement: rules never ask the clock."""
    settings: Settings
    """Thresholds."""

    @property
    def properties(self) -> Properties:
        """Its inputs; reading an unknown leaf ends the check as undecided."""
        return self.resource.properties

    def referents(self, property: str, *tokens: str) -> tuple[Resource, ...]:
        """Resources of these types that a property of the subject comes from."""
        return self.stack.referents(self.resource, property, *tokens)

    def referrers(self, token: str, property: str) -> tuple[Resource, ...]:
        """Resources of a type one property of which comes from the subject."""
        return self.stack.referrers(self.resource, token, property)


Check = Callable[[Subject], Iterator[str]]
"""Yields one sentence per finding about its subject."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check and everything that documentation, tests and packs need to know of it."""

    id: str
    """`<pack>-<number>`, e.g. `sec-37`: what waivers, configuration and reports name."""
    on: tuple[str, ...]
    """Type tokens of the resources it judges, one at a time."""
    scope: Scope
    """Whether it reads resources other than its subject."""
    severity: Severity
    """How bad a finding is."""
    why: str
    """What goes wrong when the rule is broken."""
    fix: str
    """Property and value that mend it."""
    controls: tuple[str, ...]
    """`framework:control`, the main one first; frameworks are those of `frameworks.FRAMEWORKS`."""
    waivable: bool
    """False where nobody can answer for an exception."""
    settings: tuple[str, ...]
    """Fields of `Settings` that it reads."""
    bad: tuple[Example, ...]
    """Stacks whose subject must be found. Documentation and test in one."""
    good: tuple[Example, ...]
    """Stacks whose subject must pass."""
    check: Check
    """The function under the decorator."""

    @property
    def title(self) -> str:
        """What holds when the rule is kept, from the function's name."""
        return self.check.__name__.replace("_", " ")

    @property
    def pack(self) -> str:
        """Folder under `policies` that it lives in."""
        return self.check.__module__.split(".")[1]


def rule(
    id: str,
    *,
    on: tuple[str, ...],
    severity: Severity,
    why: str,
    fix: str,
    controls: tuple[str, ...],
    bad: tuple[Example | dict[str, object], ...],
    good: tuple[Example | dict[str, object], ...],
    scope: Scope = Scope.RESOURCE,
    waivable: bool = True,
    settings: tuple[str, ...] = (),
) -> Callable[[Check], Rule]:
    """Make a rule of a check. Examples may be plain inputs of the first type judged. `registry.rules` finds it in its module."""

    def proved(examples: tuple[Example | dict[str, object], ...]) -> tuple[Example, ...]:
        return tuple(each if isinstance(each, Example) else Example.of_inputs(on[0], each) for each in examples)

    def register(check: Check) -> Rule:
        return Rule(
            id=id,
            on=on,
            scope=scope,
            severity=severity,
            why=why,
            fix=fix,
            controls=controls,
            waivable=waivable,
            settings=settings,
            bad=proved(bad),
            good=proved(good),
            check=check,
        )

    return register
