"""IAM: whom roles trust, and what they may do."""

import json
import re
from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts import iam
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
"""An EKS issuer, for examples (EKS user guide, IAM roles for service accounts)."""

HOST = "token.actions.githubusercontent.com"
"""Issuer of a code host, for examples."""

OWNED_SUBJECT = re.compile(r"[^:*?]+:[^:/*?]+[:/].*|[^*?]+")
"""A subject of a code host or another issuer that names whose it is, whatever it leaves open below: `repo:<owner>/<repository>:*`, but
not `repo:*` (GitHub documentation, OpenID Connect in AWS)."""

SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+")
"""One service account of one namespace, without wildcards."""


def _trust(condition: dict[str, Any], issuer: str = ISSUER) -> dict[str, object]:
    """Inputs of a role that an issuer's tokens may assume under a condition."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {"assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


@rule(
    "sec-13",
    on=(tokens.IAM_ROLE,),
    severity=Severity.CRITICAL,
    waivable=False,
    why="A trust that does not name one service account gives the role to every pod of the cluster, or of every cluster of that issuer.",
    fix='Under StringEquals name "<issuer>:sub" = "system:serviceaccount:<namespace>:<name>" and "<issuer>:aud" = "sts.amazonaws.com".',
    controls=("soc2:CC6.1",),
    bad=(
        _trust({}),
        _trust({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}),
        _trust({"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:payments:api"}}),
        _trust({"StringLike": {f"{ISSUER}:sub": "system:serviceaccount:*:*"}, "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}),
        _trust({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": ["system:serviceaccount:payments:api", "*"]}}),
        _trust({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}, HOST),
        _trust({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}, "StringLike": {f"{HOST}:sub": "repo:*"}}, HOST),
        _trust({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}, "StringLike": {f"{HOST}:sub": ["repo:org/blue:*", "*"]}}, HOST),
        _trust({"StringEqualsIfExists": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "system:serviceaccount:payments:api"}}),
    ),
    good=(
        _trust({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "system:serviceaccount:payments:api"}}),
        _trust({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": "repo:org/blue:ref:refs/heads/main"}}, HOST),
        _trust({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}, "StringLike": {f"{HOST}:sub": "repo:org/blue:*"}}, HOST),
        {
            "assumeRolePolicy": {
                "Statement": {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
            }
        },
    ),
)
def web_identity_names_one_service_account(role: Subject) -> Iterator[str]:
    yield from known_first(iam.statements(role.properties, "assumeRolePolicy"), _web_identity)


def _web_identity(statement: Properties) -> Iterator[str]:
    if not iam.allows(statement) or not any(":oidc-provider/" in issuer for issuer in _federated(statement)):
        return
    if not any(iam.condition(statement, "StringEquals", ":aud")):
        yield "the trust takes tokens for any audience"
    subjects = list(iam.condition(statement, "StringEquals", ":sub"))
    if not _is_kubernetes(statement):
        yield from _foreign_subjects([*subjects, *iam.condition(statement, "StringLike", ":sub")])
        return
    if not subjects:
        yield "the trust takes tokens of any service account"
    for account in subjects:
        if not SERVICE_ACCOUNT.fullmatch(account):
            yield f"the trust takes {account!r}, which is not one service account"


def _foreign_subjects(subjects: list[str]) -> Iterator[str]:
    if not subjects:
        yield "the trust takes tokens of any subject of the issuer"
    yield from (f"the trust takes {subject!r}, which is everybody's" for subject in subjects if not OWNED_SUBJECT.fullmatch(subject))


def _federated(statement: Properties) -> Iterator[str]:
    principal = statement.get("Principal")
    return iter(principal.texts("Federated")) if isinstance(principal, Properties) else iter(())


def _is_kubernetes(statement: Properties) -> bool:
    """Other issuers, such as a code host, have subjects of other shapes."""
    return any("oidc.eks." in issuer or "oidc-eks." in issuer for issuer in _federated(statement))


def _policy(type: str, statement: dict[str, Any]) -> Example:
    """A policy resource with one statement, as JSON text."""
    return Example.of_inputs(type, {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})


_FULL = ("AdministratorAccess", "IAMFullAccess")
"""Policies of AWS's that are administration: whoever may do everything in IAM may give himself everything else."""


@rule(
    "sec-31",
    on=tuple(sorted({*iam.DOCUMENTS, *iam.ATTACHMENTS})),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    waivable=False,
    why="Whoever gets hold of such a principal owns the account; administration is for people, through the identity provider.",
    fix="Name the actions and the ARNs that the workload uses; neither `*` nor NotAction or NotResource under Allow for both.",
    controls=("cis-aws-7.0:2.14", "fsbp:IAM.1", "hipaa:164.308(a)(4)"),
    bad=(
        _policy(tokens.IAM_POLICY, {"Effect": "Allow", "Action": "*", "Resource": "*"}),
        _policy(tokens.IAM_POLICY, {"Effect": "Allow", "Action": ["s3:GetObject", "*:*"], "Resource": ["*"]}),
        _policy(tokens.IAM_ROLE_POLICY, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        _policy(tokens.IAM_USER_POLICY, {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::audit"}),
        _policy(tokens.IAM_GROUP_POLICY, {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:*:*:*"}),
        example(resource(tokens.IAM_POLICY, {"policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}})),
        example(resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})),
        example(resource(tokens.IAM_ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]})),
        example(resource(tokens.IAM_USER_POLICY_ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"})),
        example(
            resource(
                tokens.IAM_ROLE,
                {"inlinePolicies": [{"name": "all", "policy": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}]},
            )
        ),
    ),
    good=(
        _policy(tokens.IAM_POLICY, {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}),
        _policy(tokens.IAM_POLICY, {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}),
        _policy(tokens.IAM_ROLE_POLICY, {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::models/*"}),
        example(resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"})),
        example(resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"policyArn": "${own.arn}"}), own=resource(tokens.IAM_POLICY)),
        example(resource(tokens.IAM_ROLE, {})),
    ),
)
def nobody_is_administrator(holder: Subject) -> Iterator[str]:
    yield from known_first(iam.grants(holder.resource), _administration)
    if not holder.referents("policyArn", tokens.IAM_POLICY):  # one of this stack is judged itself
        yield from known_first(iam.attached(holder.resource), _full)


def _full(arn: str) -> Iterator[str]:
    name = arn.rpartition(":policy/")[2]
    if name in _FULL:
        yield f"{name} is attached"


def _administration(statement: Properties) -> Iterator[str]:
    if iam.allows(statement) and iam.every_action(statement) and iam.every_resource(statement):
        yield "a statement allows every action on every resource"
