"""All documents of a principal are one."""

import json
from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import Draft, example, resource
from policies.core.facts import permissions
from policies.core.verdict import UNKNOWN, Properties, Undecided


def document(*actions: str) -> dict[str, Any]:
    return {"policy": json.dumps({"Statement": {"Effect": "Allow", "Action": list(actions), "Resource": "*"}})}


def actions(subject: Draft, **others: Draft) -> set[str]:
    stack = example(subject, **others).stack(ids_known=False)
    return {action for each in permissions.statements(stack, stack.resources[0]) for action in each.texts("Action")}


def test_every_way_of_attaching_counts() -> None:
    found = actions(
        resource(tokens.IAM_ROLE, {"inlinePolicies": [{"name": "one", **document("s3:GetObject")}]}),
        own=resource(tokens.IAM_ROLE_POLICY, {"role": "${subject.id}", **document("sqs:SendMessage")}),
        policy=resource(tokens.IAM_POLICY, document("kms:Decrypt")),
        attachment=resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"role": "${subject.name}", "policyArn": "${policy.arn}"}),
        shared=resource(tokens.IAM_POLICY, document("ec2:RunInstances")),
        together=resource(tokens.IAM_POLICY_ATTACHMENT, {"roles": ["${subject.name}"], "policyArn": "${shared.arn}"}),
        aws=resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"role": "${subject.name}", "policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"}),
        elsewhere=resource(tokens.IAM_POLICY, document("sns:Publish")),
    )
    assert found == {"s3:GetObject", "sqs:SendMessage", "kms:Decrypt", "ec2:RunInstances", "iam:*"}


def test_a_principal_is_known_by_its_literal_name_too() -> None:
    own = resource(tokens.IAM_ROLE_POLICY, {"role": "blue", **document("sqs:SendMessage")})
    assert actions(resource(tokens.IAM_ROLE, {"name": "blue"}), own=own) == {"sqs:SendMessage"}
    assert actions(resource(tokens.IAM_ROLE, {"name": "green"}), own=own) == set()


def test_a_user_has_what_its_groups_have() -> None:
    found = actions(
        resource(tokens.IAM_USER),
        crowd=resource(tokens.IAM_GROUP),
        member=resource(tokens.IAM_USER_GROUP_MEMBERSHIP, {"user": "${subject.name}", "groups": ["${crowd.name}"]}),
        may=resource(tokens.IAM_GROUP_POLICY, {"group": "${crowd.name}", **document("s3:GetObject")}),
    )
    assert found == {"s3:GetObject"}


def test_an_unknown_document_hides_no_other() -> None:
    stack = example(
        resource(tokens.IAM_ROLE),
        unknown=resource(tokens.IAM_ROLE_POLICY, {"role": "${subject.id}", "policy": UNKNOWN}),
        known=resource(tokens.IAM_ROLE_POLICY, {"role": "${subject.id}", **document("s3:GetObject")}),
    ).stack(ids_known=False)
    found = permissions.statements(stack, stack.resources[0])
    assert list(next(found).texts("Action")) == ["s3:GetObject"]
    with pytest.raises(Undecided, match="policy"):
        next(found)


@pytest.mark.parametrize(
    ("pattern", "named"),
    [("iam:PassRole", True), ("IAM:passrole", True), ("iam:Pass*", True), ("iam:Pass?ole", True), ("*", True), ("iam:Get*", False)],
)
def test_wildcards_name_actions(pattern: str, *, named: bool) -> None:
    assert permissions.names(Properties({"Action": pattern}), "iam:PassRole") is named
    assert permissions.names(Properties({"NotAction": [pattern]}), "iam:PassRole") is not named


@pytest.mark.parametrize(
    ("where", "all_of_them"),
    [
        ("*", True),
        ("arn:aws:iam::123456789012:role/*", True),
        ("arn:*:iam::*:*", True),
        ("arn:aws:kms:eu-west-1:123456789012:key/*", True),
        ("arn:aws:iam::123456789012:role/blue-*", False),
        ("arn:aws:iam::123456789012:role/blue", False),
        ("arn:aws:s3:::models/*", False),
    ],
)
def test_a_pattern_may_name_all_of_a_kind(where: str, *, all_of_them: bool) -> None:
    assert permissions.every_one(Properties({"Resource": [where]})) is all_of_them


@pytest.mark.parametrize(
    ("condition", "limits"),
    [
        ({}, False),
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:ResourceTag/owner": "blue"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["owner"]}}, False),
        ({"Null": {"iam:PermissionsBoundary": "true"}}, False),
    ],
)
def test_only_some_conditions_limit(condition: dict[str, Any], *, limits: bool) -> None:
    assert permissions.limiting(Properties({"Condition": condition})) is limits


def test_what_is_denied_is_not_allowed() -> None:
    allow = Properties({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    deny = {"Effect": "Deny", "Action": "iam:Put*", "Resource": "*"}
    wanted = ("iam:PutRolePolicy", "iam:AttachRolePolicy", "s3:GetObject")
    assert list(permissions.unlimited((allow, Properties(deny)), wanted)) == ["iam:AttachRolePolicy"]
    unless = Properties({**deny, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}})
    assert list(permissions.unlimited((allow, unless), wanted)) == ["iam:PutRolePolicy", "iam:AttachRolePolicy"]
