"""`meridian rollout`: in which order stacks are updated, and the update itself, wave after wave."""

import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pulumi as pulumi_sdk
import typer
from rich.console import Console

from meridian.analysis.changes import changes
from meridian.analysis.waves import CannotOrder, Wave, waves
from meridian.commands.preview import LOG_WIDTH, default_jobs, with_references
from meridian.engine import pulumi
from meridian.engine.command import NoEngine
from meridian.engine.faults import ProgramFailed
from meridian.engine.project import Project, WrongProject
from meridian.engine.refusals import EngineFailed
from meridian.fleet import Ending, Order, preview_all
from meridian.plan import Mode
from meridian.preview import Preview, judged, told
from meridian.report.document import document as whole_document
from meridian.report.json_target import CannotWrite, JsonTarget
from meridian.report.rollout import Changes, document, print_stop, print_waves
from meridian.rollout.journal import Intent, Journal, JournalRefused
from meridian.rollout.members import groups, members
from meridian.rollout.run import Live, Rollout, fingerprint, roll_out
from meridian.saved.plans import saved_resources
from policies.core.waivers import WaiverError


class CannotRoll(Exception):
    """A roll-out cannot begin; the message has a line for each reason."""


ERRORS = (CannotOrder, CannotRoll, JournalRefused, NoEngine, EngineFailed, CannotWrite)
"""What a user can mend."""
MENDABLE = (WrongProject, WaiverError, ProgramFailed, pulumi_sdk.RunError)
"""What a user can mend in one stack."""

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
Stacks = Annotated[list[str] | None, typer.Argument(metavar="[STACK]...", help="Only these stacks; all without.")]
ProjectFolder = Annotated[Path, typer.Option("--project", help="Folder of Pulumi.yaml.")]
Against = Annotated[Path | None, typer.Option(help="Folder of `meridian preview --save`: what each stack changes.")]
ONE_PER_CORE = default_jobs()
Jobs = Annotated[int, typer.Option(min=1, help="Processes that plan; one per core by default.")]


@app.command("plan")
def plan_command(
    stacks: Stacks = None,
    *,
    json_file: Annotated[str | None, typer.Option("--json", help="Write the order as JSON to this file; - is standard output.")] = None,
    against: Against = None,
    jobs: Jobs = ONE_PER_CORE,
    project: ProjectFolder = Path(),
) -> None:
    """Show the waves, the gates, and with --against what each stack changes; offline, nothing is touched."""
    target, found = JsonTarget.checked(json_file), Project.at(project.resolve())
    ordered = _ordered(found, stacks)
    differing = _differing(_planned(found, _all(ordered), jobs), against) if against is not None else None
    if not target.takes_stdout:
        print_waves(ordered, differing, _out())
    if target.is_wanted:
        target.write_text(json.dumps(document(ordered, differing), indent=2) + "\n")


@app.command("up")
def up_command(
    stacks: Stacks = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    journal: Annotated[Path, typer.Option(help="File that tells, line by line, what was done.")] = Path("rollout.jsonl"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the journal ends; refused when a Plan has changed since.")] = False,
    backend: Annotated[
        str | None,
        typer.Option(help="Backend of each stack, where they have their own: s3://meridian-state-{account}-{stack}?region={region}"),
    ] = None,
    against: Against = None,
    jobs: Jobs = ONE_PER_CORE,
    project: ProjectFolder = Path(),
) -> None:
    """Update the stacks, wave after wave, with your own backend and clouds; stop at the first gate that is shut."""
    found, out, err = Project.at(project.resolve()), _out(), Console(stderr=True, soft_wrap=True)
    ordered = _ordered(found, stacks)
    backends = {stack: _backend(found, stack, backend) for stack in _all(ordered)} if backend else {}
    planned = _planned(found, _all(ordered), jobs)
    prints = {stack: fingerprint(preview) for stack, preview in planned.items()}
    print_waves(ordered, _differing(planned, against) if against is not None else None, out)
    if not yes:
        _ask()
    fleet_known = told(found)
    intent = Intent(project=found.name, waves=ordered, plans=prints)
    rollout = Rollout(
        waves=[wave.stacks for wave in ordered],
        plans={stack: preview.plan for stack, preview in planned.items()},
        live=lambda stack: _live(found, stack, backends),
        judge=lambda plan: judged(lambda: plan, with_policies=True, today=date.today(), settings=fleet_known).verdicts,
        watch=lambda stack, said: err.print(f"{stack}: {said}", highlight=False, markup=False),
    )
    with closing((Journal.resumed if resume else Journal.begun)(journal, intent)) as opened:
        stop = roll_out(rollout, prints, opened)
    if stop is not None:
        print_stop(stop, out)
        raise typer.Exit(Ending.FINDINGS)
    out.print(f"{len(prints)} stacks are as planned; {journal} tells who did what, and when")


@contextmanager
def _live(project: Project, stack: str, backends: Mapping[str, str]) -> Generator[Live]:
    with pulumi.cloud(project.root, stack) as engine:
        yield pulumi.beside(engine, PULUMI_BACKEND_URL=backends[stack]) if stack in backends else engine


def _backend(project: Project, stack: str, pattern: str) -> str:
    """The stack's own backend.

    Raises:
        CannotRoll: the pattern holds what no stack file says.
    """
    values = project.config(stack).values
    said: Any = json.loads(values.get("meridian:region") or values.get("meridian:global") or "{}")
    known = {"stack": stack, "account": said.get("account_id"), "region": said.get("region") or said.get("home_region")}
    try:
        return pattern.format(**known)
    except (KeyError, IndexError, ValueError):
        raise CannotRoll(
            f"--backend: '{pattern}' may hold {', '.join(f'{{{name}}}' for name in known)} and nothing else in braces"
        ) from None


def _ordered(project: Project, stacks: Sequence[str] | None) -> tuple[Wave, ...]:
    return waves(members(project, stacks or ()), groups())


def _all(ordered: Sequence[Wave]) -> tuple[str, ...]:
    return tuple(stack for wave in ordered for stack in wave.stacks)


def _planned(project: Project, stacks: Sequence[str], jobs: int) -> dict[str, Preview]:
    """Every stack planned and judged, before the first is touched: the policies' gate for what needs no cloud.

    Raises:
        CannotRoll: a stack has no Plan, or its Plan has findings that stop an update.
    """
    order = Order(project=project, mode=Mode.PREVIEW, with_policies=True, today=date.today(), mendable=MENDABLE)
    outcomes = {outcome.stack: outcome for outcome in preview_all(order, with_references(project, stacks), jobs=jobs, watch=_unwatched)}
    previews = {stack: preview for stack in stacks if (preview := outcomes[stack].preview) is not None}
    faults = [f"{stack}: {line}" for stack in stacks for line in outcomes[stack].fault.splitlines()]
    faults += [
        f"{stack}: {judgement.rule}: {judgement.urn}: {judgement.message}"
        for stack, preview in previews.items()
        for judgement in (preview.verdicts.blocking if preview.verdicts else ())
    ]
    if faults:
        raise CannotRoll("\n".join((*faults, "nothing was touched: mend this, then begin again")))
    return previews


def _unwatched(_stack: str, _count: int) -> None:
    """Planning takes seconds; nobody needs a bar for it."""


def _differing(planned: dict[str, Preview], against: Path) -> Changes:
    return {stack: changes(saved_resources(stack, against), whole_document(made)["resources"]) for stack, made in planned.items()}


def _ask() -> None:
    if not sys.stdin.isatty():
        raise CannotRoll("nobody can be asked here: look at `meridian rollout plan`, then add --yes")
    typer.confirm("update these stacks, in this order?", abort=True)


def _out() -> Console:
    return Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
