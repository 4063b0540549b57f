"""Previews of several stacks on one page: a line for each stack, its faults and changes below."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from meridian.analysis.changes import Action, Change, counts
from meridian.fleet import Ending, Outcome
from meridian.report.terminal import COLOURS
from policies.core.verdict import Verdict

VERSION = 1
"""Of the JSON document; a change that breaks a reader raises it."""
SHOWN_CHANGES = 10
"""Changes named for each stack and action; the rest are counted. All of them stand in the JSON document."""
SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "+-", Action.DELETE: "-"}
"""As `pulumi preview` marks them."""
Changes = Mapping[str, Sequence[Change]]
"""Stack -> what differs from its saved Plan."""


def print_fleet(outcomes: Sequence[Outcome], changes: Changes | None, seconds: float, console: Console) -> None:
    """The table, then faults, findings that stop an update, and changes."""
    console.print(_table(outcomes, changes))
    for outcome in outcomes:
        for line in outcome.fault.splitlines():
            console.print(Text(line, style="red"))
        for judgement in outcome.preview.verdicts.blocking if outcome.preview and outcome.preview.verdicts else ():
            console.print(f"[red]fail[/] [bold]{judgement.rule}[/] {outcome.stack}: {escape(judgement.message)}")
    for stack, found in (changes or {}).items():
        _print_changes(stack, found, console)
    console.print(_totals(outcomes, seconds))


def document(outcomes: Sequence[Outcome], changes: Changes | None, seconds: float) -> dict[str, Any]:
    """The same as plain JSON."""
    return {"version": VERSION, "seconds": round(seconds, 3), "stacks": [_row(outcome, changes) for outcome in outcomes]}


def _row(outcome: Outcome, changes: Changes | None) -> dict[str, Any]:
    verdicts = outcome.preview.verdicts if outcome.preview else None
    return {
        "stack": outcome.stack,
        "ending": outcome.ending.name.lower(),
        "fault": outcome.fault,
        "resources": len(outcome.preview.plan.made) if outcome.preview else None,
        "components": len(outcome.preview.plan.components) if outcome.preview else None,
        "verdicts": {verdict.value: count for verdict, count in verdicts.counts.items()} if verdicts else {},
        "seconds": round(outcome.seconds, 3),
        "peakMegabytes": outcome.peak_megabytes,
        "changes": None if changes is None else [_change(change) for change in changes.get(outcome.stack, ())],
    }


def _change(change: Change) -> dict[str, Any]:
    return {"action": change.action.value, "urn": change.urn, "properties": list(change.properties)}


def _table(outcomes: Sequence[Outcome], changes: Changes | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("stack", "resources", "components", *Verdict, *(Action if changes is not None else ()), "seconds", "peak MB", "ending"):
        table.add_column(heading, justify="left" if heading in {"stack", "ending"} else "right")
    for outcome in outcomes:
        ending = Text(outcome.ending.name.lower().replace("_", " "), style="green" if outcome.ending is Ending.CLEAN else "red")
        differing = [str(count or "") for count in counts(changes.get(outcome.stack, ())).values()] if changes is not None else []
        measured = (f"{outcome.seconds:.2f}", str(outcome.peak_megabytes))
        table.add_row(outcome.stack, *_counts(outcome), *differing, *measured, ending)
    return table


def _counts(outcome: Outcome) -> list[Text]:
    if outcome.preview is None:
        return [Text("-") for _ in range(2 + len(Verdict))]
    plan, verdicts = outcome.preview.plan, outcome.preview.verdicts
    judged = (
        [Text(str(count), style=COLOURS[verdict] if count else "dim") for verdict, count in verdicts.counts.items()] if verdicts else []
    )
    return [Text(str(len(plan.made))), Text(str(len(plan.components))), *(judged or [Text("-") for _ in Verdict])]


def _print_changes(stack: str, found: Sequence[Change], console: Console) -> None:
    for action in Action:
        of_action = [change for change in found if change.action is action]
        for change in of_action[:SHOWN_CHANGES]:
            what = f" ({', '.join(change.properties)})" if change.properties else ""
            console.print(Text(f"{SIGNS[action]:>2} {stack} {change.urn.split('::', 2)[-1]}{what}"))
        if len(of_action) > SHOWN_CHANGES:
            console.print(Text(f"   {stack}: and {len(of_action) - SHOWN_CHANGES} more to {action}", style="dim"))


def _totals(outcomes: Sequence[Outcome], seconds: float) -> Text:
    made = sum(len(outcome.preview.plan.made) for outcome in outcomes if outcome.preview)
    faulty = sum(outcome.preview is None for outcome in outcomes)
    text = Text.assemble((f"{len(outcomes)} stacks, {made} resources", "bold"), f", {seconds:.1f} s")
    return text.append(f", {faulty} without a Plan", "red") if faulty else text
