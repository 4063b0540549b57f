"""The page is evidence: whole, self-contained, and safe against what a program calls its resources."""

from datetime import date
from html.parser import HTMLParser
from io import StringIO

from rich.console import Console

from meridian.analysis.residency import State, Way
from meridian.report.residency import print_residency, residency_page, rows

ALLOWED = Way(
    state=State.ALLOWED,
    basis="GDPR Art. 1(3)",
    urn="urn:pulumi:eu::meridian::aws:backup/plan:Plan::<script>alert(1)</script>",
    kind="backup copy",
    source="eu-west-1",
    destination="eu-central-1",
    data_class="personal",
    place="arn:aws:backup:eu-central-1:1:backup-vault:copies",
)
REFUSED = Way(state=State.REFUSED, basis="no legal basis", urn="urn::b", kind="log export", source="eu-west-1", destination="us-east-1")
OPEN = Way(state=State.UNDECIDED, basis="b.rules is not known yet", urn="urn::c")
WAYS = (REFUSED, OPEN, ALLOWED)


class Tags(HTMLParser):
    """Tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_every_edge_stands_on_the_page_with_its_basis() -> None:
    page = residency_page(["eu-west-1", "global"], WAYS, date(2026, 11, 20))
    assert all(way.basis in page for way in WAYS)
    assert "3 edges: 1 allowed, 1 undecided, 1 refused, in the plans of 2 stacks on 2026-11-20: eu-west-1, global" in page
    assert "<svg" in page


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    tags = Tags(residency_page(["eu-west-1"], WAYS, date(2026, 11, 20))).found
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe"}
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}) in tags


def test_without_an_edge_there_is_no_drawing_but_a_page() -> None:
    page = residency_page(["ap-south-1"], (), date(2026, 11, 20))
    assert "0 edges: 0 allowed, 0 undecided, 0 refused" in page
    assert "<svg" not in page


def test_machines_get_every_field() -> None:
    (row,) = rows([REFUSED])
    assert (row["state"], row["basis"], row["source"], row["destination"]) == ("refused", "no legal basis", "eu-west-1", "us-east-1")


def test_a_terminal_gets_a_row_for_each() -> None:
    console = Console(file=StringIO(), width=200)
    print_residency(["eu-west-1"], WAYS, console)
    shown = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]  (the StringIO of this test)
    assert "no legal basis" in shown
    assert "1 stacks, 3 edges: 1 allowed, 1 undecided, 1 refused" in shown
