"""Rules are found by walking the packs."""

from dataclasses import replace

import pytest

from policies.core import registry
from policies.core.registry import rules


def test_packs_are_disjoint_and_all() -> None:
    assert {rule.id[:3] for rule in rules("security")} == {"sec"}
    assert {rule.id[:3] for rule in rules("reliability")} == {"rel"}
    assert sorted(rule.id for rule in (*rules("security"), *rules("reliability"))) == [rule.id for rule in rules()]
    assert rules("nothing") == ()


def test_two_rules_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = rules("security")
    monkeypatch.setattr(registry, "_rules_in", lambda module: [first, replace(second, id=first.id)])
    monkeypatch.setattr(registry, "_rule_modules", lambda pack: ["one"])
    with pytest.raises(ValueError, match=f"two rules are called {first.id}: give each an id of its own"):
        rules.__wrapped__()
