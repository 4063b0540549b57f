"""Which ways lead from outside to the roles that can do most."""

import json
from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, example, resource
from policies.core.facts import data_stores, iam, permissions, trust
from policies.core.facts.paths import paths_to
from policies.core.facts.providers import own_accounts
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

LONGEST = 3
"""Roles that a way may lead through: beyond, a chain is rather an accident than a plan."""

ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")


def _role(principal: Any, condition: dict[str, Any] | None = None, **inputs: Any) -> Draft:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Statement": [{**statement, "Condition": condition} if condition else statement]}
    return resource(tokens.IAM_ROLE, {"assumeRolePolicy": json.dumps(document), **inputs})


def _may(action: Any, role: str = "${subject.id}", where: str = "*") -> Draft:
    document = {"Statement": {"Effect": "Allow", "Action": action, "Resource": where}}
    return resource(tokens.IAM_ROLE_POLICY, {"role": role, "policy": json.dumps(document)})


_ADMINISTRATOR: dict[str, Any] = {"managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
_GITHUB = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}
_EKS = {"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"}
_STRANGER = {"AWS": "arn:aws:iam::210987654321:role/vendor"}
_HOP = {"AWS": "arn:aws:iam::123456789012:role/hop"}
_OURS = resource(tokens.AWS_PROVIDER, {"allowedAccountIds": '["123456789012"]'})


@rule(
    "sec-33",
    on=(tokens.IAM_ROLE,),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="Each trust is agreed on its own; together they let somebody outside walk from role to role to all data or to the whole account.",
    fix=(
        "Take the strong permission from the last role (name the keys and actions), or have a role on the way trust named roles of own "
        "accounts only."
    ),
    controls=("soc2:CC6.3", "pci-dss-4.0:7.2.2"),
    settings=("own_accounts",),
    bad=(
        example(_role({"AWS": "*"}, **_ADMINISTRATOR)),
        example(_role(_GITHUB, **_ADMINISTRATOR)),
        example(_role(_STRANGER), provider=_OURS, decrypt=_may("kms:Decrypt")),
        example(_role(_STRANGER), provider=_OURS, decrypt=_may("kms:*", where="arn:aws:kms:eu-west-1:123456789012:key/*")),
        example(_role(_HOP, **_ADMINISTRATOR), provider=_OURS, hop=_role(_GITHUB, name="hop")),
        example(
            _role({"AWS": "arn:aws:iam::123456789012:root"}, **_ADMINISTRATOR),
            provider=_OURS,
            hop=_role(_STRANGER, name="hop"),
            may_assume=_may("sts:AssumeRole", "${hop.id}"),
        ),
        example(
            _role(_GITHUB),
            decrypt=_may("kms:Decrypt", where="arn:aws:kms:eu-west-1:123456789012:key/1234abcd"),
            store=resource(tokens.RDS_CLUSTER, {"kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"}),
        ),
    ),
    good=(
        example(_role(_GITHUB), read=_may("s3:GetObject")),
        example(_role({"Service": "ec2.amazonaws.com"}, **_ADMINISTRATOR)),
        example(_role({"AWS": "arn:aws:iam::123456789012:role/deploy"}, **_ADMINISTRATOR), provider=_OURS),
        example(_role(_EKS, {"StringEquals": {"oidc:sub": "system:serviceaccount:payments:api"}}), decrypt=_may("kms:Decrypt")),
        example(_role(_HOP, **_ADMINISTRATOR), provider=_OURS, hop=_role({"Service": "ec2.amazonaws.com"}, name="hop")),
        example(_role({"AWS": "arn:aws:iam::123456789012:root"}, **_ADMINISTRATOR), provider=_OURS, hop=_role(_STRANGER, name="hop")),
        example(_role(_STRANGER), provider=_OURS, decrypt=_may("kms:Decrypt", where="arn:aws:kms:eu-west-1:123456789012:key/other")),
    ),
)
def nobody_outside_gets_to_the_strongest_roles(role: Subject) -> Iterator[str]:
    strength = next(_strength(role), "")
    if not strength:
        return
    entrances = {each: known for each in role.stack.of_type(tokens.IAM_ROLE) if (known := tuple(_entrance(role, each)))}
    if not entrances:
        return
    ways = paths_to(role.resource, _assumptions(role), LONGEST - 1)
    for entrance in sorted(set(ways) & set(entrances), key=lambda each: each.urn):
        yield f"{entrances[entrance][0]} gets by {' -> '.join(each.name for each in ways[entrance])} to {strength}"


def _strength(role: Subject) -> Iterator[str]:
    """What makes the role worth the way."""
    statements = tuple(permissions.statements(role.stack, role.resource))
    if any(iam.allows(each) and iam.every_action(each) and iam.every_resource(each) for each in statements):
        yield "every action on every resource"
    elif any(permissions.unlimited(statements, ("kms:Decrypt",))) or any(_decrypts(role, each) for each in statements):
        yield "kms:Decrypt with the keys of data"


def _decrypts(role: Subject, statement: Properties) -> bool:
    if not iam.allows(statement) or not permissions.names(statement, "kms:Decrypt") or permissions.limiting(statement):
        return False
    named = {key for store in role.stack.of_type(*data_stores.KEYS) for key in store.properties.texts(data_stores.KEYS[store.type])}
    return any(resource in named for resource in statement.texts("Resource"))


def _trusts(role: Resource) -> Iterator[Properties]:
    return trust.trusting(iam.statements(role.properties, "assumeRolePolicy"))


def _entrance(subject: Subject, role: Resource) -> Iterator[str]:
    """Who from outside may assume the role, whatever they prove of themselves."""
    ours = own_accounts(subject.stack, subject.settings)

    def outsiders(statement: Properties) -> Iterator[str]:
        for principal in trust.principals(statement):
            if principal.is_anybody and not trust.is_bound(statement):
                yield "anybody"
            elif principal.kind == "Federated" and not _is_one_of_our_pods(principal.name, statement):
                yield principal.name
            elif ours and principal.account and principal.account not in ours:
                yield f"account {principal.account}"

    yield from known_first(_trusts(role), outsiders)


def _is_one_of_our_pods(issuer: str, statement: Properties) -> bool:
    subjects = [value for key, values in trust.conditions(statement).items() if key.endswith(":sub") for value in values]
    return "oidc.eks." in issuer and bool(subjects) and not any("*" in each for each in subjects)


def _assumptions(subject: Subject) -> Iterator[tuple[Resource, Resource]]:
    """From each role of the stack to those that let it in."""
    roles = subject.stack.of_type(tokens.IAM_ROLE)
    for target in roles:
        for source in roles:
            if source != target and _lets_in(subject, target, source):
                yield source, target


def _lets_in(subject: Subject, target: Resource, source: Resource) -> bool:
    if source in subject.stack.referents(target, "assumeRolePolicy", tokens.IAM_ROLE):
        return True
    names = {str(source.inputs.get("name") or ""), source.name}
    named = [each for statement in _trusts(target) for each in trust.principals(statement) if each.kind == "AWS"]
    if any(":role/" in each.name and each.name.rsplit("/", 1)[-1] in names for each in named):
        return True
    ours = own_accounts(subject.stack, subject.settings)
    if not any(each.is_whole_account and (not ours or each.account in ours) for each in named):
        return False
    return any(permissions.unlimited(permissions.statements(subject.stack, source), ASSUME))
