"""A compliant stack, judged once; after a change only what can be touched by it is judged again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from policies.core.configuration import Configuration
from policies.core.judge import judge_subject
from policies.core.registry import rules
from policies.core.resource import NOTHING, Resource, Stack
from policies.core.rule import Rule, Scope, Subject
from policies.core.settings import Settings
from policies.core.verdict import Properties, Verdict

TODAY = date(2026, 11, 20)
CONFIGURATION = Configuration()
EVERYTHING = "*"
"""What is asked for by a rule that walks over all resources."""
Pair = tuple[str, str]
"""Rule, URN of the subject."""
Finding = tuple[str, str, str]
"""Rule, URN, message."""


class Watched(Stack):
    """A stack that notes what is asked of it."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.seen: set[str] = set()
        self.asked: set[str] = set()
        super().__init__(resources)
        _ = self._referrers, self._users  # made now: they walk over everything on behalf of nobody

    @property
    def resources(self) -> tuple[Resource, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]  (who walks over everything is noted)
        """All of them."""
        self.asked.add(EVERYTHING)
        return self._all

    @resources.setter
    def resources(self, given: tuple[Resource, ...]) -> None:
        self._all = given

    def of_type(self, *tokens: str) -> tuple[Resource, ...]:
        self.asked.update(tokens)
        return self._noted(super().of_type(*tokens))

    def find(self, urn: str) -> Resource | None:
        self.seen.add(urn)
        return super().find(urn)

    def referents(self, resource: Resource, property: str, *tokens: str) -> tuple[Resource, ...]:
        self.seen.add(resource.urn)
        return self._noted(super().referents(resource, property, *tokens))

    def referrers(self, resource: Resource, token: str, property: str) -> tuple[Resource, ...]:
        self.seen.add(resource.urn)
        return self._noted(super().referrers(resource, token, property))

    def users(self, resource: Resource) -> Mapping[Resource, frozenset[str]]:
        self.seen.add(resource.urn)
        found = super().users(resource)
        self._noted(tuple(found))
        return found

    def provider_configuration(self, resource: Resource) -> Properties:
        self.seen.add(resource.provider)
        return super().provider_configuration(resource)

    def _noted(self, found: tuple[Resource, ...]) -> tuple[Resource, ...]:
        self.seen.update(resource.urn for resource in found)
        return found


@dataclass(frozen=True)
class Reading:
    """What one rule said of one subject, and all that it looked at."""

    findings: frozenset[Finding]
    """Nothing for a pass; undecided counts as nothing found."""
    seen: frozenset[str]
    """URNs."""
    asked: frozenset[str]
    """Types of which it wanted all."""


@dataclass(frozen=True)
class Change:
    """What a mutant does to the stack."""

    changed: Mapping[str, Resource | None]
    """URN -> what it becomes; None where it goes."""
    added: Sequence[Resource] = ()
    """What comes."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What rules are told of the stack that the change makes; empty for the defaults."""


class Region:
    """The stack and its judgement."""

    def __init__(self, resources: Sequence[Resource], judged: Sequence[Rule] | None = None) -> None:
        self.resources = tuple(resources)
        self.rules = tuple(judged if judged is not None else rules())
        self.stack = Watched(self.resources)
        self._rule = {rule.id: rule for rule in self.rules}

    @cached_property
    def readings(self) -> Mapping[Pair, Reading]:
        """All rules on all their subjects."""
        return {pair: read(self._rule[pair[0]], subject, self.stack) for pair, subject in self._pairs(self.resources)}

    @cached_property
    def findings(self) -> frozenset[Finding]:
        """What is found of the stack as it is."""
        return frozenset(finding for reading in self.readings.values() for finding in reading.findings)

    def after(self, change: Change) -> frozenset[Finding]:
        """What is found after the change and was not before."""
        kept = [change.changed.get(resource.urn, resource) for resource in self.resources]
        stack = Watched([*(resource for resource in kept if resource), *change.added])
        new = [*(resource for resource in change.changed.values() if resource), *change.added]
        again = dict(self._pairs(new))
        for pair in self._touched(change, new):
            subject = stack.find(pair[1])
            if subject:
                again[pair] = subject
        told = Settings.of(change.settings) if change.settings else None
        judged = (read(self._rule[pair[0]], subject, stack, told) for pair, subject in again.items())
        return frozenset(finding for reading in judged for finding in reading.findings) - self.findings

    def _pairs(self, resources: Iterable[Resource]) -> Iterator[tuple[Pair, Resource]]:
        return (((rule.id, resource.urn), resource) for resource in resources for rule in self._by_type.get(resource.type, ()))

    def _touched(self, change: Change, new: Sequence[Resource]) -> set[Pair]:
        """Whoever looked at what is changed, at what it now leads to, or at all resources of a type that comes."""
        ends = {urn for each in new for urns in each.property_dependencies.values() for urn in urns}
        arrived = {resource.type for resource in change.added}
        seen = (self._readers.get(urn, set[Pair]()) for urn in change.changed.keys() | ends)
        asked = (self._readers.get(token, set[Pair]()) for token in {*arrived, EVERYTHING})
        return set[Pair]().union(*seen, *asked)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Rule]]:
        found: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            for token in rule.on:
                found[token].append(rule)
        return found

    @cached_property
    def _readers(self) -> Mapping[str, set[Pair]]:
        """URN or type -> who read it."""
        found: defaultdict[str, set[Pair]] = defaultdict(set)
        for pair, reading in self.readings.items():
            for each in reading.seen | reading.asked:
                found[each].add(pair)
        return found


def read(rule: Rule, subject: Resource, stack: Watched, told: Settings | None = None) -> Reading:
    """One rule on one subject."""
    stack.seen, stack.asked = set(), set()
    settings = told or CONFIGURATION.settings_of(rule.id)
    seen = stack if rule.scope is Scope.STACK else NOTHING
    judged = judge_subject(rule, Subject(resource=subject, stack=seen, today=TODAY, settings=settings))
    found = frozenset((each.rule, each.urn, each.message) for each in judged if each.verdict is Verdict.FAIL)
    return Reading(found, frozenset(stack.seen), frozenset(stack.asked))
