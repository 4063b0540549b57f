"""Who is named in a policy, and whether conditions tell them from all others."""

from typing import Any

import pytest

from policies.core.facts.trust import Principal, conditions, is_bound, principals
from policies.core.verdict import Properties


def named(statement: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in principals(Properties(statement))]


def test_all_spellings_of_principals_are_read() -> None:
    assert named({"Principal": "*"}) == [("AWS", "*")]
    assert named({"Principal": {"AWS": ["a", "b"], "Service": "s"}}) == [("AWS", "a"), ("AWS", "b"), ("Service", "s")]
    assert named({"NotPrincipal": {"AWS": "a"}}) == [("AWS", "*")]
    assert named({"Action": "s3:*"}) == []


@pytest.mark.parametrize(
    ("name", "account", "whole"),
    [
        ("123456789012", "123456789012", True),
        ("arn:aws:iam::123456789012:root", "123456789012", True),
        ("arn:aws-cn:iam::123456789012:root", "123456789012", True),
        ("arn:aws:iam::123456789012:role/blue", "123456789012", False),
        ("arn:aws:sts::123456789012:assumed-role/blue/session", "123456789012", False),
        ("AIDAEXAMPLE", "", False),
        ("*", "", False),
    ],
)
def test_an_account_is_known_by_its_id_and_its_root(name: str, account: str, *, whole: bool) -> None:
    principal = Principal("AWS", name)
    assert (principal.account, principal.is_whole_account) == (account, whole)
    assert Principal("Service", name).account == ""


@pytest.mark.parametrize(
    ("condition", "bound"),
    [
        ({}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1"}}, True),
        ({"stringequals": {"AWS:PRINCIPALORGID": ["o-a1", "o-b2"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1/*"]}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::blue"}}, True),
        ({"StringLike": {"aws:PrincipalOrgID": "*"}}, False),
        ({"StringEquals": {"sts:ExternalId": []}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": ["o-a1", "*"]}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ],
)
def test_only_what_a_missing_key_fails_binds(condition: dict[str, Any], *, bound: bool) -> None:
    """Of IfExists and ForAllValues a request without the key satisfies the condition (IAM user guide, Condition operators)."""
    assert is_bound(Properties({"Condition": condition})) is bound


def test_values_of_conditions_are_texts() -> None:
    assert conditions(Properties({"Condition": {"StringEquals": {"kms:CallerAccount": 123456789012}}})) == {
        "kms:calleraccount": ("123456789012",)
    }
