"""Judgements as a person reads them: grouped by cause, which is a check and the place in the program that broke it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from meridian.analysis.verdicts import Verdicts
from meridian.saved.estate import Estate
from policies.core.rule import Rule
from policies.core.verdict import Judgement, Severity, Verdict

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.WAIVED: "yellow", Verdict.UNDECIDED: "cyan"}
GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}
SHOWN = (Verdict.FAIL, Verdict.WAIVED, Verdict.UNDECIDED)
SHOWN_PER_CAUSE = 5
"""Resources named under one cause; the rest are counted. All of them stand in the JSON list."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One fault: mending one place mends all its findings."""

    check: str
    """Id of the check."""
    severity: Severity
    """The worst of its findings."""
    verdict: Verdict
    """Of all its findings."""
    place: str
    """The program's line, or the parent's name where no line is known."""
    judgements: tuple[Judgement, ...]
    """Its findings."""


def causes(estate: Estate, verdicts: Verdicts, verdict: Verdict) -> list[Cause]:
    """Findings of one verdict by cause, the gravest first."""
    groups: defaultdict[tuple[str, str], list[Judgement]] = defaultdict(list)
    parents = {resource.urn: resource.parent for resource in estate.resources}
    for judgement in verdicts.of(verdict):
        source = estate.sources.get(judgement.urn)
        groups[judgement.rule, str(source) if source else _short(parents.get(judgement.urn, ""))].append(judgement)
    found = [
        Cause(
            check=check,
            severity=min((judgement.severity for judgement in group), key=GRAVITY.__getitem__),
            verdict=verdict,
            place=place,
            judgements=tuple(group),
        )
        for (check, place), group in groups.items()
    ]
    return sorted(found, key=lambda cause: (GRAVITY[cause.severity], cause.check, cause.place))


def rows(verdicts: Verdicts) -> list[dict[str, str]]:
    """The list that `meridian check --json` writes."""
    return [
        {"check": found.rule, "urn": found.urn, "verdict": found.verdict.value, "message": found.message} for found in verdicts.judgements
    ]


def print_findings(estate: Estate, verdicts: Verdicts, console: Console) -> None:
    """Every finding with its remedy, then how many verdicts each pack gave."""
    for verdict in SHOWN:
        for cause in causes(estate, verdicts, verdict):
            console.print(_block(cause, verdicts))
    for line in _totals(estate, verdicts):
        console.print(line)


def _block(cause: Cause, verdicts: Verdicts) -> Tree:
    check = verdicts.checks[cause.check]
    place = f" [dim]at {escape(cause.place)}[/]" if cause.place else ""
    block = Tree(f"[{COLOURS[cause.verdict]}]{cause.verdict}[/] [bold]{cause.check}[/] {cause.severity}: {escape(check.title)}{place}")
    for line in _lines(cause.judgements):
        block.add(escape(line))
    if cause.verdict is Verdict.FAIL:
        block.add(f"[dim]fix:[/] {escape(check.fix)}")
    return block


def _lines(judgements: Sequence[Judgement]) -> Iterator[str]:
    for judgement in judgements[:SHOWN_PER_CAUSE]:
        yield f"{_short(judgement.urn)}: {judgement.message}"
    if len(judgements) > SHOWN_PER_CAUSE:
        yield f"and {len(judgements) - SHOWN_PER_CAUSE} more"


def _short(urn: str) -> str:
    """`Type::name`, without stack, project and the types of parents."""
    return "::".join(part.rpartition("$")[2] for part in urn.split("::")[2:])


def _totals(estate: Estate, verdicts: Verdicts) -> Iterator[Text]:
    counted = Counter((_pack(verdicts, found.rule), found.verdict) for found in verdicts.judgements)
    for pack in sorted({pack for pack, _ in counted}):
        text = Text(f"{pack:12}", style="dim")
        for verdict in Verdict:
            count = counted[pack, verdict]
            text.append(f" {count:6} {verdict}", COLOURS[verdict] if count else "dim")
        yield text
    yield Text(f"{len(estate.resources)} resources of {estate.name} judged by {len(verdicts.rules)} checks", style="bold")


def _pack(verdicts: Verdicts, check: str) -> str:
    found = verdicts.checks[check]
    return found.pack if isinstance(found, Rule) else "meta"
