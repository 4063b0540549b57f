"""IAM documents mean the same however they are spelt."""

import json
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import Example
from policies.core.facts import iam
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.verdict import UNKNOWN, Properties, Undecided, Verdict

TODAY = date(2026, 11, 20)
NOBODY_IS_ADMINISTRATOR = [rule for rule in rules() if rule.id == "sec-31"]


def verdict(statements: Any, *, text: bool = True) -> Verdict:
    document = {"Version": "2012-10-17", "Statement": statements}
    stack = Example.of_inputs(tokens.IAM_POLICY, {"policy": json.dumps(document) if text else document}).stack(ids_known=True)
    (judgement,) = judge(stack, NOBODY_IS_ADMINISTRATOR, (), TODAY)
    return judgement.verdict


ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("statements", list(permutations([ADMIN, READ, DENY])))
def test_order_and_spelling_change_nothing(statements: tuple[Any, ...], *, text: bool) -> None:
    assert verdict(list(statements), text=text) is Verdict.FAIL
    assert verdict([each for each in statements if each is not ADMIN], text=text) is Verdict.PASS


@pytest.mark.parametrize("action", ["*", ["*"], ["s3:Get*", "*"], "*:*", "**"])
@pytest.mark.parametrize("resource", ["*", ["*"], ["arn:aws:s3:::a", "*"], "arn:aws:*:*:*:*", "arn:*:*:*:*:*"])
def test_everything_is_everything(action: Any, resource: Any) -> None:
    assert verdict({"Effect": "Allow", "Action": action, "Resource": resource}) is Verdict.FAIL
    assert verdict({"Effect": "Allow", "NotAction": "iam:*", "Resource": resource}) is Verdict.FAIL
    assert verdict({"Effect": "Allow", "Action": action, "NotResource": "arn:aws:s3:::a"}) is Verdict.FAIL


@pytest.mark.parametrize(
    ("action", "resource"),
    [("s3:*", "*"), ("*", "arn:aws:s3:::models"), ("*", "arn:aws:s3:::*"), ("*:Describe*", "*"), ([], "*"), ("*", [])],
)
def test_less_is_allowed(action: Any, resource: Any) -> None:
    assert verdict({"Effect": "Allow", "Action": action, "Resource": resource}) is Verdict.PASS


def test_conditions_are_read_whatever_their_case() -> None:
    statement = Properties(
        {"Condition": {"stringequals": {"ISSUER:Sub": ["a", "b"], "issuer:aud": "x"}, "StringLike": {"issuer:sub": "*"}}}
    )
    assert list(iam.condition(statement, "StringEquals", ":sub")) == ["a", "b"]
    assert list(iam.condition(statement, "StringEquals", ":aud")) == ["x"]
    assert list(iam.condition(statement, "Null", ":aud")) == []


def test_an_unknown_document_is_undecided() -> None:
    with pytest.raises(Undecided, match=r"^role\.policy$"):
        iam.statements(Properties({"policy": UNKNOWN}, "role"), "policy")
    half_known = Properties({"policy": json.dumps({"Statement": {"Action": UNKNOWN}})}, "role")
    with pytest.raises(Undecided, match=r"policy\.Statement\[0\]\.Action$"):
        iam.statements(half_known, "policy")[0].text("Action")
    assert len(iam.statements(Properties({}), "policy")) == 0


def test_every_holder_of_permissions_is_judged() -> None:
    holders = {value for name, value in vars(tokens).items() if name.startswith("IAM_") and "POLICY" in name}
    assert set(NOBODY_IS_ADMINISTRATOR[0].on) == {*holders, tokens.IAM_ROLE}


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        (tokens.IAM_ROLE_POLICY, {"policy": {"Statement": [ADMIN, READ]}}),
        (tokens.IAM_USER_POLICY, {"policy": json.dumps({"Statement": [ADMIN, READ]})}),
        (tokens.IAM_ROLE, {"inlinePolicies": [{"policy": {"Statement": ADMIN}}, {"name": "empty"}, {"policy": {"Statement": [READ]}}]}),
    ],
)
def test_permissions_are_found_where_they_are_held(type: str, inputs: dict[str, Any]) -> None:
    holder = Example.of_inputs(type, inputs).stack(ids_known=True).resources[0]
    assert [list(statement.texts("Action")) for statement in iam.grants(holder)] == [["*"], ["s3:Get*"]]
    bucket = Example.of_inputs(tokens.S3_BUCKET, inputs).stack(ids_known=True).resources[0]
    assert list(iam.grants(bucket)) == []


@pytest.mark.parametrize(
    ("type", "inputs"),
    [(tokens.IAM_ROLE, {"managedPolicyArns": ["arn:a"]}), (tokens.IAM_ROLE_POLICY_ATTACHMENT, {"policyArn": "arn:a"})],
)
def test_attached_policies_are_found_where_they_are_named(type: str, inputs: dict[str, Any]) -> None:
    assert list(iam.attached(Example.of_inputs(type, inputs).stack(ids_known=True).resources[0])) == ["arn:a"]
    assert list(iam.attached(Example.of_inputs(tokens.S3_BUCKET, inputs).stack(ids_known=True).resources[0])) == []
