"""What the examples of zone rules do not show: the messages, and groups that do not concern each other."""

from datetime import date
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.settings import Settings
from policies.core.verdict import UNKNOWN, Verdict

SUBNETS = {name: resource(tokens.SUBNET, {"availabilityZoneId": f"euw1-az{n}"}) for n, name in enumerate("abc", 1)}


def said(case: Example, settings: Settings | None = None) -> dict[str, list[tuple[Verdict, str]]]:
    judgements = judge(
        case.stack(ids_known=False), [rule for rule in rules() if rule.id == "rel-02"], (), date(2026, 11, 20), settings or Settings()
    )
    found: dict[str, list[tuple[Verdict, str]]] = {}
    for judgement in judgements:
        found.setdefault(judgement.urn.rsplit("::", 1)[1], []).append((judgement.verdict, judgement.message))
    return found


def nodes(subnets: str, **inputs: Any) -> Draft:
    return resource(tokens.EKS_NODE_GROUP, {"clusterName": "blue", "subnetIds": [f"${{{name}.id}}" for name in subnets], **inputs})


def test_a_group_of_unknown_labels_concerns_no_group_that_stands_by_itself() -> None:
    found = said(example(nodes("abc"), other=nodes("a", labels=UNKNOWN), **SUBNETS))
    assert found["subject"] == [(Verdict.PASS, "")]
    assert found["other"] == [(Verdict.UNDECIDED, "other.labels is not known yet")]


def test_zones_are_named() -> None:
    assert said(example(nodes("ba"), **SUBNETS))["subject"] == [(Verdict.FAIL, "the pool lies in euw1-az1, euw1-az2: 3 zones are wanted")]
    assert said(example(nodes("ba"), **SUBNETS), Settings(min_zones=2))["subject"] == [(Verdict.PASS, "")]


def test_sizes_are_named() -> None:
    drafts = {name: nodes(name, scalingConfig={"minSize": size}) for name, size in zip("abc", (1, 3, 2), strict=True)}
    found = said(example(drafts["a"], second=drafts["b"], third=drafts["c"], **SUBNETS))
    assert set(map(tuple, found.values())) == {((Verdict.FAIL, "the zones of the pool differ in minimum size: 1, 2, 3"),)}


def test_an_absent_minimum_is_none() -> None:
    found = said(example(nodes("a", scalingConfig={"minSize": 0}), second=nodes("b"), third=nodes("c"), **SUBNETS))
    assert {verdict for each in found.values() for verdict, _ in each} == {Verdict.PASS}
