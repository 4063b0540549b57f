"""Findings grouped by cause."""

import io
from dataclasses import replace

from rich.console import Console

from meridian.plan import SourceLine
from meridian.report.findings import causes, print_findings, rows
from policies.core.verdict import Verdict
from tests.meridian.estates import ESTATE, PARENT, TODAY, key, verdicts


def test_a_cause_is_a_check_and_a_place() -> None:
    found = verdicts()
    by_parent = causes(replace(ESTATE, sources={}), found, Verdict.FAIL)
    assert [(cause.check, cause.place, len(cause.judgements)) for cause in by_parent] == [("sec-37", "ours:a:Vault::vault", 2)]
    by_line = causes(ESTATE, found, Verdict.FAIL)
    assert [(cause.place, len(cause.judgements)) for cause in by_line] == [("ours:a:Vault::vault", 1), ("stacks/region.py:7", 1)]
    line = SourceLine("stacks/region.py", 7)
    same = replace(ESTATE, sources={key("bad", 0).urn: line, key("<script>", 0).urn: line})
    assert [len(cause.judgements) for cause in causes(same, found, Verdict.FAIL)] == [2]


def test_what_is_printed_names_place_remedy_and_counts() -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    print_findings(ESTATE, verdicts(), console)
    shown = console.export_text()
    assert "fail sec-37 medium" in shown
    assert "at stacks/region.py:7" in shown
    assert "fix:" in shown
    assert "aws:kms/key:Key::<script>: key rotation is off" in shown
    assert "7 resources of p/s judged by" in shown
    assert "waived until 2026-12-01 by platform, OPS-1: moves <b>soon</b>" in " ".join(shown.split())


def test_rows_are_what_the_issue_asks_for() -> None:
    found = rows(verdicts())
    assert all(set(row) == {"check", "urn", "verdict", "message"} for row in found)
    by_name = {row["urn"].rsplit("::", 1)[-1]: row["verdict"] for row in found if row["check"] == "sec-37"}
    assert by_name == {"bad": "fail", "<script>": "fail", "good": "pass", "waived": "waived", "open": "undecided"}
    assert PARENT not in {row["urn"] for row in found}
    assert TODAY.year == 2026
