"""One normal form of security-group ingress, whichever of EC2's encodings a program uses.

Encodings: `ingress` of a SecurityGroup or DefaultSecurityGroup, SecurityGroupRule, vpc.SecurityGroupIngressRule; each names
addresses by IPv4 or IPv6 block or by prefix list.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.core import tokens
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, Undecided, is_unknown, known_first, known_part

GROUPS = (tokens.SECURITY_GROUP, tokens.DEFAULT_SECURITY_GROUP)
STANDALONE_INGRESS = (tokens.SECURITY_GROUP_RULE, tokens.SECURITY_GROUP_INGRESS_RULE)
SUBJECTS = (*GROUPS, *STANDALONE_INGRESS)
"""What rules about ingress judge: groups with all that is attached to them, and rules whose group is not part of the stack."""

TCP = frozenset({"tcp", "6"})
ALL_PROTOCOLS = frozenset({"-1", "all"})
"""Spellings of the same (EC2 API, IpPermission.IpProtocol; protocol numbers by IANA)."""


@dataclass(frozen=True)
class Opening:
    """One ingress rule. Reads the properties only when asked, so that a leaf that does not matter may be unknown."""

    resource: Resource
    """The resource that holds the rule: the group, or the rule itself."""
    properties: Properties
    """The rule in one of the encodings."""
    stack: Stack
    """Where its prefix lists are looked up."""

    def covers(self, port: int) -> bool:
        """Whether TCP traffic to the port passes."""
        protocol = self.properties.text("protocol" if "protocol" in self.properties else "ipProtocol").lower()
        if protocol in ALL_PROTOCOLS:
            return True
        return protocol in TCP and self.properties.number("fromPort", 0) <= port <= self.properties.number("toPort", 65535)

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
        holder = key if key in self.resource.inputs else "ingress"
        lists = self.stack.referents(self.resource, holder, tokens.MANAGED_PREFIX_LIST)
        if len(lists) < count:
            raise Undecided(f"{self.resource.name}.{key} (a prefix list outside this stack)")
        for each in lists:
            yield from (entry.text("cidr") for entry in each.properties.sections("entries"))
            yield from (e.properties.text("cidr") for e in self.stack.referrers(each, tokens.MANAGED_PREFIX_LIST_ENTRY, "prefixListId"))


def ingress(stack: Stack, subject: Resource) -> Iterator[Opening]:
    """Every opening of the subject: of a group, all encodings together; of a rule of a foreign group, its siblings too."""
    if subject.type in GROUPS:
        attached = [rule for token in STANDALONE_INGRESS for rule in stack.referrers(subject, token, "securityGroupId")]
        yield from known_first(subject.properties.sections("ingress"), lambda rule: (Opening(subject, rule, stack),))
    elif stack.referents(subject, "securityGroupId", *GROUPS):
        return  # judged with its group
    else:
        group = _group(subject)
        attached = [rule for rule in stack.of_type(*STANDALONE_INGRESS) if _group(rule) == group]
    yield from known_first(attached, lambda rule: [Opening(rule, rule.properties, stack)] if _is_ingress(rule) else [])


def _group(rule: Resource) -> object:
    """What tells the rule's group from others without knowing its id; a rule of which nothing is known stands alone."""
    literal = rule.inputs.get("securityGroupId")
    return rule.property_dependencies.get("securityGroupId") or (rule.urn if is_unknown(literal) else literal)


def _is_ingress(rule: Resource) -> bool:
    return rule.type == tokens.SECURITY_GROUP_INGRESS_RULE or rule.properties.text("type") == "ingress"


def reach(stack: Stack, subject: Resource, ports: Iterable[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """For each port the CIDR blocks from which TCP traffic reaches it, as far as they are known.

    Raises:
        Undecided: at the end, if an unknown may open one of the ports to more.
    """
    openings, missing = known_part(ingress(stack, subject))
    for port in ports:
        blocks, unknown = known_part(known_first(openings, lambda opening, port=port: _reaching(opening, port)))
        yield port, blocks
        missing = missing or unknown
    if missing:
        raise missing


def _reaching(opening: Opening, port: int) -> Iterator[str]:
    try:
        covers = opening.covers(port)
    except Undecided:
        if not any(True for _ in opening.blocks()):
            return  # opened for security groups only: whatever the port, no block reaches it
        raise
    if covers:
        yield from opening.blocks()
