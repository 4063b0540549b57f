"""`meridian bootstrap`: state bucket, secrets key and deploy role of a stack, before its first update."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from meridian.bootstrap.run import bootstrap
from meridian.bootstrap.site import CannotBootstrap, site
from meridian.bootstrap.thing import Action, Clients
from meridian.commands.preview import LOG_WIDTH
from meridian.engine.project import Project

ERRORS = (CannotBootstrap, ClientError, BotoCoreError)
"""What a user can mend; an answer of AWS names the call that it refuses."""
SIGNS = {Action.CREATE: "+", Action.CHANGE: "~"}
"""As `pulumi preview` marks them."""


def bootstrap_command(
    stack: Annotated[str, typer.Argument(metavar="REGION", help="Stack of a region, e.g. eu-west-1 or staging-eu-west-1.")],
    *,
    repository: Annotated[str, typer.Option(help="`owner/name` on GitHub whose workflows may deploy.")],
    subject: Annotated[
        list[str] | None,
        typer.Option(help="Exact subject of a workflow's identity; without, one environment for each stack of the account."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Make it so; without, only say what would be made.")] = False,
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS configuration.")] = None,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Make what a stack needs before its first update: once, again without effect, and never anything of somebody else's."""
    wanted = site(Project.at(project.resolve()), stack, repository=repository, subjects=subject or ())
    found = bootstrap(wanted, Clients.of(wanted.region, profile), apply=apply)
    out = Console(width=None if sys.stdout.isatty() else LOG_WIDTH, soft_wrap=True)
    for difference in found:
        out.print(f"{SIGNS[difference.action]} {difference.thing}: {difference.detail}", markup=False, highlight=False)
    if not found:
        out.print("everything is as it should be")
    elif not apply:
        out.print(f"{len(found)} differences; --apply makes it so")
    out.print(f"pulumi login '{wanted.login}'", highlight=False)
    out.print(f"pulumi stack init {wanted.stack} --secrets-provider='{wanted.secrets_provider}'", highlight=False)
