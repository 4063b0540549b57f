"""A rehearsal as data: what was tried, what was seen. Reports read this and nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must hold."""

    step: str
    """Part of the region's life, e.g. `second preview`."""
    asks: str
    passed: bool
    seen: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ChangePlan:
    """What a change of the stack would do, by the real engine's preview. Resources are named by the end of their URN: `type::name`."""

    name: str
    impossible: str = ""
    """Why this stack cannot be changed so; empty when it can."""
    keeps: bool = False
    """Whether it is right that nothing is to do."""
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()
    """Those of `deleted` that hold data and go because the change asks for it."""
    losses: tuple[str, ...] = ()
    """Resources that hold data and would be replaced, or deleted although the change did not ask for it."""

    @property
    def passed(self) -> bool:
        """Whether it does something, and no data would be lost that it did not give up."""
        return not self.fault

    @property
    def fault(self) -> str:
        """What is wrong with it; empty when nothing is."""
        if self.losses:
            return f"would lose {', '.join(self.losses)}"
        idle = not (self.impossible or self.keeps or self.created or self.updated or self.replaced or self.deleted)
        return "would change nothing, so it proves nothing" if idle else ""


@dataclass(frozen=True, kw_only=True)
class Crash:
    """The CLI killed in the middle of an update, and what it took to go on."""

    life: int
    """Which life of the region it belongs to; each starts from nothing."""
    made: int
    """Resources that existed when it was killed."""
    pending: tuple[str, ...]
    """Resources whose creation was under way."""
    restored: bool
    """Whether the state was cut off while it was written and came back from its backup."""
    adopted: int
    """Pending ones that turned out to exist and were imported."""
    cleared: int
    """Pending ones that were never made."""
    lost: int
    """Resources that exist and that the state does not know after recovery."""
    doubled: int
    """Resources that exist more than once."""

    @property
    def passed(self) -> bool:
        """Whether the state told the truth again."""
        return not self.lost and not self.doubled

    @property
    def recovery(self) -> str:
        """What was done, as the commands a person would type."""
        steps = {
            "state restored from its backup": self.restored,
            "cancel": True,
            f"export edited ({self.adopted} taken over, {self.cleared} cleared) and imported, refresh": bool(self.pending),
        }
        return ", ".join(step for step, done in steps.items() if done)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A region's whole life over stand-in clouds."""

    stack: str
    cli: str
    """Version of the Pulumi CLI."""
    resources: int
    """What providers make for this stack."""
    checks: tuple[Check, ...]
    changes: tuple[ChangePlan, ...]
    crashes: tuple[Crash, ...]
    seconds: float

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that did not hold, a line each."""
        return (
            *(f"{check.step}: {check.asks}: {check.seen}" for check in self.checks if not check.passed),
            *(f"{change.name}: {change.fault}" for change in self.changes if not change.passed),
            *(f"crash {at}: {crash.lost} lost, {crash.doubled} doubled" for at, crash in enumerate(self.crashes, 1) if not crash.passed),
        )
