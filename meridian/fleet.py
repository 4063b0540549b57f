"""Previews of several stacks at once, each in a process forked from this one; a fault of one hides nothing of the others."""

import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from graphlib import TopologicalSorter

from meridian.analysis.verdicts import Verdicts
from meridian.engine.project import Project
from meridian.fork_server import Ended, can_fork, run
from meridian.plan import Mode, Plan
from meridian.preview import Preview, preview
from policies.core.configuration import Configuration
from policies.core.registry import rules
from policies.core.verdict import Judgement


class Ending(IntEnum):
    """How a preview ended: the command's exit codes, the worst last."""

    CLEAN = 0
    FINDINGS = 1
    WRONG_INPUT = 2
    INTERNAL_ERROR = 3


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is asked of every stack alike."""

    project: Project
    """Where the stacks are."""
    mode: Mode
    """What the programs are told about their run."""
    with_policies: bool
    """Whether Plans are judged."""
    today: date
    """Day of judgement."""
    mendable: tuple[type[Exception], ...]
    """Errors that a user can mend; all others are faults of Meridian."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one stack."""

    stack: str
    """Its name."""
    preview: Preview | None
    """None where there is none; `fault` says why."""
    ending: Ending
    """How it ended."""
    fault: str = ""
    """Why there is no preview."""
    seconds: float = 0.0
    """Wall time of everything."""
    peak_megabytes: int = 0
    """Most memory that its process had until then, what it shares with the others included."""


@dataclass(frozen=True)
class _Task:
    """One stack to be planned, with the Plans that it reads."""

    stack: str
    referenced: Mapping[str, Plan] = field(default_factory=dict[str, Plan])


@dataclass(frozen=True)
class _Found:
    """What a child sends: rules hold functions, which no process can send, so judgements travel alone."""

    outcome: Outcome
    judgements: tuple[Judgement, ...] | None
    configuration: Configuration | None


def preview_all(order: Order, stacks: Sequence[str], *, jobs: int, watch: Callable[[str, int], None]) -> Iterator[Outcome]:
    """Preview stacks in up to `jobs` processes, and the stacks they read before them. Outcomes come as they are ready.

    Raises:
        WrongProject: a stack has no file; nothing was planned.
    """
    for stack in stacks:
        order.project.config(stack)
    found: dict[str, Plan] = {}
    levels = list(_levels(order.project, stacks))
    for level, later in zip(levels, [*levels[1:], []], strict=True):
        tasks = [_Task(stack, {name: found[name] for name in order.project.references(stack) if name in found}) for stack in level]
        for outcome in _outcomes(order, tasks, jobs, watch, lambda later=later: order.project.load_programs(later)):
            if outcome.preview is not None:
                found[outcome.stack] = outcome.preview.plan
            yield outcome


def _levels(project: Project, stacks: Sequence[str]) -> Iterator[list[str]]:
    """Stacks that can run together: each after all that it reads."""
    reads = {stack: project.references(stack) for stack in stacks}
    sorter = TopologicalSorter(reads)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield ready
        sorter.done(*ready)


def _outcomes(
    order: Order, tasks: Sequence[_Task], jobs: int, watch: Callable[[str, int], None], meanwhile: Callable[[], object]
) -> Iterator[Outcome]:
    """The first stack is planned here: it loads modules and tables that all others then share. Importing modules would not do: the SDKs
    load most of theirs when a class is first used. While the others run, `meanwhile` loads here what comes after them.
    """
    if jobs == 1 or len(tasks) == 1 or not can_fork():
        yield from (_whole(_work(order, task, lambda count, task=task: watch(task.stack, count))) for task in tasks)
        return
    first, *rest = tasks
    yield _whole(_work(order, first, lambda count: watch(first.stack, count)))
    for finished in run(
        lambda task, report: _work(order, task, report), rest, jobs, lambda task, count: watch(task.stack, count), meanwhile
    ):
        if isinstance(finished.result, Ended):
            yield Outcome(stack=finished.task.stack, preview=None, ending=Ending.INTERNAL_ERROR, fault=str(finished.result))
        else:
            yield _whole(finished.result)


def _work(order: Order, task: _Task, report: Callable[[int], None]) -> _Found:
    started = time.perf_counter()
    missing = [stack for stack in order.project.references(task.stack) if stack not in task.referenced]
    if missing:
        fault = f"{task.stack}: needs the outputs of {', '.join(missing)}, which could not be planned: mend them first"
        return _Found(Outcome(stack=task.stack, preview=None, ending=Ending.WRONG_INPUT, fault=fault), None, None)
    try:
        made = preview(
            order.project,
            task.stack,
            mode=order.mode,
            with_policies=order.with_policies,
            today=order.today,
            watch=report,
            referenced=task.referenced,
        )
        outcome = Outcome(stack=task.stack, preview=replace(made, verdicts=None), ending=_ending(made))
    except order.mendable as error:
        made, outcome = None, Outcome(stack=task.stack, preview=None, ending=Ending.WRONG_INPUT, fault=str(error))
    except Exception:
        made, outcome = None, Outcome(stack=task.stack, preview=None, ending=Ending.INTERNAL_ERROR, fault=traceback.format_exc())
    measured = replace(outcome, seconds=time.perf_counter() - started, peak_megabytes=_peak_megabytes())
    judged = made.verdicts if made else None
    return _Found(measured, judged.judgements if judged else None, judged.configuration if judged else None)


def _ending(made: Preview) -> Ending:
    return Ending.FINDINGS if made.verdicts and made.verdicts.blocking else Ending.CLEAN


def _whole(found: _Found) -> Outcome:
    made = found.outcome.preview
    if made is None or found.judgements is None or found.configuration is None:
        return found.outcome
    judged = Verdicts(judgements=found.judgements, rules={rule.id: rule for rule in rules()}, configuration=found.configuration)
    return replace(found.outcome, preview=replace(made, verdicts=judged))


def _peak_megabytes() -> int:
    """`ru_maxrss` is KiB, on macOS bytes (getrusage(2))."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024**2 if sys.platform == "darwin" else 1024)
