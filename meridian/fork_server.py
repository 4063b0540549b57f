"""Runs tasks in processes that are forked from this one, so that what is loaded here is loaded there: a fork server.

Nothing here may start a thread before the fork, nor open a channel of gRPC: neither survives it. `gc.freeze` keeps the collector from
touching, and so copying, the memory that parent and children share (Python, `gc.freeze`).
"""

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
Watch = Callable[[_Task, int], None]
Work = Callable[[_Task, Callable[[int], None]], _Result]


class Ended(Exception):
    """A process ended before its task did; the message has the exit code."""


@dataclass(frozen=True)
class Finished(Generic[_Task, _Result]):
    """A task and what came of it."""

    task: _Task
    """As it was given."""
    result: _Result | Ended
    """What the work returned."""


def can_fork() -> bool:
    """Whether this system has it."""
    return "fork" in multiprocessing.get_all_start_methods()


def run(
    work: Work[_Task, _Result],
    tasks: Sequence[_Task],
    jobs: int,
    watch: Watch[_Task],
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Finished[_Task, _Result]]:
    """Do each task by `work`, up to `jobs` of them at a time, and tell them as they finish. `watch` is told of progress that work reports;
    `meanwhile` is done here, once, while the first of them run.

    Work must not raise, and what it takes and returns must be picklable. A process takes one task after the other.
    """
    waiting, busy = deque(tasks), dict["Connection[Any, Any]", _Task]()
    with _Processes(work, min(jobs, len(tasks))) as processes:
        idle = deque(processes.connections)
        while waiting and idle:
            _give(idle.popleft(), waiting.popleft(), busy)
        meanwhile()
        while waiting or busy:
            while waiting and idle:
                _give(idle.popleft(), waiting.popleft(), busy)
            if not busy:
                yield from (Finished(task, Ended("no process is left to run it")) for task in waiting)
                return
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                try:
                    progress, value = connection.recv()
                except EOFError:
                    yield Finished(busy.pop(connection), Ended(f"its process ended with exit code {processes.exit_code(connection)}"))
                    continue
                if progress:
                    watch(busy[connection], value)
                else:
                    idle.append(connection)
                    yield Finished(busy.pop(connection), value)


def _give(connection: "Connection[Any, Any]", task: _Task, busy: "dict[Connection[Any, Any], _Task]") -> None:
    connection.send(task)
    busy[connection] = task


class _Processes:
    """Children of this process, ended when the block is left."""

    def __init__(self, work: Work[Any, Any], count: int) -> None:
        self._work, self._count = work, count
        self._children: dict[Connection[Any, Any], BaseProcess] = {}

    @property
    def connections(self) -> "Sequence[Connection[Any, Any]]":
        return tuple(self._children)

    def exit_code(self, connection: "Connection[Any, Any]") -> int | None:
        child = self._children[connection]
        child.join()
        return child.exitcode

    def __enter__(self) -> "_Processes":
        context = multiprocessing.get_context("fork")
        gc.collect()
        gc.freeze()
        for _ in range(self._count):
            here, there = context.Pipe()
            child = context.Process(target=_serve, args=(self._work, there, [*self._children, here]), daemon=True)
            child.start()
            there.close()
            self._children[here] = child
        return self

    def __exit__(self, *_: object) -> None:
        for connection, child in self._children.items():
            connection.close()
            child.join()
        gc.unfreeze()


def _serve(work: Work[Any, Any], connection: "Connection[Any, Any]", others: "Sequence[Connection[Any, Any]]") -> None:
    """What a child does: one task after the other, until the parent closes its end. It lets go of ends that are not its own, or a sibling
    would never see that.
    """
    for other in others:
        other.close()
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send((False, work(task, lambda count: connection.send((True, count)))))
