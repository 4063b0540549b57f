"""`meridian preflight`: whether account and region have what a stack's first update needs. It only reads."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from meridian.commands.preview import LOG_WIDTH
from meridian.engine.project import Project, WrongProject
from meridian.fleet import Ending
from meridian.preflight.checks import Finding, State, preflight
from meridian.preflight.needs import Needs, needs
from meridian.preflight.reading import reader
from meridian.report.json_target import JsonTarget

ERRORS = (BotoCoreError,)
"""What a user can mend: no credentials, no network."""
VERSION = 1
"""Of the JSON document; a change that breaks a reader raises it."""
COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}


def preflight_command(
    stack: Annotated[str, typer.Argument(metavar="REGION", help="Stack of a region, e.g. eu-west-1 or staging-eu-west-1.")],
    *,
    json_file: Annotated[str | None, typer.Option("--json", help="Write the findings as JSON to this file; - is standard output.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show what is well, too.")] = False,
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS configuration.")] = None,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Check account, region, zones, instance types, versions, quotas and names against the stack's Plan, before the first update."""
    target, wanted = JsonTarget.checked(json_file), _needs(Project.at(project.resolve()), stack)
    found = preflight(reader(wanted.region, profile), wanted)
    if not target.takes_stdout:
        _print(found, every=every)
    if target.is_wanted:
        target.write_text(json.dumps({"version": VERSION, "stack": stack, "findings": [vars(each) for each in found]}, indent=2) + "\n")
    raise typer.Exit(Ending.FINDINGS if any(each.state is State.FAIL for each in found) else Ending.CLEAN)


def _needs(project: Project, stack: str) -> Needs:
    values = project.config(stack).values.get("meridian:region")
    if values is None:
        raise WrongProject(f"{stack}: is no stack of a region: preflight looks at one account and one region")
    said: Any = json.loads(values)
    return needs(project.plan(stack), account_id=str(said["account_id"]), region=str(said["region"]))


def _print(found: tuple[Finding, ...], *, every: bool) -> None:
    out = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
    table = Table("state", "check", "seen", "remedy", box=None, pad_edge=False)
    for each in found:
        if every or each.state is not State.OK:
            table.add_row(f"[{COLOURS[each.state]}]{each.state}[/]", each.check, escape(each.seen), escape(each.remedy))
    if table.row_count:
        out.print(table)
    out.print(", ".join(f"{sum(each.state is state for each in found)} {state}" for state in State), highlight=False)
