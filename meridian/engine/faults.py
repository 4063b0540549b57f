"""What can be wrong with a program, found while it runs and told all at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from meridian.plan import SourceLine


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong, with the place of the program where it is."""

    resource: str
    """Type and name, e.g. `aws:ec2/vpc:Vpc network-vpc`; empty where the fault belongs to none."""
    message: str
    source: SourceLine | None

    def __str__(self) -> str:
        """One line: place, resource, what is wrong."""
        return ": ".join(str(part) for part in (self.source, self.resource, self.message) if part)


class ProgramFailed(Exception):
    """The program cannot become a Plan."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
