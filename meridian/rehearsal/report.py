"""A rehearsal as Markdown and as one self-contained HTML page, from the same data."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import jinja2

from meridian.rehearsal.record import ChangePlan, Crash, Rehearsal

TEMPLATES = Path(__file__).parents[1] / "report" / "templates"
KINDS: Mapping[str, str] = {"created": "+", "updated": "~", "replaced": "±", "deleted": "-"}
"""What happens to resources, with its sign."""


def markdown(rehearsal: Rehearsal) -> str:
    """The report for a pull request or a release note."""
    return "\n".join(_lines(rehearsal)) + "\n"


def html(rehearsal: Rehearsal) -> str:
    """The report as a page without references to anything else."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("rehearsal.html.j2").render(found=rehearsal, kinds=KINDS, recoveries=recoveries(rehearsal.crashes))


def recoveries(crashes: tuple[Crash, ...]) -> Mapping[str, int]:
    """How states were brought back, and how often so, most frequent first."""
    return dict(Counter(crash.recovery for crash in crashes).most_common())


def summary(rehearsal: Rehearsal) -> str:
    """One line for all of it."""
    crashes, faults = rehearsal.crashes, len(rehearsal.faults)
    lost, doubled = sum(crash.lost for crash in crashes), sum(crash.doubled for crash in crashes)
    told = f"{len(crashes)} kills: {lost} lost, {doubled} doubled; " if crashes else ""
    verdict = "no fault" if not faults else f"{faults} fault{'s' * (faults > 1)}"
    return f"{rehearsal.stack}: {verdict}; {rehearsal.resources} resources; {told}{rehearsal.seconds:.0f} s, Pulumi CLI {rehearsal.cli}"


def _lines(rehearsal: Rehearsal) -> Iterator[str]:
    yield f"# Rehearsal of {rehearsal.stack}"
    yield ""
    yield f"{summary(rehearsal)}. The real engine, over stand-in clouds: no account was touched."
    if rehearsal.faults:
        yield from ("", "## Faults", "", *(f"- {_cell(fault)}" for fault in rehearsal.faults))
    yield from ("", "## Life", "", "| | step | asks | seen | s |", "| --- | --- | --- | --- | ---: |")
    for check in rehearsal.checks:
        yield f"| {_mark(passed=check.passed)} | {check.step} | {_cell(check.asks)} | {_cell(check.seen)} | {check.seconds:.1f} |"
    yield from ("", "## Changes", "", "| | change | created | updated | replaced | deleted |", "| --- | --- | ---: | ---: | ---: | ---: |")
    for change in rehearsal.changes:
        yield _counts(change)
    for change in rehearsal.changes:
        yield from _details(change)
    if rehearsal.crashes:
        yield from ("", "## Kills", "", "| | resources made | creations under way | recovered by | lost | doubled |")
        yield "| --- | ---: | ---: | --- | ---: | ---: |"
        for crash in rehearsal.crashes:
            mark = _mark(passed=crash.passed)
            yield f"| {mark} | {crash.made} | {len(crash.pending)} | {crash.recovery} | {crash.lost} | {crash.doubled} |"


def _counts(change: ChangePlan) -> str:
    if change.impossible:
        return f"| - | {change.name}: not here, {change.impossible} | | | | |"
    counts = " | ".join(str(len(getattr(change, kind))) for kind in KINDS)
    return f"| {_mark(passed=change.passed)} | {change.name} | {counts} |"


def _details(change: ChangePlan) -> Iterator[str]:
    rows = [f"{sign} {name}{_asked(change, name)}" for kind, sign in KINDS.items() for name in getattr(change, kind)]
    if rows:
        yield from ("", f"<details><summary>{change.name}</summary>", "", "```text", *rows, "```", "", "</details>")


def _asked(change: ChangePlan, name: str) -> str:
    """Data that goes is never told in passing."""
    return " (holds data: the change asks for it)" if name in change.given_up else ""


def _mark(*, passed: bool) -> str:
    return "✓" if passed else "✗"


def _cell(text: str) -> str:
    """Text that cannot break a table."""
    return " ".join(text.split()).replace("|", "\\|")
