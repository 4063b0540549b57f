"""Rules are found by walking the packs."""

from dataclasses import replace

import pytest

from policies.core import registry
from policies.core.registry import rules


def test_packs_are_disjoint_and_all() -> None:
    packs = {"security": "sec", "reliability": "rel", "residency": "res", "kubernetes": "k8s", "edge": "edge", "cost": "cost"}
    for pack, prefix in packs.items():
        assert {rule.id.split("-")[0] for rule in rules(pack)} == {prefix}
    assert {rule.id for pack in packs for rule in rules(pack)} == {rule.id for rule in rules()}
    assert len(rules()) == sum(len(rules(pack)) for pack in packs)
    assert rules("nothing") == ()


@pytest.mark.parametrize(("pack", "found"), [("security", {"sec"}), ("reliability", {"rel"}), ("core", set()), ("", set())])
def test_the_walk_finds_the_rules_of_a_pack(pack: str, found: set[str]) -> None:
    """Walked anew: the answer that `rules` keeps is older than this test."""
    walked = rules.__wrapped__(pack)
    assert {rule.id[:3] for rule in walked} == found
    assert walked == rules(pack)


def test_the_walk_finds_all_packs() -> None:
    walked = rules.__wrapped__()
    assert {"security", "reliability"} <= {rule.pack for rule in walked}
    assert walked == rules()


def test_two_rules_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = rules("security")
    monkeypatch.setattr(registry, "_rules_in", lambda module: [first, replace(second, id=first.id)])
    monkeypatch.setattr(registry, "_rule_modules", lambda pack: ["one"])
    with pytest.raises(ValueError, match=f"two rules are called {first.id}: give each an id of its own"):
        rules.__wrapped__()
