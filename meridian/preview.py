"""A preview: the Plan of one stack, with everything the analyses say of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from meridian.analysis.verdicts import Verdicts, verdicts
from meridian.engine.project import Project
from meridian.manifest import fleet_manifest
from meridian.plan import Mode, Plan
from policies.core.registry import rules
from policies.core.settings import Settings
from policies.core.waivers import read_waivers


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What one run of `meridian preview` found."""

    plan: Plan
    verdicts: Verdicts | None
    """None when policies were not asked for."""
    plan_seconds: float
    """Wall time of the program, imports of the SDKs included."""
    policy_seconds: float


def preview(
    project: Project,
    stack: str,
    *,
    mode: Mode,
    with_policies: bool,
    today: date,
    watch: Callable[[int], None] = lambda count: None,
    referenced: Mapping[str, Plan] | None = None,
) -> Preview:
    """Plan a stack and judge the Plan. `watch` is told how many resources there are so far; `referenced` are Plans of stacks that it reads.

    Raises:
        WrongProject, ProgramFailed, pulumi.RunError: as `Project.plan` does.
        policies.core.waivers.WaiverError: the waiver file cannot be used.
    """
    settings = told(project) if with_policies else None
    return judged(lambda: project.plan(stack, mode, watch, referenced), with_policies=with_policies, today=today, settings=settings)


def told(project: Project) -> Settings:
    """What the project's own files tell the checks: which regions there are."""
    return Settings(fleet=fleet_manifest(project.stack_directory))


def judged(make: Callable[[], Plan], *, with_policies: bool, today: date, settings: Settings | None = None) -> Preview:
    """Make a Plan, wherever it comes from, and judge it by what the checks are told, by their defaults where nobody tells them.

    Raises:
        policies.core.waivers.WaiverError: the waiver file cannot be used.
    """
    waived = read_waivers(rules(), today) if with_policies else ()
    started = time.perf_counter()
    plan = make()
    planned = time.perf_counter()
    found = verdicts(plan, waivers=waived, today=today, settings=settings or Settings()) if with_policies else None
    return Preview(plan=plan, verdicts=found, plan_seconds=planned - started, policy_seconds=time.perf_counter() - planned)
