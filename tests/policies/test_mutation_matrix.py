"""Faults put into a compliant stack are found by the rule that they are for, and by no other (research/policy.md §3, input mutants)."""

from collections import Counter

import pytest

from policies.core.registry import rules
from policies.core.resource import Resource
from tests.policies.mutants.region import Change, Region
from tests.policies.mutants.table import NoSuchPlace, change, declared, exempt
from tests.policies.mutation_matrix import Row, kill_rate, matrix, region

LEAST = 2


def test_the_stack_is_compliant() -> None:
    assert region().findings == frozenset()


def test_every_rule_has_mutants() -> None:
    """A new rule needs two bad examples, rows in mutants/*.yaml, or a reason in mutants/exempt.yaml."""
    count = Counter(row.mutant.rule for row in matrix())
    assert {rule.id: count[rule.id] for rule in rules() if count[rule.id] < LEAST and rule.id not in exempt()} == {}


def test_mutants_are_of_rules_that_exist() -> None:
    assert {row.mutant.rule for row in matrix()} <= {rule.id for rule in rules()}
    assert set(exempt()) <= {rule.id for rule in rules()}
    assert all(reason.endswith(".") for reason in exempt().values())


def test_mutants_are_killed() -> None:
    survivors = [(row.mutant.rule, row.mutant.name) for row in matrix() if not row.killed]
    assert kill_rate(matrix()) >= 0.95, survivors


def test_no_rule_speaks_out_of_turn() -> None:
    assert {(row.mutant.rule, row.mutant.name): row.off_target for row in matrix() if row.off_target} == {}


def test_what_must_speak_too_does() -> None:
    assert {(row.mutant.rule, row.mutant.name): row.silent for row in matrix() if row.silent} == {}


def test_judging_what_is_touched_is_judging_all() -> None:
    """Every seventh declared mutant, judged from scratch; of those that change the stack, not what the checks are told."""
    compliant = region()
    for mutant in [each for each in declared(compliant) if not each.change.settings][::7]:
        kept = [mutant.change.changed.get(resource.urn, resource) for resource in compliant.resources]
        whole = Region([*(each for each in kept if each), *mutant.change.added], compliant.rules)
        assert whole.findings - compliant.findings == compliant.after(mutant.change), mutant.name


KEY = Resource(
    urn="urn:key", type="aws:kms/key:Key", name="data", inputs={"enableKeyRotation": True, "policy": '{"Statement": [{"Effect": "Allow"}]}'}
)


def test_a_row_changes_what_it_says() -> None:
    row = {"at": "aws:kms/key:Key da*", "set": {"policy.#.Statement.0.Effect": "Deny"}, "delete": ["enableKeyRotation"], "protect": True}
    after = change(row, [KEY]).changed["urn:key"]
    assert after is not None
    assert after.inputs == {"policy": '{"Statement": [{"Effect": "Deny"}]}'}
    assert after.protect
    assert KEY.inputs["enableKeyRotation"] is True


@pytest.mark.parametrize(
    "row", [{"at": "aws:kms/key:Key other", "remove": True}, {"at": "aws:kms/key:Key", "delete": ["rotationPeriodInDays"]}], ids=str
)
def test_a_row_that_points_at_nothing_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(NoSuchPlace, match="aws:kms/key:Key"):
        change(row, [KEY])


def test_a_survivor_and_a_stray_are_seen() -> None:
    mutant = next(declared(region()))
    assert not Row(mutant, frozenset({"sec-99"})).killed
    assert Row(mutant, frozenset({mutant.rule, "sec-99"})).off_target == {"sec-99"}
    assert region().after(Change({})) == frozenset()
