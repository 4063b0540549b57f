"""Tasks in forked processes: results, progress, and children that die."""

import os
from collections.abc import Callable

import pytest

from meridian.fork_server import Ended, can_fork, run

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system does not fork")


def square(task: int, report: Callable[[int], None]) -> tuple[int, int]:
    if task < 0:
        os._exit(7)
    report(task)
    return task * task, os.getpid()


def test_each_task_is_done_once_in_another_process_and_tells_its_progress() -> None:
    told: list[tuple[int, int]] = []
    found = list(run(square, [1, 2, 3, 4], 2, lambda task, count: told.append((task, count))))
    assert {finished.task: finished.result[0] for finished in found if not isinstance(finished.result, Ended)} == {1: 1, 2: 4, 3: 9, 4: 16}
    processes = {finished.result[1] for finished in found if not isinstance(finished.result, Ended)}
    assert os.getpid() not in processes
    assert len(processes) <= 2
    assert sorted(told) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_what_is_to_be_done_meanwhile_is_done_here_once_even_without_tasks() -> None:
    here: list[int] = []
    assert len(list(run(square, [1, 2, 3], 2, lambda task, count: None, lambda: here.append(os.getpid())))) == 3
    assert list(run(square, [], 2, lambda task, count: None)) == []
    assert here == [os.getpid()]


def test_a_process_that_dies_costs_its_own_task_only() -> None:
    found = {finished.task: finished.result for finished in run(square, [-1, 2, 3], 2, lambda task, count: None)}
    assert str(found[-1]) == "its process ended with exit code 7"
    assert [isinstance(found[task], Ended) for task in (2, 3)] == [False, False]


def test_without_a_process_left_the_rest_is_told() -> None:
    found = {finished.task: str(finished.result) for finished in run(square, [-1, 2], 1, lambda task, count: None)}
    assert found == {-1: "its process ended with exit code 7", 2: "no process is left to run it"}
