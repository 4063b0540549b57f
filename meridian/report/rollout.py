"""A roll-out as a person reads it: waves, what each changes, the gates between; and the same for machines."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from meridian.analysis.changes import Action, Change, counts
from meridian.analysis.waves import Wave
from meridian.report.fleet import SIGNS
from meridian.rollout.gates import GATES
from meridian.rollout.run import Stop

VERSION = 1
"""Of the JSON document; a change that breaks a reader raises it."""
Changes = Mapping[str, Sequence[Change]]
"""Stack -> what differs from its saved Plan."""


def print_waves(waves: Sequence[Wave], changes: Changes | None, console: Console) -> None:
    """A line for each stack, under its wave, then the gates."""
    table = Table("wave", "step", "stack", *(["changes"] if changes is not None else []), box=None, pad_edge=False)
    for number, wave in enumerate(waves, 1):
        for at, stack in enumerate(wave.stacks):
            told = [str(number), wave.name] if at == 0 else ["", ""]
            table.add_row(*told, stack, *([_summary(changes.get(stack, ()))] if changes is not None else []))
    console.print(table)
    console.print("each stack passes, or the roll-out stops there:")
    for gate, asks in GATES.items():
        console.print(Text(f"  {gate}: {asks}"))


def print_stop(stop: Stop, console: Console) -> None:
    """Where it stopped, and how it goes on."""
    for fault in stop.faults:
        console.print(Text(f"{stop.stack}: {stop.gate}: {fault}", style="red"))
    console.print(Text(f"{stop.stack}: stopped at {stop.gate}; nothing after it was touched. Mend the cause, then add --resume"))


def document(waves: Sequence[Wave], changes: Changes | None) -> dict[str, Any]:
    """The order as plain JSON."""
    return {
        "version": VERSION,
        "gates": dict(GATES),
        "waves": [{"name": wave.name, "stacks": list(wave.stacks)} for wave in waves],
        "changes": None if changes is None else {stack: _counted(found) for stack, found in changes.items()},
    }


def _counted(found: Sequence[Change]) -> dict[str, int]:
    return {action.value: count for action, count in counts(found).items()}


def _summary(found: Sequence[Change]) -> str:
    counted: Mapping[Action, int] = counts(found)
    return " ".join(f"{SIGNS[action]}{count}" for action, count in counted.items() if count) or "none"
