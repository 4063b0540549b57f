"""What the examples of key rules do not show: every type that holds data is looked at, where it names its key."""

from datetime import date
from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.verdict import Verdict
from policies.residency.keys_rules import KEYS

PROVIDER = resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"data-class": "sensitive"}}'})


def said(type: str, inputs: dict[str, Any]) -> list[tuple[Verdict, str]]:
    stack = example(resource(type, inputs), key=resource(tokens.KMS_KEY), provider=PROVIDER).stack(ids_known=False)
    about_keys = [rule for rule in rules("residency") if rule.id == "res-23"]
    return [(each.verdict, each.message) for each in judge(stack, about_keys, (), date(2026, 11, 20))]


@pytest.mark.parametrize("type", sorted(KEYS))
def test_every_type_is_held_to_it(type: str) -> None:
    value: Any = "${key.arn}"
    for key in reversed(KEYS[type]):
        value = {key: value}
    assert said(type, value) == [(Verdict.PASS, "")]
    assert said(type, {}) == [(Verdict.FAIL, "sensitive data does not lie under a customer managed key")]


def test_the_tag_of_a_resource_goes_before_its_providers() -> None:
    assert said(tokens.EBS_VOLUME, {"tags": {"data-class": "public"}}) == [(Verdict.PASS, "")]
