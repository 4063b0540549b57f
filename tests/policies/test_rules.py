"""Every rule is proved on its own examples: ids known and unknown, and with each part of each example unknown in turn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from policies.core.example import Example
from policies.core.frameworks import framework_of
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.resource import Stack
from policies.core.rule import Rule
from policies.core.settings import Settings
from policies.core.verdict import UNKNOWNS, Judgement, Verdict

TODAY = date(2026, 11, 20)
"""Within standard support of 1.34, 1.35 and 1.36 (EKS release calendar)."""

RULES = rules()
EXPECTED = {
    *(f"sec-{number:02}" for number in range(1, 49)),
    *(f"rel-{number:02}" for number in range(1, 32)),
    *(f"res-{number:02}" for number in (*range(1, 15), *range(18, 25))),
    *(f"k8s-{number:02}" for number in range(1, 33)),
    *(f"edge-{number:02}" for number in range(1, 18)),
    *(f"cost-{number:02}" for number in range(1, 14)),
    "res-15",
    "res-16",
    "res-17",
}
BAD = [pytest.param(rule, each, id=f"{rule.id}-{n}") for rule in RULES for n, each in enumerate(rule.bad)]
GOOD = [pytest.param(rule, each, id=f"{rule.id}-{n}") for rule in RULES for n, each in enumerate(rule.good)]


def of_subject(rule: Rule, stack: Stack, example: Example) -> list[Judgement]:
    """What the rule says of the example's subject, which comes first."""
    urn = stack.resources[0].urn
    return [judgement for judgement in judge(stack, (rule,), (), TODAY, Settings.of(example.settings)) if judgement.urn == urn]


def verdicts(rule: Rule, stack: Stack, example: Example) -> set[Verdict]:
    return {judgement.verdict for judgement in of_subject(rule, stack, example)}


def test_all_rules_are_there() -> None:
    assert {rule.id for rule in RULES} >= EXPECTED


@pytest.mark.parametrize(("rule", "example"), BAD)
@pytest.mark.parametrize("ids_known", [True, False])
def test_bad_example_is_found(rule: Rule, example: Example, *, ids_known: bool) -> None:
    judgements = of_subject(rule, example.stack(ids_known=ids_known), example)
    assert {judgement.verdict for judgement in judgements} == {Verdict.FAIL}
    assert not any("crashed" in judgement.message for judgement in judgements), judgements


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_good_example_passes(rule: Rule, example: Example) -> None:
    assert of_subject(rule, example.stack(ids_known=True), example) == [
        Judgement(rule=rule.id, urn=example.stack(ids_known=True).resources[0].urn, verdict=Verdict.PASS, severity=rule.severity)
    ]


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_good_example_is_decided_in_a_preview(rule: Rule, example: Example) -> None:
    assert verdicts(rule, example.stack(ids_known=False), example) == {Verdict.PASS}


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_nothing_unknown_turns_bad_into_pass(rule: Rule, example: Example) -> None:
    for stack in with_unknowns(example):
        assert Verdict.PASS not in verdicts(rule, stack, example), stack.resources


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_nothing_unknown_turns_good_into_fail(rule: Rule, example: Example) -> None:
    for stack in with_unknowns(example):
        assert Verdict.FAIL not in verdicts(rule, stack, example), [*stack.resources, *of_subject(rule, stack, example)]


def with_unknowns(example: Example) -> Iterator[Stack]:
    """The example once for each part of its inputs and each kind of unknown, that part unknown."""
    stack = example.stack(ids_known=True)
    for unknown in sorted(UNKNOWNS):
        for at, resource in enumerate(stack.resources):
            for inputs in one_unknown(resource.inputs, unknown):
                yield Stack([*stack.resources[:at], replace(resource, inputs=inputs), *stack.resources[at + 1 :]])


def one_unknown(value: Any, unknown: str) -> Iterator[Any]:
    """The value once for each part of it, that part unknown."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield {**value, key: unknown}
            yield from ({**value, key: changed} for changed in one_unknown(part, unknown))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield [*value[:at], unknown, *value[at + 1 :]]
            yield from ([*value[:at], changed, *value[at + 1 :]] for changed in one_unknown(part, unknown))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_described(rule: Rule) -> None:
    assert rule.bad
    assert rule.good
    assert rule.why.endswith(".")
    assert rule.fix.endswith(".")
    prefixes = {"security": "sec-", "reliability": "rel-", "residency": "res-", "kubernetes": "k8s-"}
    assert rule.id.startswith(prefixes.get(rule.pack, f"{rule.pack}-"))
    assert set(rule.settings) <= set(Settings.model_fields)
    for control in rule.controls:
        framework, number = framework_of(control)
        assert framework.reference.startswith("https://")
        assert number
