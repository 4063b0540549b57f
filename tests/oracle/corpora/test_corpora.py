"""The score on other tools' fixtures: what is committed is whole, explained and, where the clones are, what comes out today."""

import os

import pytest

from policies.core.registry import rules
from tests.oracle.corpora.clones import VARIABLE, digest, is_even
from tests.oracle.corpora.page import PAGE, counts, differs, explanation, explanations, page, settled, wilson
from tests.oracle.corpora.score import READERS, Row, read, rows
from tests.oracle.corpora.topics import corpora, topics

AIM = 0.97
"""Recall and precision on others' corpora (issue 7)."""
ROWS = read()


def share(found: int, lost: int) -> float:
    return found / (found + lost)


def test_only_the_even_half_is_used() -> None:
    assert all(is_even(digest(corpora()[row.corpus].repository, row.directory)) for row in ROWS)


def test_topics_are_of_rules_that_exist() -> None:
    assert {rule for topic in topics() for rule in topic.rules} <= {rule.id for rule in rules()}


def test_every_difference_is_explained() -> None:
    assert [row for row in ROWS if differs(row) and explanation(row) is None] == []


def test_every_explanation_is_needed() -> None:
    used = [explanation(row) for row in ROWS if differs(row)]
    assert [each for each in explanations() if each not in used] == []


def test_ours_meets_the_aim_on_others_corpora() -> None:
    others = settled(row for row in ROWS if not row.corpus.startswith("checkov"))
    count = counts(others, "ours")
    assert share(count["TP"], count["FN"]) >= AIM
    assert share(count["TP"], count["FP"]) >= AIM


def test_the_page_is_of_the_table() -> None:
    assert PAGE.read_text() == page(ROWS)


def test_interval_is_wilsons() -> None:
    """Ten of ten: the lower end is n / (n + z²)."""
    assert wilson(10, 10) == "1.000 (0.72 to 1.00)"
    assert wilson(0, 0) == "-"


@pytest.mark.oracle
@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names no folder of clones of the tools' repositories")
@pytest.mark.parametrize("corpus", READERS)
def test_verdicts_are_todays(corpus: str) -> None:
    if "terraform" in corpus or corpus in ("checkov-graph", "trivy"):
        pytest.importorskip("hcl2", reason="python-hcl2 is not there: pip install python-hcl2==8.1.4")

    def ours(row: Row) -> tuple[str, ...]:
        return (row.directory, row.name, row.unit, row.check, row.rule, row.aspect, row.label, row.ours)

    assert {ours(row) for row in rows(corpus, None)} == {ours(row) for row in ROWS if row.corpus == corpus}
