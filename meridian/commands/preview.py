"""`meridian preview` of several stacks: progress, summary, saved Plans."""

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from meridian.analysis.changes import Change, changes
from meridian.engine.project import Project
from meridian.fleet import Ending, Order, Outcome, preview_all
from meridian.report.document import document as whole_document
from meridian.report.fleet import document, print_fleet
from meridian.report.json_target import JsonTarget
from meridian.report.markdown import markdown
from meridian.report.page import page
from meridian.saved.plans import folder_to_write, save, saved_resources

LOG_WIDTH = 140
"""Columns where there is no terminal to ask, as in CI."""


def default_jobs() -> int:
    """One process for each core that this one may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Reports:
    """Where a preview is written to, checked before any work is done for it."""

    json: JsonTarget
    """For machines."""
    markdown: JsonTarget
    """A comment on a pull request."""
    html: JsonTarget
    """A page with pictures and every resource."""

    @classmethod
    def checked(cls, json: str | None = None, markdown: str | None = None, html: str | None = None) -> Self:
        """The places that are asked for; `-` is standard output. Raises CannotWrite."""
        return cls(*(JsonTarget.checked(file) for file in (json, markdown, html)))

    @property
    def take_stdout(self) -> bool:
        """Whether one of them is standard output, so that nothing else may be."""
        return any(target.takes_stdout for target in (self.json, self.markdown, self.html))

    def write_pages(self, outcomes: Sequence[Outcome], differing: Mapping[str, Sequence[Change]] | None) -> None:
        """Write comment and page, where they are asked for. Raises CannotWrite."""
        if self.markdown.is_wanted:
            self.markdown.write_text(markdown(outcomes, differing))
        if self.html.is_wanted:
            self.html.write_text(page([outcome.preview for outcome in outcomes if outcome.preview]))


def preview_stacks(
    order: Order, stacks: Sequence[str], *, jobs: int, reports: Reports, save_to: Path | None, against: Path | None
) -> Ending:
    """Preview the stacks, print the summary and say how the worst of them ended."""
    started = time.perf_counter()
    folder = folder_to_write(save_to) if save_to is not None else None
    before = {stack: saved_resources(stack, against) for stack in stacks} if against is not None else None
    outcomes = _outcomes(order, stacks, jobs)
    differing = None
    if before is not None:
        plans = {outcome.stack: outcome.preview for outcome in outcomes if outcome.preview}
        differing = {stack: changes(before[stack], whole_document(made)["resources"]) for stack, made in plans.items()}
    for outcome in outcomes:
        if folder is not None and outcome.preview is not None:
            save(outcome.preview, folder)
    seconds = time.perf_counter() - started
    if not reports.take_stdout:
        print_fleet(outcomes, differing, seconds, Console(width=None if sys.stdout.isatty() else LOG_WIDTH))
    if reports.json.is_wanted:
        reports.json.write_text(json.dumps(document(outcomes, differing, seconds), indent=2) + "\n")
    reports.write_pages(outcomes, differing)
    return max((outcome.ending for outcome in outcomes), default=Ending.CLEAN)


def with_references(project: Project, stacks: Sequence[str]) -> tuple[str, ...]:
    """The stacks and all whose outputs they read, each once, sorted."""
    return tuple(sorted({*stacks, *(read for stack in stacks for read in project.references(stack))}))


def _outcomes(order: Order, stacks: Sequence[str], jobs: int) -> list[Outcome]:
    needed = with_references(order.project, stacks)
    with _progress(needed) as (watch, done):
        found: dict[str, Outcome] = {}
        for outcome in preview_all(order, needed, jobs=jobs, watch=watch):
            found[outcome.stack] = outcome
            done(outcome)
    return [found[stack] for stack in needed if stack in stacks]


@contextmanager
def _progress(stacks: Sequence[str]) -> Generator[tuple[Callable[[str, int], None], Callable[[Outcome], None]]]:
    """A bar for each stack on a terminal, otherwise a line when it is done. Drawn by hand: a thread that draws would not survive a fork."""
    err = Console(stderr=True, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} resources"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, auto_refresh=False, disable=not err.is_terminal) as bars:
        tasks = {stack: bars.add_task(stack, total=None) for stack in stacks}

        def watch(stack: str, count: int) -> None:
            if count % 20 == 0:
                bars.update(tasks[stack], completed=count, refresh=True)

        def done(outcome: Outcome) -> None:
            bars.update(tasks[outcome.stack], total=1, completed=1, visible=False, refresh=True)
            if not err.is_terminal:
                err.print(f"{outcome.stack}: {outcome.ending.name.lower()}, {outcome.seconds:.2f} s", highlight=False)

        yield watch, done
