"""The CLI killed in the middle of an update, and the way back: nothing lost, nothing twice."""

import json
import random
import shutil
import subprocess
import time
from pathlib import Path

from meridian.engine.command import kill
from meridian.engine.pulumi import Engine
from meridian.engine.world import Existing, doubled
from meridian.rehearsal.record import Crash

SECONDS_AN_OPERATION = 0.05
"""What each change takes while kills are rehearsed: long enough that a kill finds some under way."""
LONGEST_WAIT = 20
"""Operations after which a kill comes at the latest, counted from the update's start. Small, so that one region lives through many."""
POLL = 0.005


def rehearse_crash(engine: Engine, life: int, dice: random.Random) -> Crash | None:
    """Start an update, kill it at a random point, recover. None when the update was done before the kill came."""
    engine.world.seconds = SECONDS_AN_OPERATION
    process = engine.start("up", "--yes", "--skip-preview")
    _wait(engine, process, len(engine.world.journal) + dice.randint(0, LONGEST_WAIT))
    time.sleep(dice.uniform(0, 2 * SECONDS_AN_OPERATION))
    done = process.poll() is not None
    kill(process)
    if done:
        return None
    made = len(engine.world.existing)
    pending, adopted, restored = recover(engine)
    return Crash(
        restored=restored,
        life=life,
        made=made,
        pending=pending,
        adopted=adopted,
        cleared=len(pending) - adopted,
        lost=len(lost(engine)),
        doubled=len(doubled(engine.world.existing.values())),
    )


def recover(engine: Engine) -> tuple[tuple[str, ...], int, bool]:
    """What docs/UPGRADING.md says to do: restore a state cut off while it was written, free the lock, look for what was under way, import
    what exists, clear what does not.

    Returns the resources whose creation was pending, how many of them existed, and whether the state came from its backup.
    """
    engine.world.settle()
    restored = _restored(engine)
    engine.run("cancel", "--yes")
    pending = engine.pending_creations()
    found = [each for urn in pending for each in engine.world.of(urn)]
    if pending:
        engine.settle_creations({each.urn: each.id for each in found})
        engine.refresh()
    return pending, len(found), restored


def _restored(engine: Engine) -> bool:
    """A state in a folder is written in place, its checksum beside it, and the state before is kept; a kill in between leaves half
    of one of them. The earlier state holds every creation that was begun, so nothing is lost by it (pulumi/pulumi pkg/backend/diy).
    """
    path = engine.state_file
    halves = [file for file in path.parent.glob(f"{path.name}*") if not _is_json(file)]
    for file in halves:
        file.unlink()
    if not path.exists():
        shutil.copy(path.with_name(f"{path.name}.bak"), path)
        path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
        return True
    return bool(halves)


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_text())
    except ValueError:
        return False
    return True


def lost(engine: Engine) -> list[Existing]:
    """What exists and stands in no state: nobody would ever delete it."""
    known = {(resource.urn, resource.id) for resource in engine.deployed()}
    return [each for each in engine.world.existing.values() if (each.urn, each.id) not in known]


def _wait(engine: Engine, process: subprocess.Popen[str], operations: int) -> None:
    while process.poll() is None and len(engine.world.journal) < operations:
        time.sleep(POLL)
