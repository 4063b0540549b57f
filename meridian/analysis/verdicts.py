"""What the policies say of a Plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from meridian.plan import Plan, Planned
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.resource import Resource, Stack
from policies.core.rule import Rule
from policies.core.settings import Level, Settings
from policies.core.verdict import Judgement, Verdict
from policies.core.waivers import Waiver


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Every rule's judgement of every resource it is about."""

    judgements: tuple[Judgement, ...]
    rules: Mapping[str, Rule]
    settings: Settings

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How often each verdict was given."""
        counted = Counter(judgement.verdict for judgement in self.judgements)
        return {verdict: counted[verdict] for verdict in Verdict}

    def of(self, verdict: Verdict) -> list[Judgement]:
        """The judgements with that verdict."""
        return [judgement for judgement in self.judgements if judgement.verdict is verdict]

    @property
    def blocking(self) -> list[Judgement]:
        """Failures of rules whose level is mandatory."""
        return [judgement for judgement in self.of(Verdict.FAIL) if self.settings.level(judgement.severity) is Level.MANDATORY]


def verdicts(plan: Plan, *, waivers: Sequence[Waiver], today: date, settings: Settings) -> Verdicts:
    """Judge a Plan by all rules of all packs."""
    found = rules()
    return Verdicts(
        judgements=judge(Stack(tuple(_resource(planned) for planned in plan)), found, waivers, today, settings),
        rules={rule.id: rule for rule in found},
        settings=settings,
    )


def _resource(planned: Planned) -> Resource:
    return Resource(
        urn=planned.urn,
        type=planned.type,
        name=planned.name,
        inputs=planned.inputs,
        parent=planned.parent,
        provider=planned.provider,
        dependencies=planned.dependencies,
        property_dependencies=planned.property_dependencies,
        protect=planned.options.protect,
        ignore_changes=planned.options.ignore_changes,
    )
