"""What principals may do, all their documents together."""

import json
from collections.abc import Iterator
from typing import Any

from components.catalog.escalations import escalations
from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import iam, permissions
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

DOCUMENTS = (tokens.IAM_POLICY, tokens.IAM_ROLE_POLICY, tokens.IAM_USER_POLICY, tokens.IAM_GROUP_POLICY)
"""Resources that are one document."""


def _document(actions: Any, where: Any = "*", **others: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": where, **others}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _single(actions: Any, where: Any = "*", *, token: str = tokens.IAM_POLICY, **others: Any) -> Example:
    return Example.of_inputs(token, _document(actions, where, **others))


def _attached(*documents: dict[str, Any]) -> Example:
    """A role to which the documents are attached as policies, one by one."""
    policies = {f"policy{n}": resource(tokens.IAM_POLICY, document) for n, document in enumerate(documents)}
    attachments: dict[str, Draft] = {
        f"attachment{n}": resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"role": "${subject.name}", "policyArn": f"${{policy{n}.arn}}"})
        for n in range(len(documents))
    }
    return example(resource(tokens.IAM_ROLE), **policies, **attachments)


_LAUNCH = _document(["ec2:RunInstances", "ec2:CreateTags"])
_PASS = _document("iam:PassRole")
_ROLES = "arn:aws:iam::123456789012:role/*"


@rule(
    "sec-32",
    on=(*permissions.PRINCIPALS, *DOCUMENTS),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Who may write policies, or start something with any role, may do everything in two steps; each document alone looks harmless.",
    fix=(
        "Name the ARNs instead of `*` for the actions listed in components/catalog/escalations.yaml, or bind them by a condition, such as "
        "iam:PermissionsBoundary, iam:PassedToService or a resource tag."
    ),
    controls=("soc2:CC3.3",),
    bad=(
        _attached(_LAUNCH, _PASS),
        _attached(_document("iam:CreatePolicyVersion")),
        _attached(_document("iam:*")),
        _attached(_document("IAM:Put*", _ROLES)),
        _attached(_document("iam:Attach*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        example(
            resource(tokens.IAM_ROLE, {"inlinePolicies": [{"name": "launch", **_LAUNCH}]}),
            more=resource(tokens.IAM_ROLE_POLICY, {"role": "${subject.id}", **_PASS}),
        ),
        example(
            resource(tokens.IAM_USER),
            crowd=resource(tokens.IAM_GROUP),
            membership=resource(tokens.IAM_USER_GROUP_MEMBERSHIP, {"user": "${subject.name}", "groups": ["${crowd.name}"]}),
            launch=resource(tokens.IAM_GROUP_POLICY, {"group": "${crowd.name}", **_LAUNCH}),
            hand_over=resource(tokens.IAM_USER_POLICY, {"user": "${subject.name}", **_PASS}),
        ),
        example(resource(tokens.IAM_ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/IAMFullAccess"]})),
        _single(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        _single("lambda:Update*", token=tokens.IAM_ROLE_POLICY),
        Example.of_inputs(tokens.IAM_POLICY, {"policy": '{"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}'}),
    ),
    good=(
        _attached(_LAUNCH, _document("iam:PassRole", "arn:aws:iam::123456789012:role/nodes")),
        _attached(_LAUNCH, _document("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}})),
        _attached(_LAUNCH),
        _single("iam:Get*"),
        _single("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/blue"),
        Example.of_inputs(
            tokens.IAM_POLICY,
            {
                "policy": {
                    "Statement": [
                        {"Effect": "Allow", "Action": ["iam:Put*", "s3:*"], "Resource": "*"},
                        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
                    ]
                }
            },
        ),
        example(
            resource(tokens.IAM_POLICY, _document("iam:PutRolePolicy")),
            role=resource(tokens.IAM_ROLE),
            attachment=resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"role": "${role.name}", "policyArn": "${subject.arn}"}),
        ),
    ),
)
def permissions_do_not_grow_by_themselves(holder: Subject) -> Iterator[str]:
    if holder.resource.type in permissions.PRINCIPALS:
        statements = tuple(permissions.statements(holder.stack, holder.resource))
    elif _has_its_principal(holder):
        return  # judged with its principal
    else:
        statements = tuple(iam.grants(holder.resource))
    actions = {action for way in escalations().values() for action in way.actions}
    allowed = set(permissions.unlimited(statements, sorted(actions)))
    yield from (f"it may {way.does}: {', '.join(way.actions)}" for way in escalations().values() if allowed.issuperset(way.actions))


def _has_its_principal(document: Subject) -> bool:
    principals = (("role", tokens.IAM_ROLE), ("user", tokens.IAM_USER), ("group", tokens.IAM_GROUP))
    attachments = [
        each
        for token, property in iam.ATTACHMENTS.items()
        if property == "policyArn"
        for each in document.stack.referrers(document.resource, token, property)
    ]
    return any(
        document.stack.referents(each, key, token)
        for each in (document.resource, *attachments)
        for property, token in principals
        for key in (property, f"{property}s")
    )


@rule(
    "sec-35",
    on=tuple(sorted(iam.DOCUMENTS)),
    severity=Severity.HIGH,
    why="Who may hand any role to a service of their choice owns what the strongest of these roles may do.",
    fix='Name the role\'s ARN in the statement of iam:PassRole and add Condition StringEquals "iam:PassedToService".',
    controls=("soc2:CC6.3",),
    bad=(
        _single("iam:PassRole"),
        _single(["ec2:RunInstances", "iam:Pass*"], [_ROLES]),
        _single("iam:PassRole", "arn:aws:iam::123456789012:role/nodes"),
        _single("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
        _single("iam:*", token=tokens.IAM_USER_POLICY),
        Example.of_inputs(tokens.IAM_ROLE, {"inlinePolicies": [{"name": "launch", **_PASS}]}),
    ),
    good=(
        _single(
            "iam:PassRole",
            "arn:aws:iam::123456789012:role/nodes",
            Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        _single("iam:PassRole", "arn:aws:iam::123456789012:role/nodes", Condition={"StringLikeIfExists": {"iam:PassedToService": "ec2.*"}}),
        _single("iam:PassRole", Effect="Deny"),
        _single("iam:Get*"),
        Example.of_inputs(tokens.IAM_POLICY, {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}}),
    ),
)
def roles_are_handed_over_one_by_one(holder: Subject) -> Iterator[str]:
    yield from known_first(iam.grants(holder.resource), _hand_over)


def _hand_over(statement: Properties) -> Iterator[str]:
    if not iam.allows(statement) or not permissions.names(statement, "iam:PassRole"):
        return
    if permissions.every_one(statement):
        yield "iam:PassRole is allowed for every role"
    if not any("iam:passedtoservice" in map(str.lower, keys) for keys in statement.section("Condition").values()):
        yield "iam:PassRole does not say to which service"


@rule(
    "sec-36",
    on=(tokens.IAM_USER, tokens.IAM_ACCESS_KEY, tokens.IAM_USER_LOGIN_PROFILE),
    severity=Severity.HIGH,
    why="A user's key or password works from anywhere until somebody takes it away; most breaches of accounts begin with a leaked one.",
    fix="Let people come through IAM Identity Center and machines by roles; delete the user, or set its key's status to Inactive first.",
    controls=("cis-aws-7.0:2.13", "cis-aws-7.0:2.19", "fsbp:IAM.2"),
    bad=(
        {"name": "anna"},
        example(resource(tokens.IAM_ACCESS_KEY, {"user": "anna"})),
        example(resource(tokens.IAM_ACCESS_KEY, {"user": "anna", "status": "Active"})),
        example(resource(tokens.IAM_USER_LOGIN_PROFILE, {"user": "anna"})),
    ),
    good=(example(resource(tokens.IAM_ACCESS_KEY, {"user": "anna", "status": "Inactive"})),),
)
def nobody_has_credentials_that_last(credential: Subject) -> Iterator[str]:
    kinds = {tokens.IAM_USER: "a user", tokens.IAM_USER_LOGIN_PROFILE: "a password"}
    if credential.resource.type == tokens.IAM_ACCESS_KEY and credential.properties.text("status", "Active") == "Inactive":
        return
    yield f"it is {kinds.get(credential.resource.type, 'an access key')} with no end"
