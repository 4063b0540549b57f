"""One normal form of network ACLs: rules inline and beside the list, evaluated by number, the first match wins (VPC user guide)."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.core import tokens
from policies.core.facts.addresses import within
from policies.core.facts.security_groups import ALL_PROTOCOLS, TCP
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties

LISTS = (tokens.NETWORK_ACL, tokens.DEFAULT_NETWORK_ACL)
SUBJECTS = (*LISTS, tokens.NETWORK_ACL_RULE)
"""What rules about network ACLs judge: lists with all that belongs to them, and rules whose list is not part of the stack."""


@dataclass(frozen=True)
class Entry:
    """One rule for what comes in."""

    number: float
    """Its place: lower ones are asked first."""
    allows: bool
    """Whether it lets in, or keeps out."""
    protocol: str
    """As EC2 spells it: a name, a number, or -1 for all."""
    ports: tuple[float, float]
    """First and last port."""
    block: str
    """CIDR block that it is about."""

    def covers(self, port: int) -> bool:
        """Whether it is about TCP traffic to the port."""
        if self.protocol in ALL_PROTOCOLS:
            return True
        return self.protocol in TCP and self.ports[0] <= port <= self.ports[1]


def entries(stack: Stack, subject: Resource) -> Iterator[Entry]:
    """Rules for what comes in, in their order; nothing for a rule that is judged with its list.

    Raises:
        Undecided: part of one is unknown: the order of all may hang on it.
    """
    if subject.type in LISTS:
        beside = stack.referrers(subject, tokens.NETWORK_ACL_RULE, "networkAclId")
        inline = [_inline(rule) for rule in subject.properties.sections("ingress")]
    elif stack.referents(subject, "networkAclId", *LISTS):
        return
    else:
        beside, inline = (subject,), []
    yield from sorted(
        [*inline, *(_standalone(rule) for rule in beside if not rule.properties.flag("egress"))], key=lambda each: each.number
    )


def _inline(rule: Properties) -> Entry:
    return _entry(rule, rule.number("ruleNo", 0), rule.text("action"))


def _standalone(rule: Resource) -> Entry:
    return _entry(rule.properties, rule.properties.number("ruleNumber", 0), rule.properties.text("ruleAction"))


def _entry(rule: Properties, number: float, action: str) -> Entry:
    return Entry(
        number=number,
        allows=action.lower() == "allow",
        protocol=rule.text("protocol", "-1").lower(),
        ports=(rule.number("fromPort", 0), rule.number("toPort", 65535)),
        block=rule.text("cidrBlock") or rule.text("ipv6CidrBlock"),
    )


def reaching(rules: tuple[Entry, ...], port: int) -> Iterator[str]:
    """CIDR blocks from which TCP traffic gets to the port: allowed, and not kept out as a whole before."""
    kept_out: list[str] = []
    for entry in rules:
        if not entry.covers(port) or not entry.block:
            continue
        if not entry.allows:
            kept_out.append(entry.block)
        elif not within(entry.block, kept_out):
            yield entry.block
