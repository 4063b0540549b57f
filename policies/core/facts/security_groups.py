"""One normal form of security-group rules, whichever of EC2's encodings a program uses.

Encodings: `ingress` and `egress` of a SecurityGroup or DefaultSecurityGroup, SecurityGroupRule, vpc.SecurityGroupIngressRule and
…EgressRule; each names addresses by IPv4 or IPv6 block or by prefix list, or other groups.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from policies.core import tokens
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, Undecided, is_unknown, known_first, known_part

GROUPS = (tokens.SECURITY_GROUP, tokens.DEFAULT_SECURITY_GROUP)
STANDALONE_INGRESS = (tokens.SECURITY_GROUP_RULE, tokens.SECURITY_GROUP_INGRESS_RULE)
STANDALONE_EGRESS = (tokens.SECURITY_GROUP_RULE, tokens.SECURITY_GROUP_EGRESS_RULE)
SUBJECTS = (*GROUPS, *STANDALONE_INGRESS)
"""What rules about ingress judge: groups with all that is attached to them, and rules whose group is not part of the stack."""

TCP = frozenset({"tcp", "6"})
UDP = frozenset({"udp", "17"})
ALL_PROTOCOLS = frozenset({"-1", "all"})
"""Spellings of the same (EC2 API, IpPermission.IpProtocol; protocol numbers by IANA)."""


class Direction(StrEnum):
    """Which way the traffic of a rule goes, as inline rules and SecurityGroupRule spell it."""

    INGRESS = "ingress"
    EGRESS = "egress"


_STANDALONE = {Direction.INGRESS: STANDALONE_INGRESS, Direction.EGRESS: STANDALONE_EGRESS}


@dataclass(frozen=True)
class Opening:
    """One rule. Reads the properties only when asked, so that a leaf that does not matter may be unknown."""

    resource: Resource
    """The resource that holds the rule: the group, or the rule itself."""
    properties: Properties
    """The rule in one of the encodings."""
    stack: Stack
    """Where its prefix lists are looked up."""
    direction: Direction = Direction.INGRESS
    """Which way its traffic goes."""

    @property
    def _protocol(self) -> str:
        """As EC2 spells it. EC2 takes no rule without one: where it is missing, nothing says that any is shut out."""
        return (self.properties.text("protocol" if "protocol" in self.properties else "ipProtocol") or "-1").lower()

    @property
    def _ports(self) -> tuple[float, float]:
        """First and last one. What is absent, or -1 (EC2 API, IpPermission: all), bounds nothing."""
        first, last = self.properties.number("fromPort", -1), self.properties.number("toPort", -1)
        return max(first, 0), 65535 if last == -1 else last

    def covers(self, port: int) -> bool:
        """Whether TCP traffic to the port passes."""
        if self._protocol in ALL_PROTOCOLS:
            return True
        return self._protocol in TCP and self._ports[0] <= port <= self._ports[1]

    @property
    def all_traffic(self) -> bool:
        """Whether every port is open: all protocols, or all ports of TCP or UDP."""
        if self._protocol in ALL_PROTOCOLS:
            return True
        return self._protocol in TCP | UDP and self._ports[0] <= 1 and self._ports[1] == 65535

    def blocks(self) -> Iterator[str]:
        """CIDR blocks that it opens for, prefix lists included. Traffic from security groups has none."""
        for key in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"):
            yield from self.properties.texts(key)
        if "prefixListIds" in self.properties:
            yield from self._prefix_lists("prefixListIds", len(self.properties.texts("prefixListIds")))
        if "prefixListId" in self.properties:
            yield from self._prefix_lists("prefixListId", 1)

    def _prefix_lists(self, key: str, count: int) -> Iterator[str]:
        """Blocks of the lists, `count` in number, that a key of the rule names."""
        holder = key if key in self.resource.inputs else self.direction
        lists = self.stack.referents(self.resource, holder, tokens.MANAGED_PREFIX_LIST)
        if len(lists) < count:
            raise Undecided(f"{self.resource.name}.{key} (a prefix list outside this stack)")
        for each in lists:
            yield from (entry.text("cidr") for entry in each.properties.sections("entries"))
            yield from (e.properties.text("cidr") for e in self.stack.referrers(each, tokens.MANAGED_PREFIX_LIST_ENTRY, "prefixListId"))


def openings(stack: Stack, subject: Resource, direction: Direction = Direction.INGRESS) -> Iterator[Opening]:
    """Every opening of the subject: of a group, all encodings together; of a rule of a foreign group, its siblings too."""
    standalone = _STANDALONE[direction]
    if subject.type in GROUPS:
        attached = [rule for token in standalone for rule in stack.referrers(subject, token, "securityGroupId")]
        yield from known_first(subject.properties.sections(direction), lambda rule: (Opening(subject, rule, stack, direction),))
    elif stack.referents(subject, "securityGroupId", *GROUPS):
        return  # judged with its group
    else:
        group = _group(subject)
        attached = [rule for rule in stack.of_type(*standalone) if _group(rule) == group]
    yield from known_first(attached, lambda rule: [Opening(rule, rule.properties, stack, direction)] if _goes(rule, direction) else [])


def _group(rule: Resource) -> object:
    """What tells the rule's group from others without knowing its id; a rule of which nothing is known stands alone."""
    literal = rule.inputs.get("securityGroupId")
    return rule.property_dependencies.get("securityGroupId") or (rule.urn if is_unknown(literal) else literal)


def _goes(rule: Resource, direction: Direction) -> bool:
    return rule.type != tokens.SECURITY_GROUP_RULE or rule.properties.text("type") == direction


def reach(stack: Stack, subject: Resource, ports: Iterable[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """For each port the CIDR blocks from which TCP traffic reaches it, as far as they are known.

    Raises:
        Undecided: at the end, if an unknown may open one of the ports to more.
    """
    opened, missing = known_part(openings(stack, subject))
    for port in ports:
        blocks, unknown = known_part(_together(subject, opened, lambda opening, port=port: _reaching(opening, port)))
        yield port, blocks
        missing = missing or unknown
    if missing:
        raise missing


def _together(subject: Resource, opened: Iterable[Opening], read: Callable[[Opening], Iterator[str]]) -> Iterator[str]:
    """Blocks of all openings; none for a rule of a foreign group that adds nothing itself: its siblings are found, not it."""
    if subject.type not in GROUPS:
        opened = tuple(opened)
        if not any(True for opening in opened if opening.resource is subject for _ in read(opening)):
            return
    yield from known_first(opened, read)


def _reaching(opening: Opening, port: int) -> Iterator[str]:
    try:
        covers = opening.covers(port)
    except Undecided:
        if not any(True for _ in opening.blocks()):
            return  # opened for security groups only: whatever the port, no block reaches it
        raise
    if covers:
        yield from opening.blocks()


def all_traffic(stack: Stack, subject: Resource, direction: Direction) -> Iterator[str]:
    """CIDR blocks that every port is open for, from or to.

    Raises:
        Undecided: at the end, if an unknown may open every port to more.
    """
    opened = openings(stack, subject, direction)
    yield from _together(subject, opened, lambda opening: opening.blocks() if opening.all_traffic else iter(()))


def any_traffic(stack: Stack, subject: Resource, direction: Direction) -> Iterator[str]:
    """CIDR blocks that any port is open for, from or to; raises as `all_traffic` does."""
    yield from _together(subject, openings(stack, subject, direction), Opening.blocks)


def sources(stack: Stack, group: Resource) -> Iterator[Resource]:
    """Groups of the stack whose members may send something to the members of this one."""
    yield from stack.referents(group, Direction.INGRESS, *GROUPS)
    for token, property in (
        (tokens.SECURITY_GROUP_RULE, "sourceSecurityGroupId"),
        (tokens.SECURITY_GROUP_INGRESS_RULE, "referencedSecurityGroupId"),
    ):
        for rule in stack.referrers(group, token, "securityGroupId"):
            if _goes(rule, Direction.INGRESS):
                yield from stack.referents(rule, property, *GROUPS)
