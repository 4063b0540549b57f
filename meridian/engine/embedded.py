"""The embedded engine: runs an unchanged Pulumi program in this process and returns its Plan. No CLI, no account, no network."""

import asyncio
import contextvars
import gc
import logging
import os
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pulumi
from pulumi.runtime import settings

from meridian.engine.faults import Fault, ProgramFailed
from meridian.engine.monitor import Monitor
from meridian.engine.transforms import BlocksItsLoop
from meridian.plan import Mode, Plan, Planned, SourceLine, depths

STRICT_SWITCH = "PULUMI_ERROR_OUTPUT_STRING"
TRACEBACK_FRAMES = 12
"""Frames the SDK walks for each resource's source line: five of its own, then the caller's. Fewer lose the line, all cost 10 %."""


def plan(
    program: Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    root: Path = Path(),
    secret_keys: tuple[str, ...] = (),
    mode: Mode = Mode.PREVIEW,
    disabled_default_providers: tuple[str, ...] = (),
    watch: Callable[[int], None] = lambda count: None,
    referenced: Mapping[str, Plan] = MappingProxyType({}),
) -> Plan:
    """The Plan of `program`. `config` has full keys (`meridian:region`), values as text, structured ones as JSON: what the CLI hands over.
    `root` is the project's folder; `watch` is told, after each registration, how many resources there are; `referenced` are the Plans of
    the stacks whose outputs the program reads.

    Raises:
        ProgramFailed: the program raised, or asked for something that cannot be; all faults that were found.
        pulumi.RunError: the program refused its input, in its own words.
    """
    monitor = Monitor(
        project=project,
        stack=stack,
        mode=mode,
        config=config,
        disabled_default_providers=disabled_default_providers,
        watch=watch,
        referenced=referenced,
    )
    try:
        with _quick(), _strict():
            contextvars.copy_context().run(_run, program, monitor, root, dict(config), secret_keys)
    except pulumi.RunError:
        raise
    except Exception as error:
        raise ProgramFailed([*monitor.faults, _crash(error)]) from error
    finally:
        monitor.close()
    if monitor.faults:
        raise ProgramFailed(monitor.faults)
    return Plan(
        project=project,
        stack=stack,
        mode=mode,
        resources=_in_order(monitor.planned.values()),
        invokes=tuple(monitor.invokes),
        outputs=monitor.outputs.values,
        secret_outputs=monitor.outputs.secret,
        diagnostics=tuple(monitor.diagnostics),
    )


def _in_order(resources: Iterable[Planned]) -> tuple[Planned, ...]:
    """Registrations arrive in an order that differs from run to run, as the SDK waits for sets; a Plan's does not."""
    found = tuple(resources)
    depth = depths(found)
    return tuple(sorted(found, key=lambda resource: (depth[resource.urn], resource.urn)))


def _run(program: Callable[[], object], monitor: Monitor, root: Path, config: dict[str, str], secret_keys: tuple[str, ...]) -> None:
    """In a context of its own: the SDK keeps its state in context variables, so runs do not mix."""
    settings.ROOT.set(None)
    settings.configure(
        settings.Settings(
            project=monitor.project,
            stack=monitor.stack,
            monitor=monitor,
            engine=monitor,
            dry_run=monitor.mode is Mode.PREVIEW,
            parallel=1,
            root_directory=str(root),
        )
    )
    pulumi.runtime.set_all_config(config, list(secret_keys))
    asyncio.run(_main(program))


async def _main(program: Callable[[], object]) -> None:
    def entry() -> None:  # the SDK awaits what it gets back, were it awaitable
        program()

    with _Inline() as executor:
        asyncio.get_running_loop().set_default_executor(executor)
        await pulumi.runtime.run_in_stack(entry)


class _Inline(ThreadPoolExecutor):
    """Calls the monitor on the spot, without a thread: it never waits. Only a transform needs one, because the loop must serve it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BlocksItsLoop:
            return super().submit(fn, *args, **kwargs)
        except BaseException as error:
            future.set_exception(error)
        return future


@contextmanager
def _quick() -> Generator[None]:
    """Settings that halve the SDK's time and change nothing else: no garbage collection, short stack walks (`make bench`)."""
    collecting, limit = gc.isenabled(), getattr(sys, "tracebacklimit", None)
    logger = logging.getLogger("asyncio")
    level = logger.level
    gc.disable()
    sys.tracebacklimit = TRACEBACK_FRAMES
    logger.setLevel(logging.CRITICAL)  # as Pulumi's own launcher does: one failure would print every task that waited for it
    try:
        yield
    finally:
        logger.setLevel(level)
        if limit is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = limit
        if collecting:
            gc.enable()


@contextmanager
def _strict() -> Generator[None]:
    """An Output inside an f-string silently becomes an error text; with this public switch of the SDK it is an error with its line."""
    before = os.environ.get(STRICT_SWITCH)
    os.environ[STRICT_SWITCH] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[STRICT_SWITCH]
        else:
            os.environ[STRICT_SWITCH] = before


def _crash(error: BaseException) -> Fault:
    """The fault of an exception, with the innermost line that is neither Python's nor a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename and not _is_engine(frame.filename)]
    source = SourceLine(own[-1].filename, own[-1].lineno or 0) if own else None
    return Fault("", f"{type(error).__name__}: {error}", source)


def _is_engine(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(Path(__file__).parent) or path.is_relative_to(Path(asyncio.__file__).parents[1])
