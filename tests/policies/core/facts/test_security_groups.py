"""Four encodings of the same opening give the same findings."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts.security_groups import reach
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.verdict import UNKNOWN, Undecided, Verdict, known_part

TODAY = date(2026, 11, 20)
SECURITY_GROUP_RULES = [rule for rule in rules() if rule.id in {"sec-19", "sec-20"}]
PROTOCOLS = {"-1": ("-1", "all", "ALL"), "tcp": ("tcp", "6", "TCP"), "udp": ("udp", "17"), "icmp": ("icmp", "1")}


def inline(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    ingress = [{"protocol": protocol, "fromPort": ports[0], "toPort": ports[1], "cidrBlocks": ipv4, "ipv6CidrBlocks": ipv6}]
    return example(resource(tokens.SECURITY_GROUP, {"ingress": ingress}))


def default_group(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    return example(resource(tokens.DEFAULT_SECURITY_GROUP, inline(protocol, ports, ipv4, ipv6).drafts["subject"].inputs))


def one_by_one(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    inputs = {"fromPort": ports[0], "toPort": ports[1]}
    blocks = [{"cidrBlocks": [block]} for block in ipv4] + [{"ipv6CidrBlocks": [block]} for block in ipv6]
    return example(resource(tokens.SECURITY_GROUP, {"ingress": [{**inputs, "protocol": protocol, **block} for block in blocks]}))


def attached(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    common = {"securityGroupId": "${subject.id}", "type": "ingress", "protocol": protocol, "fromPort": ports[0], "toPort": ports[1]}
    return example(
        resource(tokens.SECURITY_GROUP), rule=resource(tokens.SECURITY_GROUP_RULE, {**common, "cidrBlocks": ipv4, "ipv6CidrBlocks": ipv6})
    )


def attached_vpc(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    common: Mapping[str, Any] = {"securityGroupId": "${subject.id}", "ipProtocol": protocol}
    if protocol.lower() not in {"-1", "all"}:
        common = {**common, "fromPort": ports[0], "toPort": ports[1]}
    blocks = [{"cidrIpv4": block} for block in ipv4] + [{"cidrIpv6": block} for block in ipv6]
    opened = {f"rule{n}": resource(tokens.SECURITY_GROUP_INGRESS_RULE, {**common, **block}) for n, block in enumerate(blocks)}
    return example(resource(tokens.SECURITY_GROUP), **opened)


def prefix_list(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    entries = [{"cidr": block} for block in (*ipv4, *ipv6)]
    ingress = [{"protocol": protocol, "fromPort": ports[0], "toPort": ports[1], "prefixListIds": ["${list.id}"]}]
    half = len(entries) // 2
    return example(
        resource(tokens.SECURITY_GROUP, {"ingress": ingress}),
        list=resource(tokens.MANAGED_PREFIX_LIST, {"entries": entries[:half]}),
        **{
            f"entry{n}": resource(tokens.MANAGED_PREFIX_LIST_ENTRY, {"prefixListId": "${list.id}", **entry})
            for n, entry in enumerate(entries[half:])
        },
    )


def attached_prefix_list(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    inputs = {"securityGroupId": "${subject.id}", "type": "ingress", "protocol": protocol, "fromPort": ports[0], "toPort": ports[1]}
    return example(
        resource(tokens.SECURITY_GROUP),
        rule=resource(tokens.SECURITY_GROUP_RULE, {**inputs, "prefixListIds": ["${list.id}"]}),
        list=prefix_list(protocol, ports, [*ipv4, *ipv6, *ipv4, *ipv6], []).drafts["list"],
    )


def attached_vpc_prefix_list(protocol: str, ports: tuple[int, int], ipv4: Sequence[str], ipv6: Sequence[str]) -> Example:
    rule = attached_vpc(protocol, ports, ["10.0.0.0/8"], []).drafts["rule0"].inputs
    return example(
        resource(tokens.SECURITY_GROUP),
        rule=resource(tokens.SECURITY_GROUP_INGRESS_RULE, {**rule, "cidrIpv4": None, "prefixListId": "${list.id}"}),
        list=resource(tokens.MANAGED_PREFIX_LIST, {"entries": [{"cidr": block} for block in (*ipv4, *ipv6)]}),
    )


ENCODINGS = (inline, default_group, one_by_one, attached, attached_vpc, prefix_list, attached_prefix_list, attached_vpc_prefix_list)
CASES = [
    *product(("-1",), ((0, 0),), ((["0.0.0.0/0"], []), ([], ["::/0"]), (["10.0.0.0/8"], []))),
    *product(("tcp", "udp"), ((22, 22), (0, 65535), (4000, 6379), (443, 443)), ((["0.0.0.0/0"], ["::/0"]), (["203.0.113.7/32"], []))),
    ("icmp", (8, 0), (["0.0.0.0/0"], [])),
    ("icmp", (-1, -1), (["0.0.0.0/0"], [])),
]


def findings(example: Example, *, ids_known: bool = False) -> list[tuple[str, str, str]]:
    stack = example.stack(ids_known=ids_known)
    subject = stack.resources[0].urn
    judged = judge(stack, SECURITY_GROUP_RULES, (), TODAY)
    return [(each.rule, each.verdict.value, each.message) for each in judged if each.urn == subject]


@pytest.mark.parametrize(("protocol", "ports", "blocks"), CASES)
def test_encodings_agree(protocol: str, ports: tuple[int, int], blocks: tuple[list[str], list[str]]) -> None:
    expected = findings(inline(protocol, ports, *blocks))
    assert expected
    for encoding in ENCODINGS:
        for spelling in PROTOCOLS[protocol]:
            assert findings(encoding(spelling, ports, *blocks)) == expected, (encoding.__name__, spelling)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_split_world_is_the_world(encoding: Any) -> None:
    whole, split = (findings(encoding("tcp", (22, 22), blocks, [])) for blocks in (["0.0.0.0/0"], ["128.0.0.0/1", "0.0.0.0/1"]))
    assert whole == split
    assert whole[0][:2] == ("sec-19", "fail")


def test_what_is_attached_to_a_group_is_judged_with_it() -> None:
    stack = attached("tcp", (22, 22), ["0.0.0.0/0"], []).stack(ids_known=False)
    verdicts = {each.urn.rsplit("::", 1)[1]: each.verdict for each in judge(stack, SECURITY_GROUP_RULES[:1], (), TODAY)}
    assert verdicts == {"subject": Verdict.FAIL, "rule": Verdict.PASS}


@pytest.mark.parametrize(("group", "ids_known"), [("sg-0a1b", True), ("${cluster.vpcConfig.clusterSecurityGroupId}", False)])
def test_rules_of_a_foreign_group_add_up(group: str, *, ids_known: bool) -> None:
    def half(block: str, group: str = group) -> Any:
        ports = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
        return resource(tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": group, **ports, "cidrIpv4": block})

    small, rest = half("203.0.112.0/24"), half("203.0.113.0/24")
    others = {"cluster": resource(tokens.EKS_CLUSTER), "elsewhere": half("203.0.114.0/24", "sg-9f")}

    def verdicts(opened: Example) -> set[str]:
        return {verdict for rule, verdict, _ in findings(opened, ids_known=ids_known) if rule == "sec-19"}

    assert verdicts(example(small, rest=rest, **others)) == {"fail"}
    assert verdicts(example(small, **others)) == {"pass"}


def test_rules_of_unknown_groups_stand_alone() -> None:
    def half(block: str) -> Any:
        return resource(tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": UNKNOWN, "ipProtocol": "-1", "cidrIpv4": block})

    found = findings(example(half("203.0.112.0/24"), other=half("203.0.113.0/24")))
    assert {verdict for rule, verdict, _ in found if rule == "sec-19"} == {"pass"}


def test_egress_opens_nothing() -> None:
    both = attached("tcp", (22, 22), ["203.0.113.7/32"], []).drafts
    out = resource(tokens.SECURITY_GROUP_RULE, {**both["rule"].inputs, "type": "egress", "cidrBlocks": ["0.0.0.0/0"]})
    stack = example(both["subject"], rule=both["rule"], out=out).stack(ids_known=False)
    assert dict(reach(stack, stack.resources[0], (22,))) == {22: ("203.0.113.7/32",)}


def test_ports_are_inclusive() -> None:
    stack = inline("tcp", (21, 23), ["203.0.113.7/32"], []).stack(ids_known=True)
    assert {port: bool(blocks) for port, blocks in reach(stack, stack.resources[0], range(20, 25))} == {
        20: False,
        21: True,
        22: True,
        23: True,
        24: False,
    }


@pytest.mark.parametrize("key", ["prefixListId", "prefixListIds"])
def test_a_foreign_prefix_list_is_undecided(key: str) -> None:
    value = "pl-elsewhere" if key == "prefixListId" else ["pl-elsewhere"]
    stack = example(resource(tokens.SECURITY_GROUP, {"ingress": [{"protocol": "-1", key: value}]})).stack(ids_known=True)
    with pytest.raises(Undecided, match=rf"subject\.{key} \(a prefix list outside this stack\)"):
        list(reach(stack, stack.resources[0], (22,)))


def test_all_ports_are_open_where_none_is_named() -> None:
    stack = example(resource(tokens.SECURITY_GROUP, {"ingress": [{"protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]})).stack(ids_known=True)
    assert all(blocks for _, blocks in reach(stack, stack.resources[0], (0, 22, 65535)))


@pytest.mark.parametrize(
    ("ingress", "decided"),
    [
        ({"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": UNKNOWN}, True),
        ({"protocol": UNKNOWN, "fromPort": UNKNOWN, "toPort": UNKNOWN, "securityGroups": ["sg-1"]}, True),
        ({"protocol": UNKNOWN, "fromPort": 1, "toPort": 1, "cidrBlocks": ["203.0.113.7/32"]}, False),
        ({"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["203.0.113.7/32", UNKNOWN]}, False),
        ({"protocol": "tcp", "fromPort": 22, "toPort": 22, "prefixListIds": ["pl-elsewhere"]}, False),
    ],
)
def test_only_unknowns_that_matter_are_raised(ingress: dict[str, object], *, decided: bool) -> None:
    known = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["198.51.100.0/24"]}
    stack = example(resource(tokens.SECURITY_GROUP, {"ingress": [ingress, known]})).stack(ids_known=True)
    reached, missing = known_part(reach(stack, stack.resources[0], (22,)))
    assert "198.51.100.0/24" in dict(reached)[22]
    assert (missing is None) is decided
    assert isinstance(missing, Undecided | None)
