"""What an auditor is handed: one page that needs nothing but itself, by framework and control."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from meridian.analysis.verdicts import Verdicts
from meridian.saved.estate import Estate
from policies.core.frameworks import Framework, framework_of
from policies.core.rule import Rule
from policies.core.verdict import Judgement, Verdict


@dataclass(frozen=True, kw_only=True)
class CheckEvidence:
    """What one check found."""

    id: str
    """Of the check."""
    rule: Rule
    """The check."""
    counts: Counter[Verdict]
    """How often it gave each verdict."""
    open: tuple[Judgement, ...]
    """All that did not pass."""

    @property
    def state(self) -> str:
        """The gravest verdict; `not applicable` where there is nothing to judge."""
        grave = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.WAIVED, Verdict.PASS)
        return next((verdict.value for verdict in grave if self.counts[verdict]), "not applicable")


@dataclass(frozen=True, kw_only=True)
class ControlEvidence:
    """A control of a framework with the checks that speak of it."""

    number: str
    """Within its framework."""
    checks: tuple[CheckEvidence, ...]
    """By id."""


def evidence(estate: Estate, verdicts: Verdicts, today: date) -> str:
    """The page, as HTML. Whatever comes from a program is escaped."""
    checks = _by_check(verdicts)
    sections = _by_framework(checks)
    without = [check for check in checks if not check.rule.controls and check.counts]
    meta = [judgement for judgement in verdicts.judgements if judgement.rule not in verdicts.rules]
    return _template().render(
        estate=estate, verdicts=verdicts, today=today, sections=sections, without=without, meta=meta, kinds=tuple(Verdict)
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("meridian.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("evidence.html.j2")


def _by_check(verdicts: Verdicts) -> list[CheckEvidence]:
    counts: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)
    unsettled: defaultdict[str, list[Judgement]] = defaultdict(list)
    for judgement in verdicts.judgements:
        counts[judgement.rule][judgement.verdict] += 1
        if judgement.verdict is not Verdict.PASS:
            unsettled[judgement.rule].append(judgement)
    return [CheckEvidence(id=id, rule=rule, counts=counts[id], open=tuple(unsettled[id])) for id, rule in verdicts.rules.items()]


def _by_framework(checks: list[CheckEvidence]) -> list[tuple[Framework, list[ControlEvidence]]]:
    found: defaultdict[str, defaultdict[str, list[CheckEvidence]]] = defaultdict(lambda: defaultdict(list))
    frameworks: dict[str, Framework] = {}
    for check in checks:
        for control in check.rule.controls:
            framework, number = framework_of(control)
            frameworks[framework.name] = framework
            found[framework.name][number].append(check)
    return [
        (frameworks[name], [ControlEvidence(number=number, checks=tuple(found[name][number])) for number in sorted(found[name])])
        for name in sorted(found)
    ]
