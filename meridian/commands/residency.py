"""`meridian residency`: every way that data takes between regions, and the basis it stands on."""

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import pulumi
import typer
from rich.console import Console

from meridian.analysis.residency import State, residency
from meridian.commands.preview import default_jobs, with_references
from meridian.engine.faults import ProgramFailed
from meridian.engine.project import Project, WrongProject
from meridian.fleet import Ending, Order, preview_all
from meridian.plan import Mode
from meridian.report.json_target import JsonTarget
from meridian.report.residency import print_residency, residency_page, rows
from meridian.saved.estate import Estate, estate_of
from policies.core.configuration import Configuration, ConfigurationError, read_configuration
from policies.core.registry import rules

MENDABLE = (WrongProject, ProgramFailed, pulumi.RunError)
"""What a user can mend in a program or its stack file."""
LOG_WIDTH = 160
"""Columns where there is no terminal to ask, as in CI."""


class NoGraph(Exception):
    """A stack has no Plan, so that the graph would be half; the message says which and why."""


ERRORS = (NoGraph, ConfigurationError)
"""What a user can mend."""


def residency_command(
    stacks: Annotated[list[str] | None, typer.Argument(metavar="[STACK]...", help="Stacks whose edges are shown.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All stacks; the same where none is named.")] = False,
    html_file: Annotated[str | None, typer.Option("--html", help="Write a page, as evidence for an audit; - is output.")] = None,
    json_file: Annotated[str | None, typer.Option("--json", help="Write the edges as a list; - is output.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings of checks, as `meridian check` takes them.")] = None,
    mode: Annotated[Mode, typer.Option(help="What is unknown (preview) or a stand-in (update).")] = Mode.PREVIEW,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; one per core by default.")] = default_jobs(),
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Show every way that data takes between regions: allowed, refused or undecided, each with its basis. A refused one ends with 1."""
    page, document = JsonTarget.checked(html_file), JsonTarget.checked(json_file)
    settings = (read_configuration(config, rules()) if config else Configuration()).settings
    found, today = Project.at(project.resolve()), date.today()
    chosen = found.stacks if every or not stacks else tuple(dict.fromkeys(stacks))
    ways = residency(_estates(found, chosen, mode, jobs, today), settings)
    if not (page.takes_stdout or document.takes_stdout):
        print_residency(chosen, ways, Console(width=None if sys.stdout.isatty() else LOG_WIDTH))
    if page.is_wanted:
        page.write_text(residency_page(chosen, ways, today))
    if document.is_wanted:
        document.write_text(json.dumps(rows(ways), indent=2) + "\n")
    raise typer.Exit(Ending.FINDINGS if any(way.state is State.REFUSED for way in ways) else Ending.CLEAN)


def _estates(project: Project, chosen: Sequence[str], mode: Mode, jobs: int, today: date) -> list[Estate]:
    """The stacks' Plans as they are judged.

    Raises:
        NoGraph: one of them has none.
    """
    order = Order(project=project, mode=mode, with_policies=False, today=today, mendable=MENDABLE)
    outcomes = [*preview_all(order, with_references(project, chosen), jobs=jobs, watch=lambda stack, count: None)]
    if faults := [f"{outcome.stack}: {outcome.fault}" for outcome in outcomes if outcome.preview is None]:
        raise NoGraph("no graph, as it would be half:\n" + "\n".join(faults))
    return [estate_of(outcome.preview.plan) for outcome in outcomes if outcome.preview is not None and outcome.stack in chosen]
