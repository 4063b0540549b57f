"""Rules applied to a stack: every rule to every resource it speaks of, each on its own."""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from policies.core.configuration import Configuration
from policies.core.resource import NOTHING, Stack
from policies.core.rule import Rule, Scope, Subject
from policies.core.settings import Level, Settings
from policies.core.verdict import Judgement, Severity, Undecided, Verdict
from policies.core.waivers import Waiver

EXPIRED_WAIVER = "meta-01"
"""Id of the finding that an expired waiver is."""

DEFAULTS = Configuration()


def judge(
    stack: Stack, rules: Sequence[Rule], waivers: Sequence[Waiver], today: date, told: Settings | Configuration = DEFAULTS
) -> tuple[Judgement, ...]:
    """What the rules say of the stack, sorted by rule, then URN. Never raises because of a rule: one that crashes fails its subject."""
    configuration = Configuration(settings=told) if isinstance(told, Settings) else told
    found = (
        settled
        for rule in rules
        if configuration.level_of(rule.id, rule.severity) is not Level.DISABLED
        for settings in (configuration.settings_of(rule.id),)
        for resource in stack.of_type(*rule.on)
        for judgement in judge_subject(
            rule, Subject(resource=resource, stack=stack if rule.scope is Scope.STACK else NOTHING, today=today, settings=settings)
        )
        for settled in _waived(judgement, waivers, today)
    )
    return tuple(sorted(found, key=lambda judgement: (judgement.rule, judgement.urn)))


def judge_subject(rule: Rule, subject: Subject) -> list[Judgement]:
    """What one rule says of one resource. What was found before an unknown leaf stands."""

    def judgement(verdict: Verdict, message: str = "") -> Judgement:
        return Judgement(rule=rule.id, urn=subject.resource.urn, verdict=verdict, severity=rule.severity, message=message)

    findings: list[Judgement] = []
    try:
        for message in rule.check(subject):
            findings.append(judgement(Verdict.FAIL, message))
    except Undecided as leaf:
        return findings or [judgement(Verdict.UNDECIDED, f"{leaf} is not known yet")]
    except Exception as crash:  # a rule that cannot run must not pass
        return [*findings, judgement(Verdict.FAIL, f"rule {rule.id} crashed: {whereabouts(crash)}")]
    return findings or [judgement(Verdict.PASS)]


def whereabouts(crash: Exception) -> str:
    """Type and place only: the text of an exception may hold the value that it stumbled over, and that may be a secret."""
    frame = traceback.extract_tb(crash.__traceback__)[-1]
    return f"{type(crash).__name__} in {frame.name}, line {frame.lineno}"


def _waived(judgement: Judgement, waivers: Sequence[Waiver], today: date) -> Iterator[Judgement]:
    """The judgement as the waivers leave it. An expired one changes nothing and adds a finding of its own."""
    covering = [waiver for waiver in waivers if waiver.covers(judgement.rule, judgement.urn)] if judgement.verdict is Verdict.FAIL else []
    holding = next((waiver for waiver in covering if waiver.holds(today)), None)
    if holding:
        message = f"{judgement.message} (waived until {holding.expires} by {holding.owner}, {holding.ticket}: {holding.reason})"
        yield replace(judgement, verdict=Verdict.WAIVED, message=message)
        return
    yield judgement
    for waiver in covering:
        yield Judgement(
            rule=EXPIRED_WAIVER,
            urn=judgement.urn,
            verdict=Verdict.FAIL,
            severity=Severity.HIGH,
            message=f"waiver of {waiver.id} by {waiver.owner} ({waiver.ticket}) expired on {waiver.expires}: mend or agree anew",
        )
