"""The same meaning in another encoding gets the same verdict of every rule of the security pack (research/policy.md §3, metamorphic)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from ipaddress import ip_network
from itertools import permutations
from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import buckets
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.rule import Rule
from policies.core.verdict import Verdict

TODAY = date(2026, 11, 20)
RULES = rules("security")
EXAMPLES = [
    (f"{rule.id}-{kind}-{n}", rule, each)
    for rule in RULES
    for kind, examples in (("bad", rule.bad), ("good", rule.good))
    for n, each in enumerate(examples)
]

CASES = [pytest.param(rule, each, id=name) for name, rule, each in EXAMPLES]

DOCUMENTS = ("policy", "assumeRolePolicy")
FAMILIES = {
    one: other
    for group in (buckets.BUCKETS, buckets.ENCRYPTION, buckets.LIFECYCLE, buckets.VERSIONING)
    for one, other in permutations(group, 2)
}


def verdicts(rule: Rule, case: Example) -> set[Verdict]:
    stack = case.stack(ids_known=True)
    return {each.verdict for each in judge(stack, (rule,), (), TODAY) if each.urn == stack.resources[0].urn}


def mapped(case: Example, change: Callable[[Draft], Draft]) -> Example:
    return Example({name: change(draft) for name, draft in case.drafts.items()})


def rewritten(value: Any, leaf: Callable[[str, Any], Any], key: str = "") -> Any:
    """The value with each of its parts, known by the key it stands under, changed from the inside out."""
    if isinstance(value, Mapping):
        return leaf(key, {name: rewritten(part, leaf, name) for name, part in value.items()})
    if isinstance(value, list | tuple):
        return leaf(key, [rewritten(part, leaf, key if not isinstance(part, Mapping) else "") for part in value])
    return leaf(key, value)


def everywhere(leaf: Callable[[str, Any], Any]) -> Callable[[Example], Example]:
    return lambda case: mapped(case, lambda draft: replace(draft, inputs=rewritten(draft.inputs, leaf)))


def in_documents(change: Callable[[dict[str, Any]], Any]) -> Callable[[Example], Example]:
    """A change of every IAM document, which stays text or object as it was."""

    def leaf(key: str, value: Any) -> Any:
        if key not in DOCUMENTS:
            return value
        if isinstance(value, str) and value.startswith("{"):
            return json.dumps(change(json.loads(value)))
        return change(dict[str, Any](value)) if isinstance(value, Mapping) and "Statement" in value else value

    return everywhere(leaf)


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = document.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def in_statements(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Example], Example]:
    return in_documents(lambda document: {**document, "Statement": [change(each) for each in statements(document)]})


LISTABLE = ("Action", "NotAction", "Resource", "NotResource")


def wrapped(statement: dict[str, Any]) -> dict[str, Any]:
    return {key: [part] if key in LISTABLE and isinstance(part, str) else part for key, part in statement.items()}


def unwrapped(statement: dict[str, Any]) -> dict[str, Any]:
    return {key: part[0] if key in LISTABLE and isinstance(part, list) and len(part) == 1 else part for key, part in statement.items()}


def as_object(key: str, value: Any) -> Any:
    return json.loads(value) if key in DOCUMENTS and isinstance(value, str) and value.startswith("{") else value


def as_text(key: str, value: Any) -> Any:
    return json.dumps(value) if key in DOCUMENTS and isinstance(value, Mapping) else value


def bare(document: dict[str, Any]) -> dict[str, Any]:
    found = statements(document)
    return {**document, "Statement": found[0]} if len(found) == 1 else document


def loud(statement: dict[str, Any]) -> dict[str, Any]:
    """Actions know no case (IAM user guide, Action)."""

    def upper(value: Any) -> Any:
        return value.upper() if isinstance(value, str) else [each.upper() for each in value]

    return {key: upper(part) if key in ("Action", "NotAction") else part for key, part in statement.items()}


def conditions_in_other_case(statement: dict[str, Any]) -> dict[str, Any]:
    """Neither condition operators nor keys know case (IAM user guide, Condition)."""
    given = statement.get("Condition")
    if not given:
        return statement
    return {**statement, "Condition": {op.upper(): {key.upper(): value for key, value in keys.items()} for op, keys in given.items()}}


def booleans(statement: dict[str, Any]) -> dict[str, Any]:
    """`"false"` and `false` are the same to IAM (IAM user guide, Boolean condition operators)."""
    given = statement.get("Condition", {})
    values = {"true": True, "false": False}
    changed = {op: {key: values.get(str(value), value) for key, value in keys.items()} for op, keys in given.items()}
    return {**statement, "Condition": changed} if given else statement


def anybody_by_name(statement: dict[str, Any]) -> dict[str, Any]:
    return {**statement, "Principal": {"AWS": "*"}} if statement.get("Principal") == "*" else statement


def blocks(change: Callable[[str], list[str]]) -> Callable[[Example], Example]:
    """A change of the CIDR blocks in lists of them; what holds a single block stays."""

    def leaf(key: str, value: Any) -> Any:
        if key in ("cidrBlocks", "ipv6CidrBlocks", "publicAccessCidrs") and isinstance(value, list):
            return [part for block in value for part in change(block)]
        return value

    return everywhere(leaf)


def halves(block: str) -> list[str]:
    network = ip_network(block, strict=False)
    return [str(network)] if network.prefixlen == network.max_prefixlen else [str(half) for half in network.subnets()][::-1]


def long_form(block: str) -> list[str]:
    network = ip_network(block, strict=False)
    return [f"{network.network_address.exploded}/{network.prefixlen}"]


def protocols(names: Mapping[str, str]) -> Callable[[Example], Example]:
    return everywhere(lambda key, value: names.get(value, value) if key in ("protocol", "ipProtocol") else value)


def spelt_out(key: str, value: Any) -> Any:
    """An IPv6 block anywhere, in its long form."""
    is_block = key in ("cidrIpv6", "ipv6CidrBlock", "cidr") and isinstance(value, str) and ":" in value
    return long_form(value)[0] if is_block else value


def other_family(case: Example) -> Example:
    return mapped(case, lambda draft: replace(draft, type=FAMILIES.get(draft.type, draft.type)))


def standalone(case: Example) -> Example:
    """Inline rules of the subject as SecurityGroupRules beside it."""
    subject = case.drafts["subject"]
    inline = [(way, rule) for way in ("ingress", "egress") for rule in subject.inputs.get(way, ())]
    if subject.type != tokens.SECURITY_GROUP or any(rule.get("securityGroups") for _, rule in inline):
        return case
    kept = {key: value for key, value in subject.inputs.items() if key not in ("ingress", "egress")}
    beside = {
        f"inline{n}": resource(tokens.SECURITY_GROUP_RULE, {"securityGroupId": "${subject.id}", "type": way, **rule})
        for n, (way, rule) in enumerate(inline)
    }
    return Example({**case.drafts, "subject": replace(subject, inputs=kept), **beside})


ENCODINGS: Mapping[str, Callable[[Example], Example]] = {
    "documents are objects": everywhere(as_object),
    "documents are text": everywhere(as_text),
    "statements in a list": in_documents(lambda document: {**document, "Statement": statements(document)}),
    "one statement without a list": in_documents(bare),
    "statements backwards": in_documents(lambda document: {**document, "Statement": statements(document)[::-1]}),
    "actions and resources in lists": in_statements(wrapped),
    "lists of one without a list": in_statements(unwrapped),
    "actions in capitals": in_statements(loud),
    "conditions in capitals": in_statements(conditions_in_other_case),
    "conditions with booleans": in_statements(booleans),
    "anybody as AWS principal": in_statements(anybody_by_name),
    "blocks in halves": blocks(halves),
    "blocks in long form": blocks(long_form),
    "IPv6 in long form": everywhere(spelt_out),
    "all protocols by name": protocols({"-1": "all"}),
    "all protocols by number": protocols({"all": "-1"}),
    "protocols by number": protocols({"tcp": "6", "udp": "17", "icmp": "1"}),
    "the other token family": other_family,
    "lists backwards": everywhere(lambda _, value: value[::-1] if isinstance(value, list) else value),
    "others first registered": lambda case: Example({"subject": case.drafts["subject"], **dict([*case.drafts.items()][:0:-1])}),
}


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_encodings_get_the_same_verdict(rule: Rule, case: Example) -> None:
    expected = verdicts(rule, case)
    differing = {name: found for name, encode in ENCODINGS.items() if (found := verdicts(rule, encode(case))) != expected}
    assert differing == {}, expected


# sec-23 is about the very encoding.
GROUP_CASES = [
    pytest.param(rule, each, id=name) for name, rule, each in EXAMPLES if tokens.SECURITY_GROUP in rule.on and rule.id != "sec-23"
]


@pytest.mark.parametrize(("rule", "case"), GROUP_CASES)
def test_inline_and_standalone_rules_get_the_same_verdict(rule: Rule, case: Example) -> None:
    assert verdicts(rule, standalone(case)) == verdicts(rule, case)


def changed() -> Iterator[str]:
    """Encodings that change something in the examples."""
    for name, encode in ENCODINGS.items():
        if any(encode(each).drafts != each.drafts for _, _, each in EXAMPLES):
            yield name


def test_every_encoding_changes_some_example() -> None:
    assert {*changed(), "others first registered"} == set(ENCODINGS)


def test_the_changes_change_what_they_say() -> None:
    policy = example(resource(tokens.IAM_POLICY, {"policy": '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'}))

    def after(name: str) -> Any:
        return ENCODINGS[name](policy).drafts["subject"].inputs["policy"]

    assert after("documents are objects") == {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    assert json.loads(after("actions and resources in lists"))["Statement"] == [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]
    assert json.loads(after("actions in capitals"))["Statement"][0]["Action"] == "S3:*"
    assert halves("0.0.0.0/0") == ["128.0.0.0/1", "0.0.0.0/1"]
    assert long_form("::/0") == ["0000:0000:0000:0000:0000:0000:0000:0000/0"]
