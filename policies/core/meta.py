"""Checks of the checks: waivers that lapsed or waive nothing, what unknown values left open, and what nobody judges."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.core import kinds, tokens
from policies.core.configuration import Configuration
from policies.core.judge import EXPIRED_WAIVER
from policies.core.resource import Resource
from policies.core.rule import Rule
from policies.core.settings import Level
from policies.core.verdict import Judgement, Severity, Verdict, is_unknown
from policies.core.waivers import Waiver


@dataclass(frozen=True, kw_only=True)
class MetaCheck:
    """A check of the checks: it has no examples of its own, as it judges judgements."""

    id: str
    """`meta-<number>`."""
    title: str
    """What holds when it is kept."""
    severity: Severity
    """How bad a finding is."""
    why: str
    """What goes wrong when it is broken."""
    fix: str
    """What mends it."""


WAIVERS = MetaCheck(
    id=EXPIRED_WAIVER,
    title="waivers hold and are needed",
    severity=Severity.HIGH,
    why="A waiver that nobody renews or removes is a decision that nobody makes.",
    fix="Mend the finding and remove the waiver, or agree on it anew with a new date.",
)
UNDECIDED_BUDGET = MetaCheck(
    id="meta-02",
    title="unknown values leave few judgements open",
    severity=Severity.MEDIUM,
    why="A check that cannot decide before the update protects nothing before the update.",
    fix="Build names and ARNs from what is known, or set `maxUndecided` of `all` to what was agreed.",
)
COVERAGE = MetaCheck(
    id="meta-03",
    title="some check looks at every resource",
    severity=Severity.LOW,
    why="A green report says nothing of what no check looks at.",
    fix="Write a check for the type, or replace what is opaque (a chart's release) by the objects it makes.",
)
META = (WAIVERS, UNDECIDED_BUDGET, COVERAGE)
"""All of them, by id."""

OPAQUE: Mapping[str, str] = dict.fromkeys(kinds.HELM_RELEASE, "what the chart makes of its values is not in the program")
"""Types whose resources hold others that no check sees -> why."""
DOCUMENTS = ("policy", "assumeRolePolicy")
"""Properties that hold an IAM document."""
WITH_DOCUMENTS = frozenset({tokens.IAM_POLICY, tokens.IAM_ROLE, tokens.IAM_ROLE_POLICY, tokens.IAM_USER_POLICY, tokens.IAM_GROUP_POLICY})
"""Types whose documents decide who may do what."""
NAMED = 5
"""Leaves that the message of a blown budget names."""


def meta(
    resources: Sequence[Resource],
    judgements: Sequence[Judgement],
    rules: Sequence[Rule],
    waivers: Sequence[Waiver],
    configuration: Configuration,
) -> Iterator[Judgement]:
    """What the checks of the checks say. Expired waivers are found where findings are waived, in `judge`."""
    found = (*_idle(judgements, waivers), *_budget(resources, judgements, configuration), *_coverage(resources, rules))
    return (each for each in found if configuration.level_of(each.rule, each.severity) is not Level.DISABLED)


def _idle(judgements: Sequence[Judgement], waivers: Sequence[Waiver]) -> Iterator[Judgement]:
    """Waivers of what passes. One that covers nothing here may belong to another stack."""
    for waiver in waivers:
        covered = [judgement for judgement in judgements if waiver.covers(judgement.rule, judgement.urn)]
        if covered and all(judgement.verdict is Verdict.PASS for judgement in covered):
            message = f"waiver of {waiver.id} by {waiver.owner} ({waiver.ticket}) waives nothing: remove it"
            yield Judgement(rule=WAIVERS.id, urn=covered[0].urn, verdict=Verdict.FAIL, severity=Severity.LOW, message=message)


def _budget(resources: Sequence[Resource], judgements: Sequence[Judgement], configuration: Configuration) -> Iterator[Judgement]:
    open_ones = [judgement for judgement in judgements if judgement.verdict is Verdict.UNDECIDED]
    most = configuration.settings_of(UNDECIDED_BUDGET.id).max_undecided
    if len(open_ones) > most:
        leaves = Counter(f"{judgement.rule}: {judgement.message}" for judgement in open_ones).most_common(NAMED)
        message = f"{len(open_ones)} judgements are open, {most} may be; most often {'; '.join(leaf for leaf, _ in leaves)}"
        verdict = Judgement(
            rule=UNDECIDED_BUDGET.id, urn=resources[0].urn, verdict=Verdict.FAIL, severity=UNDECIDED_BUDGET.severity, message=message
        )
        yield verdict


def _coverage(resources: Sequence[Resource], rules: Sequence[Rule]) -> Iterator[Judgement]:
    seen = {token for rule in rules for token in (*rule.on, *_companions(rule))}
    made = [resource for resource in resources if resource.provider]
    counts = Counter(resource.type for resource in made)
    for token in sorted(set(counts) - seen - set(OPAQUE)):
        yield _unseen(resources[0].urn, f"no check looks at {token}: {counts[token]} here")
    for resource in made:
        if resource.type in OPAQUE:
            yield _unseen(resource.urn, OPAQUE[resource.type])
        yield from (
            _unseen(resource.urn, f"{resource.name}.{key} is a document that is not known yet")
            for key in DOCUMENTS
            if resource.type in WITH_DOCUMENTS and is_unknown(resource.inputs.get(key))
        )


def _companions(rule: Rule) -> Iterator[str]:
    """Types that a rule reads beside its subject: its examples show them."""
    yield from (draft.type for example in (*rule.bad, *rule.good) for draft in example.drafts.values())


def _unseen(urn: str, message: str) -> Judgement:
    return Judgement(rule=COVERAGE.id, urn=urn, verdict=Verdict.UNDECIDED, severity=COVERAGE.severity, message=message)
