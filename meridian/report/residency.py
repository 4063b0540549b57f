"""The residency graph for people: a table, and one page that needs nothing but itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup
from rich.console import Console
from rich.table import Table

from meridian.analysis.residency import State, Way
from meridian.picture.model import Arrangement, Box, Kind, Link, Picture
from meridian.picture.svg import svg

COLOURS: Mapping[State, str] = {State.ALLOWED: "green", State.REFUSED: "red", State.UNDECIDED: "blue"}


def rows(ways: Sequence[Way]) -> list[dict[str, Any]]:
    """The graph for machines."""
    return [{field: str(getattr(way, field)) for field in Way.__dataclass_fields__} for way in ways]


def print_residency(stacks: Sequence[str], ways: Sequence[Way], console: Console) -> None:
    """The graph on a terminal."""
    table = Table("", "data", "from", "to", "by", "basis")
    for way in ways:
        by = f"{way.kind}: {way.urn.rpartition('::')[2]}" if way.kind else way.urn
        table.add_row(f"[{COLOURS[way.state]}]{way.state}[/]", way.data_class, way.source, way.destination, by, way.basis)
    if ways:
        console.print(table)
    console.print(f"{len(stacks)} stacks, {_counted(ways)}", highlight=False)


def residency_page(stacks: Sequence[str], ways: Sequence[Way], today: date) -> str:
    """The page, as HTML. Whatever comes from a program is escaped."""
    crossing = [way for way in ways if way.source]
    drawing = Markup(svg(_picture(crossing))) if crossing else ""
    return _template().render(stacks=stacks, ways=ways, today=today, counted=_counted(ways), drawing=drawing)


def _picture(ways: Sequence[Way]) -> Picture:
    """Where data lies on the left, where it goes on the right: an arrow for each way."""
    columns = {
        "from": _regions(sorted({way.source for way in ways}), "from"),
        "to": _regions(sorted({way.destination for way in ways}), "to"),
    }
    boxes = tuple(Box(key=title, title=title, kind=Kind.GROUP, inside=inside) for title, inside in columns.items())
    links = {
        (f"from/{way.source}", f"to/{way.destination}", f"{way.state}: {way.data_class} data, {way.kind} ({way.basis})"): None
        for way in ways
    }
    named = tuple(Link(source=source, target=target, label=label) for source, target, label in links)
    return Picture(title="Ways of data between regions", boxes=boxes, links=named, arrangement=Arrangement.ROW)


def _regions(names: Sequence[str], side: str) -> tuple[Box, ...]:
    return tuple(Box(key=f"{side}/{name}", title=name, kind=Kind.STORE) for name in names)


def _counted(ways: Sequence[Way]) -> str:
    counts = Counter(way.state for way in ways)
    return f"{len(ways)} edges: " + ", ".join(f"{counts[state]} {state}" for state in reversed(State))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("meridian.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("residency.html.j2")
