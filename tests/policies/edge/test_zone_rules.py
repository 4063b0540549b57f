"""A zone that is made elsewhere: findings about the whole of it are told once, and zones are told apart."""

from datetime import date
from typing import Any

from policies.core import edge_tokens as edge
from policies.core.example import Draft, example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.resource import Stack
from policies.core.verdict import UNKNOWN, Verdict

TODAY = date(2026, 11, 20)


def setting(zone: Any, name: str, value: str) -> Draft:
    return resource(edge.ZONE_SETTING[0], {"zoneId": zone, "settingId": name, "value": value})


def failed(rule: str, stack: Stack) -> list[str]:
    found = judge(stack, [each for each in rules("edge") if each.id == rule], (), TODAY)
    return [each.urn.rsplit("::", 1)[1] for each in found if each.verdict is Verdict.FAIL]


def test_a_missing_setting_is_told_once() -> None:
    stack = example(setting("a", "brotli", "on"), other=setting("a", "http3", "on"), more=setting("a", "ipv6", "on")).stack(ids_known=True)
    assert failed("edge-01", stack) == ["more"]


def test_a_setting_of_one_zone_is_none_of_another() -> None:
    stack = example(setting("a", "ssl", "strict"), other=setting("b", "http3", "on")).stack(ids_known=True)
    assert failed("edge-01", stack) == ["other"]


def test_an_unknown_zone_is_not_taken_for_another() -> None:
    stack = example(setting("a", "ssl", "strict"), other=setting(UNKNOWN, "http3", "on")).stack(ids_known=True)
    (verdict,) = {
        each.verdict for each in judge(stack, [each for each in rules("edge") if each.id == "edge-01"], (), TODAY) if "other" in each.urn
    }
    assert verdict is Verdict.UNDECIDED


def test_rulesets_of_the_account_hold_in_its_zones() -> None:
    executes = [
        {"action": "execute", "expression": "true", "actionParameters": {"id": each}}
        for each in ("efb7b8c949ac4650a09736fc376e9aee", "4814384a9e5d4991b9815dcfc25d2f1f")
    ]
    ruleset = {"accountId": "x", "kind": "root", "name": "waf", "phase": "http_request_firewall_managed", "rules": executes}
    stack = example(setting("a", "ssl", "strict"), waf=resource(edge.RULESET[0], ruleset)).stack(ids_known=True)
    assert failed("edge-08", stack) == []
