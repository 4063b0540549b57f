"""AWS Backup: what is copied, how often, and who could delete it."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from components import catalog
from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts.schedules import longest_gap_hours
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

COPIED: Mapping[str, str] = {
    tokens.DOCUMENTDB_CLUSTER: "arn:aws:rds:eu-west-1:123456789012:cluster:a",
    tokens.DYNAMODB_TABLE: "arn:aws:dynamodb:eu-west-1:123456789012:table/a",
    tokens.EBS_VOLUME: "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0",
    tokens.EFS_FILE_SYSTEM: "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0",
    tokens.FSX_LUSTRE_FILE_SYSTEM: "arn:aws:fsx:eu-west-1:123456789012:file-system/fs-0",
    tokens.RDS_CLUSTER: "arn:aws:rds:eu-west-1:123456789012:cluster:a",
    tokens.RDS_INSTANCE: "arn:aws:rds:eu-west-1:123456789012:db:a",
}
"""Types whose only copies are AWS Backup's -> an ARN of one, to try patterns on. Buckets keep versions and replicas, caches snapshots."""


def _select(**inputs: Any) -> Draft:
    return resource(tokens.BACKUP_SELECTION, {"iamRoleArn": "arn:aws:iam::123456789012:role/backup", "planId": "blue", **inputs})


_DAILY = {"type": "STRINGEQUALS", "key": "backup", "value": "daily"}
_VOLUME = resource(tokens.EBS_VOLUME, {"tags": {"backup": "daily"}})


@rule(
    "rel-12",
    on=tuple(COPIED),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="What no selection names is not backed up, and nobody notices before the day it is missed.",
    fix="Give the resource the tag that an aws.backup.Selection asks for, or name its ARN in the selection's resources.",
    controls=("hipaa:164.308(a)(7)(ii)(A)", "fsbp:EC2.28"),
    bad=(
        example(_VOLUME),
        example(_VOLUME, weekly=_select(selectionTags=[{**_DAILY, "value": "weekly"}])),
        example(_VOLUME, none=_select()),
        example(_VOLUME, tables=_select(resources=["arn:aws:dynamodb:*:*:table/*"])),
        example(_VOLUME, all_but=_select(resources=["*"], notResources=["arn:aws:ec2:*:*:volume/*"])),
        example(_VOLUME, other=_select(resources=["*"], conditions=[{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "no"}]}])),
    ),
    good=(
        example(_VOLUME, daily=_select(selectionTags=[_DAILY])),
        example(resource(tokens.EBS_VOLUME), named=_select(resources=["${subject.arn}"])),
        example(resource(tokens.EBS_VOLUME), all=_select(resources=["arn:aws:ec2:*:*:volume/*"])),
        example(
            _VOLUME, daily=_select(resources=["*"], conditions=[{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}])
        ),
        example(
            resource(tokens.EFS_FILE_SYSTEM),
            daily=_select(selectionTags=[_DAILY]),
            provider=resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"backup": "daily"}}'}),
        ),
    ),
)
def data_is_backed_up(store: Subject) -> Iterator[str]:
    selections = store.stack.of_type(tokens.BACKUP_SELECTION)
    if not any(known_first(selections, lambda each: [each] if _selects(store, each) else [])):
        yield "no backup selection names it"


def _selects(store: Subject, selection: Resource) -> bool:
    """Whether all that the selection asks for holds: ARNs, one of its tags, each of its conditions (AWS Backup API, BackupSelection)."""
    read = selection.properties
    if not any(key in read for key in ("resources", "selectionTags", "conditions")):
        return False
    named = store.resource in store.stack.referents(selection, "resources", store.resource.type)
    if "resources" in read and not named and not _matches(store, read, "resources"):
        return False
    if "notResources" in read and _matches(store, read, "notResources"):
        return False
    tags = read.sections("selectionTags")
    if len(tags) and not any(known_first(tags, lambda tag: [_tag(store, tag.text("key")) == tag.text("value")])):
        return False
    wanted = (pair for each in read.sections("conditions") for pair in each.sections("stringEquals"))
    return all(_tag(store, pair.text("key").removeprefix("aws:ResourceTag/")) == pair.text("value") for pair in wanted)


def _matches(store: Subject, selection: Properties, key: str) -> bool:
    return any(fnmatchcase(COPIED[store.resource.type], pattern) for pattern in selection.texts(key))


def _tag(store: Subject, key: str) -> str:
    tags = store.properties.section("tags")
    defaults = store.stack.provider_configuration(store.resource).section("defaultTags").section("tags")
    return tags.text(key) if key in tags else defaults.text(key)


_PROVED: Mapping[str, Draft] = {
    "restore": resource(tokens.BACKUP_RESTORE_TESTING_PLAN, {"scheduleExpression": "cron(0 6 1 * ? *)"}),
    "what": resource(tokens.BACKUP_RESTORE_TESTING_SELECTION, {"restoreTestingPlanName": "${restore.name}"}),
}


def _plan(*rules: dict[str, Any], tags: dict[str, str] | None = None, proved: bool = True) -> Example:
    named = [{"ruleName": f"r{at}", "targetVaultName": "blue", **each} for at, each in enumerate(rules)]
    plan = resource(tokens.BACKUP_PLAN, {"rules": named, **({"tags": tags} if tags else {})})
    return example(plan, **_PROVED) if proved else example(plan)


_NIGHTLY = {"schedule": "cron(0 3 * * ? *)", "lifecycle": {"deleteAfter": 35}}
_MONTHLY = {"schedule": "cron(0 3 1 * ? *)", "lifecycle": {"deleteAfter": 400}}


@rule(
    "rel-13",
    on=(tokens.BACKUP_PLAN,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A backup older than the loss one may have, dropped before the loss is noticed, or never restored once, is none.",
    fix=(
        "Give one rule a schedule of at most max_backup_hours (or enable_continuous_backup), every rule a lifecycle.delete_after of the "
        "data class's least retention, and the stack an aws.backup.RestoreTestingPlan with a selection."
    ),
    controls=("hipaa:164.308(a)(7)(ii)(B)",),
    settings=("max_backup_hours",),
    bad=(
        _plan(_MONTHLY),
        _plan(),
        _plan({**_NIGHTLY, "schedule": "cron(0 3 ? * SUN *)"}),
        _plan({"lifecycle": {"deleteAfter": 35}}),
        _plan({**_NIGHTLY, "lifecycle": {"deleteAfter": 6}}),
        _plan({**_NIGHTLY, "lifecycle": {"deleteAfter": 35}}, tags={"data-class": "sensitive"}),
        _plan(_NIGHTLY, proved=False),
        example(resource(tokens.BACKUP_PLAN, {"rules": [_NIGHTLY]}), restore=_PROVED["restore"]),
    ),
    good=(
        _plan(_NIGHTLY, _MONTHLY),
        _plan({"schedule": "cron(0 0/6 * * ? *)", "lifecycle": {"deleteAfter": 35}}, tags={"data-class": "personal"}),
        _plan({**_MONTHLY, "enableContinuousBackup": True}),
        _plan({"schedule": "cron(0 3 * * ? *)"}),
    ),
)
def backups_are_fresh_kept_and_tried(plan: Subject) -> Iterator[str]:
    rules = plan.properties.sections("rules")
    if not any(known_first(rules, lambda each: [_gap(each) <= plan.settings.max_backup_hours])):
        yield f"no rule makes a recovery point every {plan.settings.max_backup_hours} hours"
    least = _least_retention(plan)
    yield from known_first(rules, lambda each: _dropped_early(each, least))
    tried = (each for test in plan.stack.of_type(tokens.BACKUP_RESTORE_TESTING_PLAN) for each in _selections(plan, test))
    if not any(tried):
        yield "no restore testing plan tries the recovery points"


def _gap(rule: Properties) -> int:
    return 0 if rule.flag("enableContinuousBackup") else longest_gap_hours(rule.text("schedule"))


def _dropped_early(rule: Properties, least: int) -> Iterator[str]:
    kept = rule.section("lifecycle").number("deleteAfter", 0)  # none: kept until somebody deletes it
    if kept and kept < least:
        yield f"rule {rule.text('ruleName')} keeps {kept:.0f} days, {least} are wanted"


def _least_retention(plan: Subject) -> int:
    """Of the class in the plan's `data-class` tag, else of any."""
    known = catalog.data_classes()
    name = plan.properties.section("tags").text("data-class")
    return known[name].minimum_retention_days if name in known else min(each.minimum_retention_days for each in known.values())


def _selections(plan: Subject, test: Resource) -> tuple[Resource, ...]:
    return plan.stack.referrers(test, tokens.BACKUP_RESTORE_TESTING_SELECTION, "restoreTestingPlanName")
