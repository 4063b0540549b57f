"""Network ACLs are read in the order of their numbers; the first match decides (VPC user guide, network ACL rules)."""

from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts.network_acls import entries, reaching
from policies.core.verdict import UNKNOWN, Undecided

WORLD = "0.0.0.0/0"


def entry(
    number: int, action: str = "allow", block: str = WORLD, ports: tuple[int, int] = (0, 65535), protocol: str = "tcp"
) -> dict[str, Any]:
    return {"ruleNo": number, "action": action, "cidrBlock": block, "fromPort": ports[0], "toPort": ports[1], "protocol": protocol}


def blocks(*given: dict[str, Any], port: int = 22) -> list[str]:
    stack = example(resource(tokens.NETWORK_ACL, {"ingress": list(given)})).stack(ids_known=True)
    return list(reaching(tuple(entries(stack, stack.resources[0])), port))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([entry(100)], [WORLD]),
        ([entry(100), entry(90, "deny")], []),
        ([entry(100), entry(110, "deny")], [WORLD]),
        ([entry(100), entry(90, "deny", "203.0.113.0/24")], [WORLD]),
        ([entry(100, block="203.0.113.0/25"), entry(90, "deny", "203.0.113.0/24")], []),
        ([entry(100), entry(90, "deny", ports=(23, 23))], [WORLD]),
        ([entry(100, protocol="-1", ports=(0, 0))], [WORLD]),
        ([entry(100, protocol="17")], []),
        ([entry(100, ports=(23, 80))], []),
        ([entry(100), entry(80, "deny", "0.0.0.0/1"), entry(90, "deny", "128.0.0.0/1")], []),
    ],
)
def test_the_first_match_decides(given: list[dict[str, Any]], expected: list[str]) -> None:
    assert blocks(*given) == expected


def test_rules_beside_the_list_take_their_place_in_it() -> None:
    rule = {"networkAclId": "${subject.id}", "ruleNumber": 90, "ruleAction": "deny", "protocol": "-1", "cidrBlock": WORLD}
    stack = example(
        resource(tokens.NETWORK_ACL, {"ingress": [entry(100)]}),
        beside=resource(tokens.NETWORK_ACL_RULE, rule),
        out=resource(tokens.NETWORK_ACL_RULE, {**rule, "ruleNumber": 10, "egress": True}),
    ).stack(ids_known=False)
    acl, beside, _ = stack.resources
    assert [(each.number, each.allows) for each in entries(stack, acl)] == [(90, False), (100, True)]
    assert list(entries(stack, beside)) == []


def test_an_unknown_number_is_undecided() -> None:
    with pytest.raises(Undecided, match="ruleNo"):
        blocks({**entry(100), "ruleNo": UNKNOWN})
