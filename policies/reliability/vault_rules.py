"""Backup vaults: recovery points that nobody can delete before their time."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import iam
from policies.core.facts.keys import all_ours
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

DELETION = "backup:DeleteRecoveryPoint"
"""What an attacker with an administrator's rights does before asking for ransom (AWS Backup, vault access policies)."""

_NAME = "${subject.name}"


def _lock(days: int | None = 7) -> Draft:
    return resource(tokens.BACKUP_VAULT_LOCK, {"backupVaultName": _NAME, **({"minRetentionDays": days} if days else {})})


def _denial(**changed: Any) -> Draft:
    statement = {"Effect": "Deny", "Principal": "*", "Action": [DELETION], "Resource": "*", **changed}
    return resource(tokens.BACKUP_VAULT_POLICY, {"backupVaultName": _NAME, "policy": json.dumps({"Statement": [statement]})})


def _vault(key: str | None = "${key.arn}", /, **companions: Draft) -> Example:
    return example(resource(tokens.BACKUP_VAULT, {"kmsKeyArn": key} if key else {}), key=resource(tokens.KMS_KEY), **companions)


@rule(
    "rel-14",
    on=(tokens.BACKUP_VAULT,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Backups are the last defence against whoever took over the account: what that account can delete is none.",
    fix=(
        "Set kms_key_arn to a key of this stack; add an aws.backup.VaultLockConfiguration with min_retention_days of at least "
        f"min_locked_days, and an aws.backup.VaultPolicy that denies {DELETION} to everybody."
    ),
    controls=("fsbp:Backup.1", "hipaa:164.308(a)(7)"),
    settings=("min_locked_days",),
    bad=(
        _vault(None, lock=_lock(), denial=_denial()),
        _vault("alias/aws/backup", lock=_lock(), denial=_denial()),
        _vault(denial=_denial()),
        _vault(lock=_lock(6), denial=_denial()),
        _vault(lock=_lock(None), denial=_denial()),
        _vault(lock=_lock()),
        _vault(lock=_lock(), denial=_denial(Action="backup:StartRestoreJob")),
        _vault(lock=_lock(), denial=_denial(Effect="Allow")),
        _vault(lock=_lock(), denial=_denial(Principal={"AWS": "arn:aws:iam::123456789012:role/ops"})),
    ),
    good=(
        _vault(lock=_lock(), denial=_denial()),
        _vault("arn:aws:kms:eu-west-1:123456789012:key/1234abcd", lock=_lock(365), denial=_denial(Action="backup:Delete*")),
        _vault(lock=_lock(), denial=_denial(Principal={"AWS": "*"})),
    ),
)
def vault_keeps_what_it_holds(vault: Subject) -> Iterator[str]:
    stack = vault.stack
    if not all_ours(stack, vault.resource, "kmsKeyArn", [vault.properties], "kmsKeyArn"):
        yield "recovery points are not encrypted with a customer managed key"
    locks = stack.referrers(vault.resource, tokens.BACKUP_VAULT_LOCK, "backupVaultName")
    days = max((each.properties.number("minRetentionDays", 0) for each in locks), default=0)
    if days < vault.settings.min_locked_days:
        yield f"recovery points are locked for {days:.0f} days, {vault.settings.min_locked_days} are wanted"
    policies = stack.referrers(vault.resource, tokens.BACKUP_VAULT_POLICY, "backupVaultName")
    if not any(known_first(policies, _denials)):
        yield f"no policy denies {DELETION}"


def _denials(policy: Resource) -> Iterator[Properties]:
    return known_first(iam.statements(policy.properties, "policy"), lambda each: [each] if _denies(each) else [])


def _denies(statement: Properties) -> bool:
    if statement.text("Effect") != "Deny" or not any(fnmatchcase(DELETION, action) for action in statement.texts("Action")):
        return False
    principal = statement.get("Principal")
    return "*" in (principal.texts("AWS") if isinstance(principal, Properties) else (principal,))
