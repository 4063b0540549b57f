"""`meridian export`: what the program makes, in the words of other tools."""

import json
from pathlib import Path
from typing import Annotated

import typer

from meridian.commands.check import DEFAULT_STACK
from meridian.engine.project import Project
from meridian.export.terraform import terraform
from meridian.manifest import configuration_document, fleet_manifest
from meridian.plan import Mode
from meridian.report.json_target import STDOUT, JsonTarget
from meridian.saved.estate import estate_of
from meridian.saved.state import read_state
from policies.core.registry import rules

RELIABILITY = "reliability"
"""The pack whose checks ask for the fleet."""

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command("terraform")
def terraform_command(
    stack: Annotated[str, typer.Argument(help="Stack of this project.")] = DEFAULT_STACK,
    *,
    output: Annotated[str, typer.Option("-o", "--output", help="File to write; - is standard output.")] = STDOUT,
    state: Annotated[Path | None, typer.Option(help="What `pulumi stack export` wrote, instead of a stack.")] = None,
    mode: Annotated[Mode, typer.Option(help="What is not made yet is unknown, or a stand-in (update).")] = Mode.PREVIEW,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Write a Terraform plan document of a stack (`terraform show -json`), for judges that read those."""
    target = JsonTarget.checked(output)
    estate = read_state(state) if state else estate_of(Project.at(project.resolve()).plan(stack, mode))
    target.write_text(terraform(estate))


@app.command("fleet")
def fleet_command(
    *,
    output: Annotated[str, typer.Option("-o", "--output", help="File to write; - is standard output.")] = STDOUT,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Write what the stack files tell checks of the fleet, as `--policy-pack-config` of the reliability pack takes it."""
    target = JsonTarget.checked(output)
    fleet = fleet_manifest(Project.at(project.resolve()).stack_directory)
    target.write_text(json.dumps(configuration_document(fleet, rules(RELIABILITY)), indent=2) + "\n")
