"""Mutant by rule: which rules speak of which fault put into a compliant stack. `python -m tests.policies.mutation_matrix [-v]`."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meridian.engine.project import Project
from meridian.plan import Mode
from meridian.saved.estate import estate_of
from tests.policies.mutants.region import Region
from tests.policies.mutants.table import GRAFT, Mutant, declared, exempt, grafted

ROOT = Path(__file__).parents[2]
STACK = "eu-west-1"


@dataclass(frozen=True)
class Row:
    """What spoke of a mutant."""

    mutant: Mutant
    """The change."""
    spoke: frozenset[str]
    """Ids of rules."""

    @property
    def killed(self) -> bool:
        """Whether the rule it is made for spoke."""
        return self.mutant.rule in self.spoke

    @property
    def off_target(self) -> frozenset[str]:
        """Rules that spoke and were not expected to."""
        return self.spoke - {self.mutant.rule} - self.mutant.also - self.mutant.apart

    @property
    def silent(self) -> frozenset[str]:
        """Rules that were expected to speak too and did not."""
        return self.mutant.also - self.spoke


@cache
def region() -> Region:
    """The compliant stack, after an update."""
    return Region(estate_of(Project.at(ROOT).plan(STACK, Mode.UPDATE)).resources)


def mutants(compliant: Region) -> Iterator[Mutant]:
    """Declared ones, and bad examples beside the stack."""
    yield from declared(compliant)
    for rule in compliant.rules:
        yield from grafted(rule, compliant) if rule.id not in exempt() else ()


@cache
def matrix() -> Sequence[Row]:
    """All rows."""
    compliant = region()
    return tuple(Row(mutant, frozenset(finding[0] for finding in compliant.after(mutant.change))) for mutant in mutants(compliant))


def kill_rate(rows: Sequence[Row]) -> float:
    """Share of mutants that their rule found."""
    return sum(row.killed for row in rows) / len(rows)


def main(*, verbose: bool) -> int:
    """Print the matrix's sum, what survived and what spoke out of turn."""
    rows = matrix()
    placed = [row for row in rows if not row.mutant.name.startswith(GRAFT)]
    count = Counter(row.mutant.rule for row in rows)
    say = sys.stdout.write
    say(f"{len(rows)} mutants of {len(count)} rules, {len(placed)} of them in place\n")
    say(f"killed {kill_rate(rows):.1%}, off target {sum(bool(row.off_target) for row in rows)}\n")
    for row in rows:
        faults = [*(["survived"] if not row.killed else []), *(f"off target {each}" for each in sorted(row.off_target))]
        faults += [f"{each} was silent" for each in sorted(row.silent)]
        if faults or verbose:
            say(f"{row.mutant.rule} {row.mutant.name[:150]}: {', '.join(faults) or ' '.join(sorted(row.spoke))}\n")
    return 0 if all(row.killed and not row.off_target for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(verbose="-v" in sys.argv))
