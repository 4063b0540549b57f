"""Whether a KMS key is one that the account's owner administers."""

from collections.abc import Iterable

from policies.core import tokens
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties


def all_ours(stack: Stack, resource: Resource, property: str, holders: Iterable[Properties], key: str) -> bool:
    """Whether each of the holders, objects of one property, names a customer managed key under `key`; false where there is none.

    Keys of the stack are known by property dependency, others by their ARN: AWS's own ones go by aliases, `alias/aws/…`.
    """
    named = [each for each in holders if key in each]
    if stack.referents(resource, property, *tokens.CUSTOMER_MANAGED_KEYS):
        return bool(named)
    return bool(named) and all(":key/" in each.text(key) for each in named)
