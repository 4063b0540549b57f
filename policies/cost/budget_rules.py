"""What a stack costs, against what was agreed."""

from collections.abc import Iterator
from typing import Any

from components.catalog.prices import price
from policies.core import cost_tokens, tokens
from policies.core.example import Draft, Example, example, resource, told
from policies.core.facts import priced, providers
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, Undecided, known_part

_REGION = resource(tokens.AWS_PROVIDER, {"region": "us-east-1"})


def _nodes(count: int, *, type: str = "m7g.large", **inputs: Any) -> Draft:
    """730 hours of an m7g.large in us-east-1 are 59.57 USD."""
    return resource(
        tokens.EKS_NODE_GROUP, {"instanceTypes": [type], "scalingConfig": {"desiredSize": count, "minSize": count, "maxSize": 9}, **inputs}
    )


def _stack(count: int, **settings: Any) -> Example:
    return told(example(_nodes(count), provider=_REGION), **settings)


def _speaks(stack: Subject) -> bool:
    return stack.resource is priced.first(stack.stack, *priced.QUANTITIES)


@rule(
    "cost-01",
    on=tuple(priced.QUANTITIES),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="What nobody adds up before the update is added up by the invoice.",
    fix="Make it smaller, or agree on more and set monthlyBudget in the pack's configuration.",
    controls=(),
    settings=("monthly_budget",),
    bad=(
        _stack(3, monthly_budget=100),
        told(example(_nodes(1), provider=_REGION, key=resource(tokens.KMS_KEY)), monthly_budget=60),
        told(example(resource(tokens.NAT_GATEWAY), provider=_REGION), monthly_budget=30),
    ),
    good=(
        _stack(3, monthly_budget=200),
        told(example(resource(tokens.NAT_GATEWAY), provider=_REGION), monthly_budget=33),
    ),
)
def stack_costs_what_was_agreed(stack: Subject) -> Iterator[str]:
    if not _speaks(stack):
        return
    lines, missing = known_part(priced.all_lines(stack.stack, stack.today))
    cost, budget = priced.total(lines), stack.settings.monthly_budget
    if budget and cost > budget:
        yield f"{cost:,.0f} USD a month at least, {budget:,.0f} were agreed{_without(lines)}"
        return
    _refuse_open(stack, budget, "monthlyBudget", f"{cost:,.0f} USD a month at least", lines)
    if missing:
        raise missing


def _refuse_open(stack: Subject, given: float, setting: str, cost: str, lines: tuple[priced.Line, ...]) -> None:
    """Undecided where nobody has said what is agreed, or something has no price: what is not known must not pass."""
    if not given:
        raise Undecided(f"{setting} ({cost}{_without(lines)})")
    if priced.unpriced(lines):
        raise Undecided(f"the price of {', '.join(priced.unpriced(lines))} ({cost})")


def _without(lines: tuple[priced.Line, ...]) -> str:
    items = priced.unpriced(lines)
    return f", without {', '.join(items)}" if items else ""


@rule(
    "cost-02",
    on=tuple(priced.QUANTITIES),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Costs seldom jump; they rise by a little in every change, each of which was reasonable.",
    fix="Make the change smaller, or agree on it and set baselineMonthly to what the stack costs then.",
    controls=(),
    settings=("baseline_monthly", "max_rise_percent"),
    bad=(_stack(3, baseline_monthly=150), _stack(2, baseline_monthly=100, max_rise_percent=15)),
    good=(_stack(3, baseline_monthly=170), _stack(1, baseline_monthly=170), _stack(2, baseline_monthly=100, max_rise_percent=25)),
)
def stack_costs_little_more_than_before(stack: Subject) -> Iterator[str]:
    if not _speaks(stack):
        return
    lines, missing = known_part(priced.all_lines(stack.stack, stack.today))
    cost, before = priced.total(lines), stack.settings.baseline_monthly
    if before and cost > before * (1 + stack.settings.max_rise_percent / 100):
        yield f"{cost:,.0f} USD a month, {cost / before - 1:+.0%} against {before:,.0f}{_without(lines)}"
        return
    _refuse_open(stack, before, "baselineMonthly", f"{cost:,.0f} USD a month at least", lines)
    if missing:
        raise missing


_TELLS = {"notifications": [{"comparisonOperator": "GREATER_THAN", "notificationType": "FORECASTED", "threshold": 80}]}
_TOLD = {"notifications": [{**_TELLS["notifications"][0], "subscriberEmailAddresses": ["finance@example.com"]}]}
_WATCHED = {
    "monitor": resource(cost_tokens.ANOMALY_MONITOR, {"name": "all", "monitorType": "DIMENSIONAL", "monitorDimension": "SERVICE"}),
    "subscription": resource(cost_tokens.ANOMALY_SUBSCRIPTION, {"name": "all", "monitorArnLists": ["${monitor.arn}"]}),
}


def _budget(**inputs: Any) -> Draft:
    return resource(cost_tokens.BUDGET, {"budgetType": "COST", "timeUnit": "MONTHLY", **inputs})


@rule(
    "cost-03",
    on=(cost_tokens.BUDGET, tokens.EKS_CLUSTER),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A price list knows nothing of what people do; only the account itself sees what runs away, and when.",
    fix="Make a budgets.Budget with a limit and notifications with subscribers, an AnomalyMonitor and an AnomalySubscription to it.",
    controls=(),
    bad=(
        example(_budget(limitAmount="1000", limitUnit="USD"), **_WATCHED),
        example(_budget(limitAmount="1000", limitUnit="USD", **_TELLS), **_WATCHED),
        example(_budget(**_TOLD), **_WATCHED),
        example(_budget(limitAmount="1000", limitUnit="USD", **_TOLD)),
        example(_budget(limitAmount="1000", limitUnit="USD", **_TOLD), monitor=_WATCHED["monitor"]),
    ),
    good=(
        example(_budget(limitAmount="1000", limitUnit="USD", **_TOLD), **_WATCHED),
        example(resource(tokens.EKS_CLUSTER), budget=_budget(limitAmount="1000", limitUnit="USD", **_TOLD), **_WATCHED),
    ),
)
def somebody_is_told_what_is_spent(budget: Subject) -> Iterator[str]:
    if budget.resource.type == tokens.EKS_CLUSTER:
        if not budget.stack.of_type(cost_tokens.BUDGET):
            raise Undecided("the account's budget (outside this stack)")
        return
    read = budget.properties
    if "limitAmount" not in read and "plannedLimits" not in read and "autoAdjustData" not in read:
        yield "the budget has no limit"
    if not any(each.texts("subscriberEmailAddresses") or each.texts("subscriberSnsTopicArns") for each in read.sections("notifications")):
        yield "nobody is told"
    subscribed = budget.stack.of_type(cost_tokens.ANOMALY_SUBSCRIPTION)
    if not (subscribed and budget.stack.of_type(cost_tokens.ANOMALY_MONITOR)):
        yield "nothing watches for sudden spending"


def _committed(count: int, hourly: float, **inputs: Any) -> Example:
    """Nodes at 0.0816 USD an hour each."""
    return told(example(_nodes(count, **inputs), provider=_REGION), commitment_hourly=hourly)


SHARE = (0.60, 0.75)
"""Least and most of the floor that commitments should cover: the documents' plan (S-412). More than the floor is paid for nothing."""


@rule(
    "cost-12",
    on=(tokens.EKS_NODE_GROUP,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Nodes that always run are a quarter to a half cheaper when committed to; a commitment above what always runs is paid for nothing.",
    fix="Buy savings plans for 60 to 75 % of the list price of the on-demand groups' minSize, and set commitmentHourly to what they cover.",
    controls=(),
    settings=("commitment_hourly",),
    bad=(_committed(3, 0.05), _committed(3, 0.24), _committed(3, 0.3)),
    good=(_committed(3, 0.16), _committed(3, 0.183), told(example(_nodes(3, capacityType="SPOT"), provider=_REGION))),
)
def what_always_runs_is_committed_to(group: Subject) -> Iterator[str]:
    if group.resource is not priced.first(group.stack, tokens.EKS_NODE_GROUP):
        return
    floor = sum(_floor(group, each) for each in group.stack.of_type(tokens.EKS_NODE_GROUP))
    committed = group.settings.commitment_hourly
    if floor and not committed:
        raise Undecided(f"commitmentHourly (the floor is {floor:.2f} USD an hour)")
    share = committed / floor if floor else 0
    if floor and not SHARE[0] <= share <= SHARE[1]:
        yield f"commitments cover {share:.0%} of {floor:.2f} USD an hour, {SHARE[0]:.0%} to {SHARE[1]:.0%} should be"


def _floor(group: Subject, nodes: Resource) -> float:
    """USD an hour of the nodes that a group never goes below; spot is not covered by any commitment."""
    count = nodes.properties.section("scalingConfig").number("minSize", 0)
    if nodes.properties.text("capacityType", "ON_DEMAND") != "ON_DEMAND" or not count:
        return 0.0
    (line,) = [each for each in priced.lines(group.stack, nodes, group.today) if each.item.startswith("ec2/")]
    found = priced.hourly(line.item, providers.region(group.stack, nodes))
    if found is None:
        raise Undecided(f"the price of {line.item}")
    return found * count


def _copied(to: str, **settings: Any) -> Example:
    copy = resource(
        cost_tokens.S3_REPLICATION,
        {"bucket": "source", "rules": [{"status": "Enabled", "destination": {"bucket": "${copy.arn}"}}]},
    )
    return told(example(copy, copy=resource(tokens.S3_BUCKET, {"region": to}), provider=_REGION), **settings)


@rule(
    "cost-13",
    on=(cost_tokens.S3_REPLICATION,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A copy to another region is paid for by the gigabyte, for ever, and from some regions four times as much as from others.",
    fix="Replicate less (a prefix, a tag), to a nearer region, or agree on it: set maxCopyUsd, with replicatedGigabytes of the month.",
    controls=(),
    settings=("replicated_gigabytes", "max_copy_usd"),
    bad=(_copied("eu-west-1", replicated_gigabytes=50_000), _copied("us-west-2", replicated_gigabytes=1_000, max_copy_usd=10)),
    good=(_copied("eu-west-1", replicated_gigabytes=10_000), _copied("us-east-1", replicated_gigabytes=1_000_000)),
)
def copies_cost_what_somebody_knows(copy: Subject) -> Iterator[str]:
    source = providers.region(copy.stack, copy.resource)
    for bucket in copy.referents("rules", tokens.S3_BUCKET, tokens.S3_BUCKET_V2):
        yield from _moved(copy, source, providers.region(copy.stack, bucket))
    if not copy.referents("rules", tokens.S3_BUCKET, tokens.S3_BUCKET_V2):
        raise Undecided(f"{copy.resource.name}.rules (a bucket outside this stack)")


def _moved(copy: Subject, source: str, destination: str) -> Iterator[str]:
    if source == destination:
        return
    gigabytes = copy.settings.replicated_gigabytes
    if not gigabytes:
        raise Undecided(f"replicatedGigabytes ({source} to {destination})")
    row = price(f"data-transfer/inter-region-out:{destination}", source)
    if row is None:
        raise Undecided(f"the price of {source} to {destination}")
    if row.usd * gigabytes > copy.settings.max_copy_usd:
        yield f"{gigabytes:,.0f} GB from {source} to {destination} cost {row.usd * gigabytes:,.0f} USD a month"
