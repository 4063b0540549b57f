"""Whom roles and keys trust."""

import json
from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts import iam, trust
from policies.core.facts.providers import own_accounts
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

DELEGATED_SERVICES = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        *("airflow", "amplify", "appflow", "backup", "batch", "bedrock", "chime", "cloudtrail", "cloudformation", "codebuild", "config"),
        *("connect", "databrew", "delivery.logs", "eks", "events", "firehose", "forecast", "frauddetector", "gamelift", "imagebuilder"),
        *("iot", "kendra", "lex", "lexv2", "logs", "personalize", "pipes", "pods.eks", "rds", "redshift", "resiliencehub", "sagemaker"),
        *("scheduler", "sns", "ssm", "states", "textract", "transcribe", "transfer", "vpc-flow-logs"),
    )
)
"""Services that act for whoever asks and tell for whom: their guides have a page on the confused deputy, and take aws:SourceAccount in
role trusts. EC2, Lambda and ECS tasks are missing: only a principal of the account can pass them the role (prowler-cloud/prowler#2810)."""


def _trust(principal: Any, condition: dict[str, Any] | None = None, **others: Any) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **others}
    bound = {**statement, "Condition": condition} if condition else statement
    return {"assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": bound})}


_OURS = resource(tokens.AWS_PROVIDER, {"allowedAccountIds": '["123456789012"]'})
_BACKUP = {"Service": "backup.amazonaws.com"}


@rule(
    "sec-14",
    on=(tokens.IAM_ROLE,),
    severity=Severity.MEDIUM,
    why="A service that works for every customer uses the role for whoever names it, unless the trust says for which account.",
    fix='Add Condition {"StringEquals": {"aws:SourceAccount": "<account id>"}} to the trust, or ArnLike aws:SourceArn of the one resource.',
    controls=("soc2:CC6.3",),
    bad=(
        _trust(_BACKUP),
        _trust({"Service": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]}),
        _trust(_BACKUP, {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}),
        _trust(_BACKUP, {"StringLike": {"aws:SourceAccount": "*"}}),
        _trust({"Service": "logs.eu-west-1.amazonaws.com"}),
    ),
    good=(
        _trust(_BACKUP, {"StringEquals": {"aws:SourceAccount": "123456789012"}}),
        _trust(_BACKUP, {"ArnLike": {"AWS:SourceArn": "arn:aws:backup:eu-west-1:123456789012:*"}}),
        _trust({"Service": "ec2.amazonaws.com"}),
        _trust(_BACKUP, Effect="Deny"),
        {"assumeRolePolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/blue"}}]}},
    ),
)
def service_acts_for_our_account_only(role: Subject) -> Iterator[str]:
    yield from known_first(trust.trusting(iam.statements(role.properties, "assumeRolePolicy")), _deputies)


_SOURCE = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


def _deputies(statement: Properties) -> Iterator[str]:
    services = sorted({each.name for each in trust.principals(statement) if each.kind == "Service" and _delegated(each.name)})
    if services and not trust.is_bound(statement, _SOURCE):
        yield f"{', '.join(services)} may use the role for any account"


def _delegated(service: str) -> bool:
    """Regional names, such as logs.eu-west-1.amazonaws.com, are the same service."""
    name = service.removesuffix(".cn").removesuffix(".amazonaws.com")
    head, _, region = name.rpartition(".")
    return f"{head if head and region.count('-') >= 2 else name}.amazonaws.com" in DELEGATED_SERVICES


_ANYBODY = {"AWS": "*"}
_STRANGER = {"AWS": "arn:aws:iam::210987654321:root"}


@rule(
    "sec-34",
    on=(tokens.IAM_ROLE,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A trust in everybody, or in all of another company, is as strong as the weakest of them; the role's name is all they must guess.",
    fix='Name the roles that may assume it, or add Condition StringEquals "sts:ExternalId" or "aws:PrincipalOrgID".',
    controls=("cis-aws-7.0:2.21",),
    settings=("own_accounts",),
    bad=(
        _trust("*"),
        _trust(_ANYBODY),
        _trust({"AWS": ["arn:aws:iam::123456789012:role/blue", "*"]}),
        _trust(_STRANGER),
        _trust({"AWS": "210987654321"}),
        example(resource(tokens.IAM_ROLE, _trust(_STRANGER)), provider=_OURS),
        _trust(_ANYBODY, {"StringLike": {"aws:PrincipalOrgID": "*"}}),
        _trust(_ANYBODY, {"StringNotEquals": {"aws:PrincipalAccount": "210987654321"}}),
        _trust(_ANYBODY, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ),
    good=(
        _trust(_ANYBODY, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        _trust(_STRANGER, {"StringEquals": {"sts:ExternalId": "6f1c8a52"}}),
        _trust({"AWS": "arn:aws:iam::210987654321:role/blue"}),
        example(resource(tokens.IAM_ROLE, _trust({"AWS": "arn:aws:iam::123456789012:root"})), provider=_OURS),
        _trust(_BACKUP),
        _trust(_ANYBODY, Effect="Deny"),
    ),
)
def role_trusts_somebody_known(role: Subject) -> Iterator[str]:
    statements = trust.trusting(iam.statements(role.properties, "assumeRolePolicy"))
    yield from known_first(statements, lambda statement: _strangers(role, statement))


def _strangers(role: Subject, statement: Properties) -> Iterator[str]:
    if trust.is_bound(statement):
        return
    for principal in trust.principals(statement):
        if principal.is_anybody:
            yield "anybody may assume the role"
        elif principal.is_whole_account and principal.account not in own_accounts(role.stack, role.settings):
            yield f"everybody in account {principal.account}, which is not known as ours, may assume the role"


def _key(*statements: dict[str, Any]) -> Example:
    administration = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    return Example.of_inputs(tokens.KMS_KEY, {"policy": json.dumps({"Version": "2012-10-17", "Statement": [administration, *statements]})})


_USE: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}


@rule(
    "sec-38",
    on=(tokens.KMS_KEY, tokens.KMS_KEY_POLICY, tokens.KMS_REPLICA_KEY, tokens.KMS_EXTERNAL_KEY),
    severity=Severity.CRITICAL,
    waivable=False,
    why="A key that anybody may use protects nothing: of what lies under it every account of AWS can read what it gets hold of.",
    fix='Name the principals, or add Condition StringEquals "kms:CallerAccount" or "kms:ViaService".',
    controls=("cis-aws-7.0:2.21", "fsbp:KMS.5"),
    bad=(
        _key(_USE),
        _key({**_USE, "Principal": "*", "Action": "kms:*"}),
        _key({**_USE, "Principal": {"AWS": ["arn:aws:iam::123456789012:role/blue", "*"]}}),
        _key({**_USE, "Condition": {"StringLike": {"kms:CallerAccount": "*"}}}),
        example(resource(tokens.KMS_KEY_POLICY, {"keyId": "1234abcd", "policy": json.dumps({"Statement": _USE})})),
        example(
            resource(
                tokens.KMS_REPLICA_KEY, {"primaryKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/mrk-1", "policy": {"Statement": [_USE]}}
            )
        ),
    ),
    good=(
        {},
        _key(),
        _key({**_USE, "Condition": {"StringEquals": {"kms:CallerAccount": "123456789012"}}}),
        _key({**_USE, "Condition": {"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}}),
        _key({**_USE, "Effect": "Deny"}),
        _key({**_USE, "Principal": {"Service": "logs.eu-west-1.amazonaws.com"}}),
    ),
)
def key_is_for_somebody_known(key: Subject) -> Iterator[str]:
    yield from known_first(trust.trusting(iam.statements(key.properties, "policy")), _anybody)


def _anybody(statement: Properties) -> Iterator[str]:
    if any(each.is_anybody for each in trust.principals(statement)) and not trust.is_bound(statement):
        yield "anybody may use the key"
