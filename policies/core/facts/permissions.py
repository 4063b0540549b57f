"""What a principal may do: the union of all documents attached to it, whatever the resource that holds them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from policies.core import tokens
from policies.core.facts import iam
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, is_unknown, known_first

INLINE: Mapping[str, tuple[str, str]] = {
    tokens.IAM_ROLE: (tokens.IAM_ROLE_POLICY, "role"),
    tokens.IAM_USER: (tokens.IAM_USER_POLICY, "user"),
    tokens.IAM_GROUP: (tokens.IAM_GROUP_POLICY, "group"),
}
"""Principal -> type of its policies, and the property that names the principal."""

ATTACHED: Mapping[str, tuple[tuple[str, str], ...]] = {
    tokens.IAM_ROLE: ((tokens.IAM_ROLE_POLICY_ATTACHMENT, "role"), (tokens.IAM_POLICY_ATTACHMENT, "roles")),
    tokens.IAM_USER: ((tokens.IAM_USER_POLICY_ATTACHMENT, "user"), (tokens.IAM_POLICY_ATTACHMENT, "users")),
    tokens.IAM_GROUP: ((tokens.IAM_GROUP_POLICY_ATTACHMENT, "group"), (tokens.IAM_POLICY_ATTACHMENT, "groups")),
}
"""Principal -> types that attach policies to it, and the property that names the principal."""

PRINCIPALS = tuple(INLINE)

_ALL: Mapping[str, object] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
MANAGED: Mapping[str, Mapping[str, object]] = {
    "AdministratorAccess": _ALL,
    "IAMFullAccess": {**_ALL, "Action": ["iam:*"]},
    "PowerUserAccess": {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
}
"""AWS's policies that matter here -> the statement that they come down to (AWS managed policy reference)."""

_HARMLESS = frozenset(
    {
        "aws:currenttime",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:useragent",
    }
)
"""Condition keys that say from where, when or in which region, not on what: who holds the permission meets them anyway."""

_EVERY_ONE = re.compile(r"\*+|arn:[\w*-]*:[\w*-]*:[\w*-]*:[\w*-]*:(?:\*+|(?<!:s3:::)[\w-]+[/:]\*+)")
"""A resource pattern that names all of a kind: `*`, `arn:aws:iam::123456789012:role/*`."""


def statements(stack: Stack, principal: Resource) -> Iterator[Properties]:
    """Statements of all documents of a role, user or group; of the groups that a user is in as well.

    Raises:
        Undecided: at the end, if a document, or the principal of an attachment, is unknown.
    """
    yield from known_first(_holders(stack, principal), lambda holder: _held(stack, holder))
    memberships = _naming(stack, principal, tokens.IAM_USER_GROUP_MEMBERSHIP, "user") if principal.type == tokens.IAM_USER else ()
    groups = (group for each in memberships for group in stack.referents(each, "groups", tokens.IAM_GROUP))
    yield from known_first(groups, lambda group: statements(stack, group))


def _holders(stack: Stack, principal: Resource) -> Iterator[Resource]:
    yield principal
    for token, property in (INLINE[principal.type], *ATTACHED[principal.type]):
        yield from _naming(stack, principal, token, property)


def _naming(stack: Stack, principal: Resource, token: str, property: str) -> Iterator[Resource]:
    """Resources that name the principal: by property dependency, or by its literal name where the program gave one."""
    yield from stack.referrers(principal, token, property)
    if (name := principal.inputs.get("name")) and not is_unknown(name):
        for each in stack.of_type(token):
            if not each.property_dependencies.get(property) and name in each.properties.texts(property):
                yield each


def _held(stack: Stack, holder: Resource) -> Iterator[Properties]:
    """Statements that the holder holds itself, and those of the policies that it attaches."""
    yield from iam.grants(holder)
    property = iam.ATTACHMENTS.get(holder.type, "")
    policies = stack.referents(holder, property, tokens.IAM_POLICY)
    yield from known_first(policies, iam.grants)
    if not policies:
        for arn in iam.attached(holder):
            if (name := arn.rsplit("/", 1)[-1]) in MANAGED and ":aws:policy/" in arn:
                yield Properties(MANAGED[name], holder.name)


def names(statement: Properties, action: str) -> bool:
    """Whether the statement speaks of the action: by name, wildcard or not excluding it; case does not matter (IAM user guide, Action)."""
    if "NotAction" in statement:
        return not _any_matches(statement.texts("NotAction"), action)
    return _any_matches(statement.texts("Action"), action)


def _any_matches(patterns: Iterable[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), _whole(pattern.lower())) for pattern in patterns)


def _whole(pattern: str) -> str:
    """IAM knows `*` and `?` only: a bracket is a bracket."""
    return pattern.replace("[", "[[]")


def every_one(statement: Properties) -> bool:
    """Whether it speaks of all resources, or all of a kind, or of all but some."""
    return "NotResource" in statement or any(_EVERY_ONE.fullmatch(resource) for resource in statement.texts("Resource"))


def limiting(statement: Properties) -> bool:
    """Whether a condition narrows what the statement is about. One that holds where its key is missing narrows nothing."""
    for operator, keys in statement.section("Condition").items():
        kind = operator.lower()
        if kind.endswith("ifexists") or kind.startswith("forallvalues:") or kind == "null":
            continue
        if any(key.lower() not in _HARMLESS for key in keys):
            return True
    return False


def unlimited(all_statements: Iterable[Properties], actions: Iterable[str]) -> Iterator[str]:
    """Those of the actions that are allowed on every one of their resources, under no limiting condition, and not denied.

    Raises:
        Undecided: a leaf that decides is unknown.
    """
    known = tuple(all_statements)
    allowing = [each for each in known if iam.allows(each)]
    denying = [each for each in known if each.text("Effect") == "Deny"]
    for action in actions:
        if any(names(each, action) and every_one(each) and not limiting(each) for each in allowing) and not any(
            names(each, action) and iam.every_resource(each) and not len(each.section("Condition")) for each in denying
        ):
            yield action
