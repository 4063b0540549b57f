"""How long logs and backups are kept: long enough to see what happened, and no longer than the law has a reason for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from components import catalog
from policies.core import tokens
from policies.core.facts.edges import data_class
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first
from policies.residency.edges import of_ireland


def _plan(days: int | None, **rule: Any) -> dict[str, Any]:
    lifecycle = {"lifecycle": {"deleteAfter": days}} if days is not None else {}
    return {"name": "daily", "rules": [{"ruleName": "daily", "targetVaultName": "here", **lifecycle, **rule}]}


def _kept_logs(log: Properties) -> Iterator[tuple[str, float]]:
    if log.text("logGroupClass") != "DELIVERY":  # CloudWatch Logs itself keeps that class for two days (CreateLogGroup)
        yield "events", log.number("retentionInDays", 0)


def _kept_backups(plan: Properties) -> Iterator[tuple[str, float]]:
    rules = plan.sections("rules")
    return known_first(rules, lambda each: [(f"rule {each.text('ruleName')}", each.section("lifecycle").number("deleteAfter", 0))])


KEPT: Mapping[str, Callable[[Properties], Iterator[tuple[str, float]]]] = {
    tokens.LOG_GROUP: _kept_logs,
    tokens.BACKUP_PLAN: _kept_backups,
}
"""Type -> what it keeps, and for how many days; 0 is for ever."""


@rule(
    "res-22",
    on=tuple(KEPT),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="What is dropped too early proves nothing; what is kept for ever is, under GDPR, itself the offence.",
    fix="Set retention_in_days, or lifecycle.delete_after of each backup rule, between minLogDays and the class's maximum_retention_days.",
    controls=("gdpr:5(1)(e)", "pci-dss-4.0:10.5.1", "hipaa:164.312(b)"),
    settings=("min_log_days", "untagged_data_class"),
    bad=(
        of_ireland(tokens.LOG_GROUP, {"name": "app"}),
        of_ireland(tokens.LOG_GROUP, {"name": "app", "retentionInDays": 7}),
        of_ireland(tokens.LOG_GROUP, {"name": "app", "retentionInDays": 3653}),
        of_ireland(tokens.BACKUP_PLAN, _plan(None)),
        of_ireland(tokens.BACKUP_PLAN, _plan(3650)),
    ),
    good=(
        of_ireland(tokens.LOG_GROUP, {"name": "app", "retentionInDays": 365}),
        of_ireland(tokens.LOG_GROUP, {"name": "app"}, data_class="operational"),
        of_ireland(tokens.LOG_GROUP, {"name": "app", "retentionInDays": 2192}, data_class="sensitive"),
        of_ireland(tokens.BACKUP_PLAN, _plan(35)),
    ),
)
def records_are_kept_as_long_as_they_may(record: Subject) -> Iterator[str]:
    least = record.settings.min_log_days if record.resource.type == tokens.LOG_GROUP else 0
    name = data_class(record.stack, record.resource) or record.settings.untagged_data_class
    row = catalog.data_classes().get(catalog.document_classes().get(name, name))
    most = row.maximum_retention_days if row else None
    yield from known_first(KEPT[record.resource.type](record.properties), lambda kept: _faults(*kept, name, least, most))


def _faults(what: str, days: float, name: str, least: int, most: int | None) -> Iterator[str]:
    if days and days < least:
        yield f"{what} are kept {days:.0f} days, {least} are wanted"
    if most is not None and (not days or days > most):
        yield f"{what} of {name} data are kept {f'{days:.0f} days' if days else 'for ever'}, {most} are the most"
