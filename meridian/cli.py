"""The command. It reads arguments, calls one function and prints; all else lives elsewhere."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import pulumi
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from meridian.analysis.volumes import UnreadablePreview, VolumesShrink, refuse_shrinking
from meridian.commands import bootstrap, check, drill, export, graph, preflight, rehearse, residency, rollout
from meridian.commands.preview import Reports, default_jobs, preview_stacks
from meridian.commands.real import Source, real_plan
from meridian.engine.faults import ProgramFailed
from meridian.engine.project import Project, WrongProject
from meridian.fleet import Ending, Order, Outcome
from meridian.plan import Mode
from meridian.preview import Preview, judged, preview, told
from meridian.report import terminal
from meridian.report.json_target import CannotWrite
from policies.core.waivers import WaiverError
from stacks.new_region import CannotAdd, new_region

USER_ERRORS = (
    WrongProject,
    WaiverError,
    CannotAdd,
    CannotWrite,
    UnreadablePreview,
    VolumesShrink,
    ProgramFailed,
    pulumi.RunError,
    *check.ERRORS,
    *drill.ERRORS,
    *preflight.ERRORS,
    *rehearse.ERRORS,
    *bootstrap.ERRORS,
    *rollout.ERRORS,
    *residency.ERRORS,
)
"""What a user can mend."""
CLEAN, FINDINGS, WRONG_INPUT, INTERNAL_ERROR = map(int, Ending)
"""Exit codes."""
DEFAULT_STACK = "eu-west-1"

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
LOG_WIDTH = 140
"""Columns where there is no terminal to ask, as in CI."""
out = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
err = Console(stderr=True, soft_wrap=True)

ProjectFolder = Annotated[Path, typer.Option("--project", help="Folder of Pulumi.yaml.")]
RunMode = Annotated[
    Mode, typer.Option(help="preview: what does not exist yet is unknown. update: every output is known, so that every apply runs.")
]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", help="Write the preview as JSON to this file; - is standard output, and nothing else is printed there."),
]


@app.command("preview")
def preview_command(
    stacks: Annotated[
        list[str] | None, typer.Argument(metavar="[STACK]...", help=f"Stacks by the middle of their file; {DEFAULT_STACK}.")
    ] = None,
    mode: RunMode = Mode.PREVIEW,
    json_file: JsonFile = None,
    project: ProjectFolder = Path(),
    *,
    markdown_file: Annotated[str | None, typer.Option("--markdown", help="Write a comment for a pull request; - is output.")] = None,
    html_file: Annotated[str | None, typer.Option("--html", help="Write a page with pictures and every resource; - is output.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All stacks of the project, in parallel, and a summary.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes for several stacks; one per core by default.")] = default_jobs(),
    policies: Annotated[bool, typer.Option(help="Judge the Plan by the policies.")] = True,
    engine: Annotated[Source, typer.Option(help="embedded: in this process. pulumi: by the CLI, over stand-in clouds.")] = Source.EMBEDDED,
    cloud: Annotated[bool, typer.Option("--cloud", help="By the CLI, over your own backend and clouds, as `pulumi preview`.")] = False,
    save: Annotated[Path | None, typer.Option(help="Folder to save Plans in, a file per stack.")] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="An earlier preview (JSON): volumes that would shrink are refused. A folder of --save: what changes, per stack."),
    ] = None,
) -> None:
    """Show everything `pulumi up` would make, and what the policies say of it; offline, without an account."""
    reports = Reports.checked(json_file, markdown_file, html_file)
    found = Project.at(project.resolve())
    chosen: tuple[str, ...] = found.stacks if every else tuple(dict.fromkeys(stacks or [DEFAULT_STACK]))
    if cloud or engine is Source.PULUMI:
        raise typer.Exit(max(_show(_real(found, stack, cloud=cloud, with_policies=policies), reports, against) for stack in chosen))
    if len(chosen) != 1 or save is not None or (against is not None and against.is_dir()):
        order = Order(project=found, mode=mode, with_policies=policies, today=date.today(), mendable=USER_ERRORS)
        raise typer.Exit(preview_stacks(order, chosen, jobs=jobs, reports=reports, save_to=save, against=against))
    raise typer.Exit(_show(_preview(found, chosen[0], mode, with_policies=policies), reports, against))


def _real(project: Project, stack: str, *, cloud: bool, with_policies: bool) -> Preview:
    settings = told(project) if with_policies else None
    return judged(lambda: real_plan(project, stack, cloud=cloud), with_policies=with_policies, today=date.today(), settings=settings)


def _show(found: Preview, reports: Reports, against: Path | None) -> int:
    if against is not None:
        refuse_shrinking(against, found.plan)
    if not reports.take_stdout:
        terminal.print_preview(found, out)
    ending = Ending.FINDINGS if found.verdicts and found.verdicts.blocking else Ending.CLEAN
    reports.json.write(found)
    reports.write_pages([Outcome(stack=found.plan.stack, preview=found, ending=ending)], None)
    return ending


app.command("bootstrap")(bootstrap.bootstrap_command)
app.command("check")(check.check_command)
app.command("preflight")(preflight.preflight_command)
app.command("rehearse")(rehearse.rehearse_command)
app.command("graph")(graph.graph_command)
app.command("residency")(residency.residency_command)
app.command("drill")(drill.drill_command)
app.add_typer(export.app, name="export")
app.add_typer(rollout.app, name="rollout")


@app.command("new-region")
def new_region_command(
    region: Annotated[str, typer.Argument(help="AWS region code, e.g. eu-central-1.")],
    *,
    account: Annotated[str, typer.Option(help="AWS account the stack may touch, twelve digits.")],
    owner: Annotated[str, typer.Option(help="Team that answers for it.")],
    cost_center: Annotated[str, typer.Option(help="Account of the company that pays.")],
    admin_role: Annotated[str, typer.Option(help="ARN of the IAM role that administers the cluster; its creator gets no access.")],
    project: ProjectFolder = Path(),
) -> None:
    """Write the stack file of a region, with the next free index."""
    path = new_region(
        region, directory=Project.at(project).stack_directory, account=account, owner=owner, cost_center=cost_center, admin_role=admin_role
    )
    out.print(f"{path} written; next: meridian preview {region}")


def _preview(project: Project, stack: str, mode: Mode, *, with_policies: bool) -> Preview:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} resources"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bar:
        task = bar.add_task(f"planning {stack}", total=None)
        return preview(
            project,
            stack,
            mode=mode,
            with_policies=with_policies,
            today=date.today(),
            watch=lambda count: bar.update(task, completed=count),
        )


@contextmanager
def _exit_codes() -> Generator[None]:
    """Errors that a user can mend become plain lines and exit code 2, all others a report and 3."""
    try:
        yield
    except USER_ERRORS as error:
        _fail(str(error), WRONG_INPUT)
    except Exception:
        err.print_exception()
        _fail("this is a fault of Meridian itself: please report it with the lines above", INTERNAL_ERROR)


def _fail(message: str, code: int) -> None:
    err.print(message, style="red", markup=False, highlight=False)
    sys.exit(code)


def main() -> None:
    """Entry point of the `meridian` command."""
    with _exit_codes():
        app()
