"""What the policies say of a Plan, of a state, of a saved preview."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from meridian.plan import Plan
from meridian.saved.estate import Estate, estate_of
from policies.core.configuration import Configuration
from policies.core.judge import judge
from policies.core.meta import META, MetaCheck, meta
from policies.core.registry import rules
from policies.core.resource import Stack
from policies.core.rule import Rule
from policies.core.settings import Level, Settings
from policies.core.verdict import Judgement, Verdict
from policies.core.waivers import Waiver


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Every rule's judgement of every resource it is about."""

    judgements: tuple[Judgement, ...]
    rules: Mapping[str, Rule]
    configuration: Configuration
    """Levels and thresholds they were judged by."""

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How often each verdict was given."""
        counted = Counter(judgement.verdict for judgement in self.judgements)
        return {verdict: counted[verdict] for verdict in Verdict}

    @cached_property
    def checks(self) -> Mapping[str, Rule | MetaCheck]:
        """Everything that judged, by id."""
        return {**self.rules, **{check.id: check for check in META}}

    def of(self, verdict: Verdict) -> list[Judgement]:
        """The judgements with that verdict."""
        return [judgement for judgement in self.judgements if judgement.verdict is verdict]

    def level(self, judgement: Judgement) -> Level:
        """What this finding does to an update."""
        return self.configuration.level_of(judgement.rule, judgement.severity)

    @property
    def blocking(self) -> list[Judgement]:
        """Failures of rules whose level is mandatory; what a pack would mend counts too, as nothing mends it here."""
        return [judgement for judgement in self.of(Verdict.FAIL) if self.level(judgement) in {Level.MANDATORY, Level.REMEDIATE}]


def verdicts(plan: Plan, *, waivers: Sequence[Waiver], today: date, settings: Settings) -> Verdicts:
    """Judge a Plan by all rules of all packs."""
    configuration = Configuration(settings=settings)
    return _judged(estate_of(plan), rules(), waivers, today, configuration, with_meta=False)


def judged(
    estate: Estate, *, waivers: Sequence[Waiver], today: date, configuration: Configuration, packs: Collection[str] = ()
) -> Verdicts:
    """Judge an estate by the rules of these packs, of all where none is named, and those by the checks of the checks."""
    chosen = [rule for rule in rules() if not packs or rule.pack in packs]
    return _judged(estate, chosen, waivers, today, configuration, with_meta=not packs)


def _judged(
    estate: Estate, chosen: Sequence[Rule], waivers: Sequence[Waiver], today: date, configuration: Configuration, *, with_meta: bool
) -> Verdicts:
    found = judge(Stack(estate.resources), chosen, waivers, today, configuration)
    if with_meta:
        found = (*found, *meta(estate.resources, found, chosen, waivers, configuration))
    return Verdicts(judgements=found, rules={rule.id: rule for rule in chosen}, configuration=configuration)
