"""One normal form of IAM policy documents: JSON text or object, one statement or many, strings or lists."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from policies.core import tokens
from policies.core.resource import Resource
from policies.core.verdict import Items, Properties, Undecided, known_first

_WHOLE_ACTION = re.compile(r"\*+(:\*+)?")
_WHOLE_RESOURCE = re.compile(r"\*+|arn:[\w*-]+:\*+(:\*+)*")


def statements(properties: Properties, key: str) -> Items[Properties]:
    """Statements of the document under this key.

    Raises:
        Undecided: the document, or the list of statements, is unknown, or it is no JSON.
    """
    value = properties.get(key)
    if isinstance(value, str):
        value = Properties(_parsed(value, key), key)
    return value.sections("Statement") if isinstance(value, Properties) else Items((), key)


@lru_cache(maxsize=4096)
def _parsed(text: str, key: str) -> Mapping[str, Any]:
    try:
        document: Any = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError:
        raise Undecided(f"{key} (text that is no JSON)") from None
    return cast("Mapping[str, Any]", document) if isinstance(document, dict) else {}


def allows(statement: Properties) -> bool:
    """Whether the statement grants, not denies."""
    return statement.text("Effect") == "Allow"


def every_action(statement: Properties) -> bool:
    """Whether it speaks of all actions, or of all but some (`NotAction`)."""
    return "NotAction" in statement or any(_WHOLE_ACTION.fullmatch(action) for action in statement.texts("Action"))


def every_resource(statement: Properties) -> bool:
    """Whether it speaks of all resources, or of all but some (`NotResource`)."""
    return "NotResource" in statement or any(_WHOLE_RESOURCE.fullmatch(resource) for resource in statement.texts("Resource"))


def condition(statement: Properties, operator: str, key_suffix: str) -> Iterator[str]:
    """Values of the condition keys with this ending under one operator; operators and keys know no case (IAM user guide, Condition)."""
    for name, keys in statement.section("Condition").items():
        if name.lower().removeprefix("foranyvalue:") == operator.lower():
            yield from (_text(value) for key in keys if key.lower().endswith(key_suffix) for value in keys.texts(key))


def _text(value: Any) -> str:
    """As IAM compares it: booleans and numbers of a document are as good as their text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


DOCUMENTS: Mapping[str, Callable[[Properties], Iterator[Properties]]] = {
    tokens.IAM_ROLE: lambda role: known_first(role.sections("inlinePolicies"), lambda policy: statements(policy, "policy")),
    **{
        token: lambda policy: iter(statements(policy, "policy"))
        for token in (tokens.IAM_POLICY, tokens.IAM_ROLE_POLICY, tokens.IAM_USER_POLICY, tokens.IAM_GROUP_POLICY)
    },
}
"""Resource type -> statements of the permissions it holds."""

ATTACHMENTS: Mapping[str, str] = {
    tokens.IAM_ROLE: "managedPolicyArns",
    tokens.IAM_ROLE_POLICY_ATTACHMENT: "policyArn",
    tokens.IAM_USER_POLICY_ATTACHMENT: "policyArn",
    tokens.IAM_GROUP_POLICY_ATTACHMENT: "policyArn",
    tokens.IAM_POLICY_ATTACHMENT: "policyArn",
}
"""Resource type -> property that holds ARNs of policies made elsewhere."""


def grants(resource: Resource) -> Iterator[Properties]:
    """Statements of the permission documents that the resource holds itself."""
    return DOCUMENTS[resource.type](resource.properties) if resource.type in DOCUMENTS else iter(())


def attached(resource: Resource) -> Iterator[str]:
    """ARNs of the managed policies that the resource attaches."""
    return iter(resource.properties.texts(ATTACHMENTS[resource.type])) if resource.type in ATTACHMENTS else iter(())
