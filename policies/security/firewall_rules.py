"""Security groups together: what they let through as a whole, which paths they make, and how they are kept."""

from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import data_stores, security_groups
from policies.core.facts.addresses import public_addresses
from policies.core.facts.paths import paths_to
from policies.core.facts.security_groups import GROUPS, STANDALONE_EGRESS, SUBJECTS, Direction
from policies.core.resource import Resource, Stack
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first, known_part

_ALL = {"protocol": "-1", "fromPort": 0, "toPort": 0}
_WORLD = ["0.0.0.0/0"]
_CACHE = resource(tokens.ELASTICACHE_REPLICATION_GROUP, {"securityGroupIds": ["${subject.id}"]})


def _group(direction: str, *rules: dict[str, Any], **others: Draft) -> Example:
    return example(resource(tokens.SECURITY_GROUP, {direction: list(rules)}), **others)


def _rule(token: str, **inputs: Any) -> Example:
    return example(resource(tokens.SECURITY_GROUP), opening=resource(token, {"securityGroupId": "${subject.id}", **inputs}))


@rule(
    "sec-21",
    on=SUBJECTS,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A group that opens every port to public addresses is no firewall: whatever is started behind it next is on the internet as well.",
    fix="Name protocol, from_port and to_port of what is served, or let it be reached from security groups.",
    controls=("fsbp:EC2.18",),
    bad=(
        _group("ingress", {**_ALL, "cidrBlocks": _WORLD}),
        _group("ingress", {**_ALL, "protocol": "all", "cidrBlocks": ["203.0.113.0/24"]}),
        _group("ingress", {**_ALL, "ipv6CidrBlocks": ["0000:0000:0000:0000:0000:0000:0000:0000/0"]}),
        _group("ingress", {"protocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}),
        _group("ingress", {"protocol": "udp", "fromPort": 1, "toPort": 65535, "cidrBlocks": _WORLD}),
        _rule(tokens.SECURITY_GROUP_RULE, type="ingress", **_ALL, cidrBlocks=_WORLD),
        _rule(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", cidrIpv4="0.0.0.0/0"),
        example(resource(tokens.DEFAULT_SECURITY_GROUP, {"ingress": [{**_ALL, "cidrBlocks": _WORLD}]})),
    ),
    good=(
        _group("ingress", {**_ALL, "self": True}),
        _group("ingress", {**_ALL, "cidrBlocks": ["10.8.0.0/16"]}),
        _group("ingress", {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": _WORLD}),
        _group("egress", {**_ALL, "cidrBlocks": _WORLD}),
        _rule(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", referencedSecurityGroupId="sg-0a1b"),
    ),
)
def not_every_port_is_open(group: Subject) -> Iterator[str]:
    blocks, missing = known_part(security_groups.all_traffic(group.stack, group.resource, Direction.INGRESS))
    if addresses := public_addresses(blocks):
        yield f"{addresses:,} public addresses reach every port"
    if missing:
        raise missing


@rule(
    "sec-22",
    on=(*GROUPS, *STANDALONE_EGRESS),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="What may talk to the whole world can send it everything it holds; a data store has nobody out there to talk to at all.",
    fix="Leave out egress of groups around data stores, and elsewhere name the ports and blocks, prefix lists or groups that are called.",
    controls=("pci-dss-4.0:1.3.2",),
    settings=("max_addresses",),
    bad=(
        _group("egress", {**_ALL, "cidrBlocks": _WORLD}),
        _group("egress", {**_ALL, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}),
        _group("egress", {**_ALL, "ipv6CidrBlocks": ["::/0"]}),
        _group("egress", {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": _WORLD}, store=_CACHE),
        _rule(tokens.SECURITY_GROUP_RULE, type="egress", **_ALL, cidrBlocks=_WORLD),
        _rule(tokens.SECURITY_GROUP_EGRESS_RULE, ipProtocol="-1", cidrIpv4="0.0.0.0/0"),
        example(resource(tokens.SECURITY_GROUP_EGRESS_RULE, {"securityGroupId": "sg-0a1b", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"})),
    ),
    good=(
        example(resource(tokens.SECURITY_GROUP)),
        _group("egress", {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": _WORLD}),
        _group("egress", {**_ALL, "cidrBlocks": ["10.8.0.0/16"]}, store=_CACHE),
        _group("ingress", {**_ALL, "cidrBlocks": _WORLD}),
        _rule(tokens.SECURITY_GROUP_EGRESS_RULE, ipProtocol="-1", referencedSecurityGroupId="${subject.id}"),
    ),
)
def not_everything_may_leave(group: Subject) -> Iterator[str]:
    around_data = group.resource in set(data_stores.guarding(group.stack))
    leaving = security_groups.any_traffic if around_data else security_groups.all_traffic
    blocks, missing = known_part(leaving(group.stack, group.resource, Direction.EGRESS))
    addresses = public_addresses(blocks)
    if addresses > (0 if around_data else group.settings.max_addresses):
        yield f"{addresses:,} public addresses can be sent {'data' if around_data else 'anything'}"
    if missing:
        raise missing


@rule(
    "sec-23",
    on=GROUPS,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A group with rules of both kinds has neither: every update takes away what the other kind has added, and back.",
    fix="Move the rules of ingress and egress into aws.vpc.SecurityGroupIngressRule and …EgressRule resources, or these into it.",
    controls=(),
    bad=(
        _group(
            "ingress",
            {**_ALL, "self": True},
            more=resource(
                tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": "${subject.id}", "ipProtocol": "-1", "cidrIpv4": "10.8.0.0/16"}
            ),
        ),
        _group(
            "egress",
            {**_ALL, "cidrBlocks": _WORLD},
            more=resource(tokens.SECURITY_GROUP_RULE, {"securityGroupId": "${subject.id}", "type": "ingress", **_ALL, "self": True}),
        ),
    ),
    good=(
        _group("ingress", {**_ALL, "self": True}),
        _rule(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", cidrIpv4="10.8.0.0/16"),
        _group(
            "ingress",
            more=resource(tokens.SECURITY_GROUP_RULE, {"securityGroupId": "${subject.id}", "type": "ingress", **_ALL, "self": True}),
        ),
    ),
)
def group_keeps_its_rules_in_one_place(group: Subject) -> Iterator[str]:
    kinds = dict.fromkeys((*security_groups.STANDALONE_INGRESS, *STANDALONE_EGRESS))
    standalone = sorted(each.name for kind in kinds for each in group.referrers(kind, "securityGroupId"))
    if not standalone:
        return
    for direction in Direction:
        if group.properties.sections(direction):
            yield f"{direction} stands in the group, and beside it there are {', '.join(standalone)}"


def _web(**tags: str) -> Draft:
    opened = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": _WORLD}
    return resource(tokens.SECURITY_GROUP, {"ingress": [opened], **({"tags": tags} if tags else {})})


def _from(name: str) -> Draft:
    return resource(
        tokens.SECURITY_GROUP, {"ingress": [{"protocol": "tcp", "fromPort": 6379, "toPort": 6379, "securityGroups": [f"${{{name}.id}}"]}]}
    )


_HOP = resource(
    tokens.SECURITY_GROUP,
    {"ingress": [{"protocol": "tcp", "fromPort": 8080, "toPort": 8080, "securityGroups": ["${web.id}"]}], "tags": {"role": "application"}},
)


@rule(
    "sec-24",
    on=GROUPS,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="A chain of groups that each admit the one before leads from the internet to the data, one broken process after another.",
    fix='Let data stores admit only groups tagged role="application", whose members check who asks, and none that the internet reaches.',
    controls=("pci-dss-4.0:1.4.4", "soc2:CC6.6"),
    settings=("max_addresses",),
    bad=(
        example(_from("web"), store=_CACHE, web=_web()),
        example(_from("middle"), store=_CACHE, middle=_from("web"), web=_web()),
        example(
            resource(tokens.SECURITY_GROUP),
            store=_CACHE,
            web=_web(),
            entry=resource(
                tokens.SECURITY_GROUP_INGRESS_RULE,
                {"securityGroupId": "${subject.id}", "ipProtocol": "-1", "referencedSecurityGroupId": "${web.id}"},
            ),
        ),
        example(
            resource(tokens.SECURITY_GROUP),
            store=resource(tokens.RDS_CLUSTER, {"vpcSecurityGroupIds": ["${subject.id}"]}),
            web=_web(),
            entry=resource(
                tokens.SECURITY_GROUP_RULE,
                {"securityGroupId": "${subject.id}", "type": "ingress", **_ALL, "sourceSecurityGroupId": "${web.id}"},
            ),
        ),
        example(_web(), store=_CACHE),
    ),
    good=(
        example(_from("application"), store=_CACHE, application=_HOP, web=_web()),
        example(_from("inner"), store=_CACHE, inner=resource(tokens.SECURITY_GROUP)),
        example(_from("web"), web=_web()),
    ),
)
def internet_does_not_lead_to_data(group: Subject) -> Iterator[str]:
    if group.resource not in set(data_stores.guarding(group.stack)):
        return
    ways = paths_to(group.resource, _admissions(group.stack, group.resource))
    yield from known_first(sorted(ways, key=lambda each: each.urn), lambda listener: _way(group, ways[listener]))


def _admissions(stack: Stack, target: Resource) -> Iterator[tuple[Resource, Resource]]:
    """From each group to the groups that admit it, but not into a declared hop."""
    for group in stack.of_type(*GROUPS):
        if group == target or group.properties.section("tags").text("role") != "application":
            yield from ((source, group) for source in security_groups.sources(stack, group))


def _way(group: Subject, groups: tuple[Resource, ...]) -> Iterator[str]:
    if groups[0] != group.resource and groups[0].properties.section("tags").text("role") == "application":
        return
    blocks, missing = known_part(security_groups.any_traffic(group.stack, groups[0], Direction.INGRESS))
    if public_addresses(blocks) > group.settings.max_addresses:
        yield f"the internet reaches it by {' -> '.join(each.name for each in groups)}"
    elif missing:
        raise missing


@rule(
    "sec-25",
    on=(tokens.SECURITY_GROUP,),
    scope=Scope.STACK,
    severity=Severity.LOW,
    why="A group that nothing uses protects nothing; the next person takes it for one that somebody has thought about.",
    fix="Give the group's id to the interface, cluster, cache or endpoint it is for, or delete it.",
    controls=("fsbp:EC2.22",),
    bad=(
        {},
        _rule(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", cidrIpv4="10.8.0.0/16"),
        example(resource(tokens.SECURITY_GROUP), other=_from("subject")),
        _rule(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", referencedSecurityGroupId="${subject.id}"),
    ),
    good=(
        example(resource(tokens.SECURITY_GROUP), store=_CACHE),
        example(
            resource(tokens.SECURITY_GROUP),
            template=resource(tokens.LAUNCH_TEMPLATE, {"networkInterfaces": [{"securityGroups": ["${subject.id}"]}]}),
        ),
    ),
)
def group_protects_something(group: Subject) -> Iterator[str]:
    rules = {*SUBJECTS, *STANDALONE_EGRESS}
    if not any(user.type not in rules for user in group.stack.users(group.resource)):
        yield "nothing of the stack uses it"
