"""Judging: every subject on its own, in a stable order, crashes included."""

import random
from collections.abc import Iterator
from datetime import date

import pytest

from policies.core.judge import judge
from policies.core.resource import Resource, Stack
from policies.core.rule import Rule, Scope, Subject, rule
from policies.core.settings import Settings
from policies.core.verdict import UNKNOWN, Severity, Verdict

TODAY = date(2026, 11, 20)
KEY = "aws:kms/key:Key"


def made(check: object, *, scope: Scope = Scope.RESOURCE, id: str = "sec-99") -> Rule:
    return rule(id, on=(KEY,), severity=Severity.LOW, why=".", fix=".", controls=(), bad=(), good=(), scope=scope)(check)  # type: ignore[arg-type]  # a check


def keys(**inputs: object) -> Stack:
    return Stack(Resource(urn=f"urn::{name}", type=KEY, name=name, inputs={"value": value}) for name, value in inputs.items())


def reads(subject: Subject) -> Iterator[str]:
    yield "before"
    if subject.properties.text("value") == "bad":
        yield "after"


def only_reads(subject: Subject) -> Iterator[str]:
    if subject.properties.text("value") == "bad":
        yield "bad"


def crashes(subject: Subject) -> Iterator[str]:
    yield "before"
    raise KeyError(subject.properties.text("value"))


def crashes_below(subject: Subject) -> Iterator[str]:
    yield from crashes(subject)


def said(stack: Stack, *rules: Rule) -> list[tuple[str, str, str]]:
    return [(each.urn, each.verdict.value, each.message) for each in judge(stack, rules, (), TODAY)]


def test_one_unknown_leaf_loses_one_subject() -> None:
    assert said(keys(a="bad", b=UNKNOWN, c="good"), made(only_reads)) == [
        ("urn::a", "fail", "bad"),
        ("urn::b", "undecided", "b.value is not known yet"),
        ("urn::c", "pass", ""),
    ]


def test_what_was_found_before_an_unknown_leaf_stands() -> None:
    assert said(keys(a=UNKNOWN, b="bad"), made(reads)) == [
        ("urn::a", "fail", "before"),
        ("urn::b", "fail", "before"),
        ("urn::b", "fail", "after"),
    ]


def test_a_crash_fails_its_subject_and_keeps_values_to_itself() -> None:
    judgements = judge(keys(a="hunter2"), [made(crashes)], (), TODAY)
    assert judgements[0].message == "before"
    assert judgements[1].verdict is Verdict.FAIL
    assert judgements[1].message.startswith("rule sec-99 crashed: KeyError in crashes, line ")
    assert "hunter2" not in judgements[1].message
    assert "KeyError in crashes, line " in judge(keys(a="x"), [made(crashes_below)], (), TODAY)[1].message


def test_order_does_not_depend_on_registration() -> None:
    stack = keys(b="bad", a="good", c=UNKNOWN)
    rules = [made(only_reads, id="sec-98"), made(reads, id="sec-97")]
    expected = judge(stack, rules, (), TODAY)
    assert [each.rule for each in expected] == ["sec-97"] * 4 + ["sec-98"] * 3
    for seed in range(5):
        random.Random(seed).shuffle(rules)
        assert judge(Stack(random.Random(seed).sample(stack.resources, 3)), rules, (), TODAY) == expected


@pytest.mark.parametrize(("scope", "seen"), [(Scope.RESOURCE, 0), (Scope.STACK, 2)])
def test_resource_rules_see_their_subject_alone(scope: Scope, seen: int) -> None:
    def counts(subject: Subject) -> Iterator[str]:
        yield str(len(subject.stack.resources))

    assert {message for _, _, message in said(keys(a="", b=""), made(counts, scope=scope))} == {str(seen)}


def test_the_day_and_the_settings_reach_the_rule() -> None:
    def tells(subject: Subject) -> Iterator[str]:
        yield f"{subject.today} {subject.settings.min_zones} {subject.resource.name}"

    assert judge(keys(a=""), [made(tells)], (), TODAY, Settings(min_zones=4))[0].message == "2026-11-20 4 a"
    assert judge(keys(a=""), [made(tells)], (), TODAY)[0].message == "2026-11-20 3 a"


def test_other_types_are_not_judged() -> None:
    assert said(Stack([Resource(urn="urn::x", type="other", name="x", inputs={})]), made(crashes)) == []
