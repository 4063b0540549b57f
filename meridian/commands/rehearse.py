"""`meridian rehearse`: a region's whole life on the real Pulumi engine, over stand-in clouds."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from meridian.engine.command import NoEngine
from meridian.engine.journal import Journal, WrongWorld
from meridian.engine.refusals import EngineFailed
from meridian.engine.world import World
from meridian.rehearsal.life import rehearse
from meridian.rehearsal.report import html, markdown, summary
from meridian.report.json_target import JsonTarget

ERRORS = (NoEngine, WrongWorld, EngineFailed)
"""What a user can mend."""
CLEAN, FINDINGS = 0, 1


def rehearse_command(
    stack: Annotated[str, typer.Argument(help="Stack to rehearse.")] = "eu-west-1",
    *,
    markdown_file: Annotated[str | None, typer.Option("--markdown", help="Write the report as Markdown; - is standard output.")] = None,
    html_file: Annotated[str | None, typer.Option("--html", help="Write the report as one self-contained page.")] = None,
    kills: Annotated[int, typer.Option(min=0, help="How often the CLI is killed in the middle of an update.")] = 3,
    seed: Annotated[int, typer.Option(help="Fixes where the kills come.")] = 0,
    world_file: Annotated[
        Path | None, typer.Option("--world", help="Keep the stand-in clouds of the first life in a file, a line per change.")
    ] = None,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Preview, make, change, crash, recover and destroy a stack with the Pulumi CLI, without a cloud; nothing of yours is touched."""
    targets = {render: JsonTarget.checked(name) for render, name in ((markdown, markdown_file), (html, html_file)) if name is not None}
    console = Console(stderr=True)
    world = World(Journal(world_file, f"rehearsal of {stack}")) if world_file else None
    with console.status("rehearsing") as status:
        found = rehearse(project.resolve(), stack, kills=kills, seed=seed, watch=status.update, world=world)
    for render, target in targets.items():
        target.write_text(render(found))
    if not any(target.takes_stdout for target in targets.values()):
        sys.stdout.write("\n".join((*found.faults, summary(found))) + "\n")
    raise typer.Exit(FINDINGS if found.faults else CLEAN)
