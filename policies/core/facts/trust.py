"""Whom a role, a key or another resource's policy trusts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from policies.core.facts import iam
from policies.core.verdict import Properties

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::(.+))?")

BOUND_TO_SOMEBODY = (
    *("aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:sourceaccount", "aws:sourcearn"),
    *("aws:sourceorgid", "aws:sourceorgpaths", "aws:userid", "aws:sourcevpce", "aws:sourcevpc", "kms:calleraccount", "kms:viaservice"),
    "sts:externalid",
)
"""Condition keys that tell one caller from all others (IAM user guide, global condition keys; STS and KMS, keys of their own)."""

_POSITIVE = re.compile(r"(?:foranyvalue:)?(?:stringequals|stringequalsignorecase|stringlike|arnequals|arnlike)")


@dataclass(frozen=True)
class Principal:
    """Somebody named in a policy."""

    kind: str
    """`AWS`, `Service`, `Federated` or `CanonicalUser`."""
    name: str
    """As it stands in the policy."""

    @property
    def is_anybody(self) -> bool:
        """Whether it is everybody there is."""
        return self.kind == "AWS" and self.name == "*"

    @property
    def account(self) -> str:
        """Account of an AWS principal; empty for others."""
        found = _ACCOUNT.fullmatch(self.name) if self.kind == "AWS" else None
        return found[1] if found else ""

    @property
    def is_whole_account(self) -> bool:
        """Whether everybody in the account is meant: its id, or its root (IAM user guide, Principal)."""
        found = _ACCOUNT.fullmatch(self.name) if self.kind == "AWS" else None
        return found is not None and found[2] in (None, "root")


def principals(statement: Properties) -> Iterator[Principal]:
    """Everybody whom the statement names; under Allow, `NotPrincipal` is everybody but some."""
    if "NotPrincipal" in statement:
        yield Principal("AWS", "*")
        return
    named = statement.get("Principal")
    if isinstance(named, Properties):
        yield from (Principal(kind, name) for kind in named for name in named.texts(kind))
    elif named is not None:
        yield Principal("AWS", str(named))


def conditions(statement: Properties) -> Mapping[str, tuple[str, ...]]:
    """Condition key, in lower case -> values that it must have one of. Of operators that a missing key satisfies there is nothing here."""
    found: dict[str, tuple[str, ...]] = {}
    for operator, keys in statement.section("Condition").items():
        if _POSITIVE.fullmatch(operator.lower()):
            found |= {key.lower(): tuple(map(str, keys.texts(key))) for key in keys}
    return found


def is_bound(statement: Properties, keys: Iterable[str] = BOUND_TO_SOMEBODY) -> bool:
    """Whether a condition asks for one caller, and not for any."""
    given = conditions(statement)
    return any(values and not any(value.strip("*") == "" for value in values) for key in keys if (values := given.get(key)))


def trusting(statements: Iterable[Properties]) -> Iterator[Properties]:
    """Those of the statements that let somebody in."""
    return (each for each in statements if iam.allows(each))
