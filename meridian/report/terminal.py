"""A preview as a person reads it in a terminal: tree, findings, totals."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from meridian.analysis.verdicts import Verdicts
from meridian.plan import Plan, Planned, SourceLine
from meridian.preview import Preview
from policies.core.verdict import Judgement, Severity, Verdict

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.WAIVED: "yellow", Verdict.UNDECIDED: "cyan"}
GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}
SHOWN_PER_CAUSE = 5
"""Resources named under one finding; the rest are counted. All of them stand in the JSON document."""


def print_preview(preview: Preview, console: Console) -> None:
    """The whole preview."""
    console.print(_tree(preview.plan))
    for said in preview.plan.diagnostics:
        console.print(f"[yellow]{said.level}[/]: {escape(said.message)}")
    if preview.verdicts is not None:
        print_verdicts(preview.verdicts, console)
    console.print(_totals(preview))


def print_verdicts(verdicts: Verdicts, console: Console) -> None:
    """What each rule said, and every finding with its remedy."""
    console.print(_checks(verdicts))
    for verdict in (Verdict.FAIL, Verdict.WAIVED, Verdict.UNDECIDED):
        for finding in _by_cause(verdicts, verdicts.of(verdict)):
            console.print(finding)


def _tree(plan: Plan) -> Tree:
    stack = plan.resources[0]
    root = Tree(f"[bold]{plan.stack}[/] [dim]{plan.project}, {plan.mode}[/]")
    _grow(root, plan, stack)
    return root


def _grow(branch: Tree, plan: Plan, above: Planned) -> None:
    below = plan.children.get(above.urn, ())
    for component in sorted((child for child in below if not child.custom), key=_line):
        count = sum(1 for _ in _made_below(plan, component))
        _grow(branch.add(f"{component.name} [dim]{component.type.split(':')[-1]}[/] {count}"), plan, component)
    if leaves := [child for child in below if child.custom]:
        branch.add(Text(_summary(leaves), style="dim"))


def _line(component: Planned) -> tuple[tuple[SourceLine, ...], str]:
    """Components appear in the order of the program that makes them, the same line's by name."""
    return component.trace, component.name


def _made_below(plan: Plan, above: Planned) -> Iterable[Planned]:
    for child in plan.children.get(above.urn, ()):
        if child.custom:
            yield child
        yield from _made_below(plan, child)


def _summary(resources: Sequence[Planned]) -> str:
    counts = Counter(_kind(resource) for resource in resources)
    return ", ".join(kind if count == 1 else f"{kind} x{count}" for kind, count in counts.items())


def _kind(resource: Planned) -> str:
    if resource.is_provider:
        return f"provider {resource.type.split(':')[-1]}"
    return resource.type.split(":")[-1]


def _checks(verdicts: Verdicts) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("check", "severity", *Verdict, "what it asks"):
        table.add_column(heading, justify="right" if heading in set(Verdict) else "left", overflow="fold")
    for rule in verdicts.rules.values():
        counts = Counter(judgement.verdict for judgement in verdicts.judgements if judgement.rule == rule.id)
        cells = [Text(str(counts[verdict]), style=COLOURS[verdict]) if counts[verdict] else Text("") for verdict in Verdict]
        table.add_row(rule.id, rule.severity, *cells, rule.title)
    return table


def _by_cause(verdicts: Verdicts, judgements: Sequence[Judgement]) -> Iterable[RenderableType]:
    """One block for each rule and message: resources with the same fault share the remedy."""

    def cause(judgement: Judgement) -> tuple[int, str, str]:
        return GRAVITY[judgement.severity], judgement.rule, judgement.message

    for (_, check, message), group in groupby(sorted(judgements, key=cause), key=cause):
        found = list(group)
        first = found[0]
        block = Tree(f"[{COLOURS[first.verdict]}]{first.verdict}[/] [bold]{check}[/] {first.severity}: {escape(message)}")
        for judgement in found[:SHOWN_PER_CAUSE]:
            block.add(escape(judgement.urn.split("::", 2)[-1]))
        if len(found) > SHOWN_PER_CAUSE:
            block.add(f"[dim]and {len(found) - SHOWN_PER_CAUSE} more[/]")
        if first.verdict is Verdict.FAIL and check in verdicts.rules:
            block.add(f"[dim]fix:[/] {escape(verdicts.rules[check].fix)}")
        yield block


def _totals(preview: Preview) -> Text:
    plan = preview.plan
    text = Text.assemble((f"{len(plan.made)} resources", "bold"), f" in {len(plan.components)} components")
    if preview.verdicts is not None:
        for verdict, count in preview.verdicts.counts.items():
            text.append(", ").append(f"{count} {verdict}", COLOURS[verdict] if count else "dim")
    seconds = f"{preview.plan_seconds:.2f} s" + (f" + {preview.policy_seconds:.2f} s policies" if preview.verdicts else "")
    return text.append(f", {seconds}", "dim")
