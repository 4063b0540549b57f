"""No process outlives the tests, however they end; these tests need no server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.apiserver.server import running

SLEEP = "import time; time.sleep(60)"


def test_a_process_ends_when_its_user_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), running([sys.executable, "-c", SLEEP], tmp_path / "log") as process:
        raise ZeroDivisionError
    assert process.poll() == -signal.SIGKILL


def test_its_own_children_end_too(tmp_path: Path) -> None:
    parent = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True); {SLEEP}"
    with running([sys.executable, "-c", parent], tmp_path / "log"):
        child = _number(tmp_path / "log")
    _assert_ends(child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent (prctl(2), PR_SET_PDEATHSIG)")
def test_a_process_ends_with_a_killed_parent(tmp_path: Path) -> None:
    parent = (
        "import sys, time; from pathlib import Path; from tests.apiserver.server import running\n"
        f"with running([sys.executable, '-c', {SLEEP!r}], Path({str(tmp_path / 'log')!r})) as process:\n"
        f"    Path({str(tmp_path / 'pid')!r}).write_text(str(process.pid)); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], cwd=Path(__file__).parents[2]) as killed:
        child = _number(tmp_path / "pid")
        killed.kill()
    _assert_ends(child)


def _number(path: Path) -> int:
    deadline = time.monotonic() + 30
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < deadline, f"{path.name} stays empty"
        time.sleep(0.02)
    return int(path.read_text())


def _assert_ends(process: int) -> None:
    """Ended and waited for: without this test's own child among its ancestors, init does that."""
    deadline = time.monotonic() + 30
    while _lives(process):
        assert time.monotonic() < deadline, f"process {process} is still there"
        time.sleep(0.02)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")  # a zombie, where no init reaps
