"""`meridian check`: judge a stack, a state or a saved preview."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from meridian.check import Material, WrongRequest, check
from meridian.plan import Mode
from meridian.report.evidence import evidence
from meridian.report.findings import print_findings, rows
from meridian.report.json_target import JsonTarget
from meridian.report.sarif import sarif
from meridian.saved.estate import Unreadable
from policies.core.configuration import ConfigurationError
from policies.core.waivers import WAIVERS_FILE

ERRORS = (WrongRequest, Unreadable, ConfigurationError)
"""What a user can mend."""
DEFAULT_STACK = "eu-west-1"
CLEAN, FINDINGS = 0, 1
LOG_WIDTH = 140
"""Columns where there is no terminal to ask, as in CI."""


def check_command(
    stack: Annotated[str | None, typer.Argument(help=f"Stack of this project; {DEFAULT_STACK} where no file is named.")] = None,
    *,
    state: Annotated[Path | None, typer.Option(help="What `pulumi stack export` wrote, of any Pulumi project.")] = None,
    plan: Annotated[Path | None, typer.Option(help="What `meridian preview --json` or `pulumi preview --json` wrote.")] = None,
    pack: Annotated[list[str] | None, typer.Option(help="Pack to judge by; may be repeated. All, where none is named.")] = None,
    config: Annotated[Path | None, typer.Option(help="Levels and settings of checks, as Pulumi's packs take them.")] = None,
    waivers: Annotated[Path, typer.Option(help="Exceptions; a file that is wrong is refused whole.")] = WAIVERS_FILE,
    evidence_file: Annotated[str | None, typer.Option("--evidence", help="Write an HTML page by framework and control.")] = None,
    sarif_file: Annotated[str | None, typer.Option("--sarif", help="Write SARIF 2.1.0 for code hosts.")] = None,
    json_file: Annotated[str | None, typer.Option("--json", help="Write a list of {check, urn, verdict, message}; - is output.")] = None,
    mode: Annotated[Mode, typer.Option(help=" exist yet is unknown (preview) or a stand-in (update).")] = Mode.PREVIEW,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Judge a stack, a state of any Pulumi project, or a saved preview, by the policies."""
    targets = {name: JsonTarget.checked(name) for name in (json_file, sarif_file, evidence_file) if name is not None}
    asked = stack if stack is not None or state is not None or plan is not None else DEFAULT_STACK
    today = date.today()
    material = Material(stack=asked, state=state, plan=plan)
    found = check(project, material, today=today, mode=mode, chosen=pack or (), config=config, waiver_file=waivers)
    if not any(target.takes_stdout for target in targets.values()):
        console = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
        print_findings(found.estate, found.verdicts, console)
    if json_file is not None:
        targets[json_file].write_text(json.dumps(rows(found.verdicts), indent=2) + "\n")
    if sarif_file is not None:
        targets[sarif_file].write_text(sarif(found.estate, found.verdicts))
    if evidence_file is not None:
        targets[evidence_file].write_text(evidence(found.estate, found.verdicts, today))
    raise typer.Exit(FINDINGS if found.verdicts.blocking else CLEAN)
