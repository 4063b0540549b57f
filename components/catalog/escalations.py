"""How permissions of AWS IAM grow by themselves: combinations of actions that give whoever holds them more."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from components.catalog.loader import Fact, read


class Escalation(Fact):
    """One way."""

    does: str
    """What it does, e.g. `start an instance with any role`."""
    actions: tuple[str, ...]
    """IAM actions that it takes, all of them, e.g. `iam:PassRole`."""


@functools.cache
def escalations() -> Mapping[str, Escalation]:
    """All ways, by what they do."""
    return MappingProxyType({does: Escalation(does=does, actions=tuple(actions)) for does, actions in read("escalations").items()})
