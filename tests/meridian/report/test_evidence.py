"""The page for auditors: whole, escaped, and needing nothing but itself."""

import re
from html.parser import HTMLParser

from meridian.report.evidence import evidence
from tests.meridian.estates import ESTATE, TODAY, verdicts

PAGE = evidence(ESTATE, verdicts(), TODAY)


class Balance(HTMLParser):
    """Notes tags that stay open or close what is not open."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_nothing_of_a_program_becomes_markup_and_nothing_is_fetched() -> None:
    balance = Balance()
    balance.feed(PAGE)
    assert balance.open == []
    assert not balance.seen & {"script", "img", "link", "iframe", "b"}
    assert "&lt;script&gt;" in PAGE
    assert "moves &lt;b&gt;soon&lt;/b&gt;" in PAGE
    assert not re.search(r"\b(src|href)=|url\(|@import", PAGE)


def test_controls_stand_under_their_framework_with_verdicts() -> None:
    cis = PAGE.split("CIS Amazon Web Services Foundations Benchmark 7.0.0", 1)[1].split("<h2>", 1)[0]
    row = next(row for row in cis.split("<tr>") if "sec-37" in row)
    assert 'class="state fail">fail' in row
    assert re.findall(r'<td class="number">(\d*)</td>', row)[-4:] == ["1", "2", "1", "1"]
    assert "key rotation is off" in row


def test_a_check_that_met_nothing_is_said_not_to_apply() -> None:
    assert "not applicable" in next(row for row in PAGE.split("<tr>") if "sec-01" in row)


def test_the_head_says_what_and_when() -> None:
    assert "<title>Evidence: p/s, 2026-11-20</title>" in PAGE
    assert "7 resources, judged on 2026-11-20" in PAGE
