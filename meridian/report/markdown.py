"""Previews as a comment on a pull request: a table of all stacks, and per stack what changes and what the policies find."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from meridian.analysis.changes import Action, Change, counts
from meridian.fleet import Outcome
from policies.core.verdict import Judgement, Severity, Verdict

LONGEST = 60_000
"""Characters of a comment: GitHub takes 65,536, and what a workflow adds needs room."""
LONGEST_LIST = 25
"""Lines of one list; the rest is counted. The page and the JSON document have all."""
GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}
OPEN = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.WAIVED)
ORDER = (Action.REPLACE, Action.DELETE, Action.CREATE, Action.UPDATE)
"""What deserves a look first."""
MARKED = {character: f"\\{character}" for character in "\\`*_[]|~#"} | {"<": "&lt;", ">": "&gt;", "\n": " "}

Changes = Mapping[str, Sequence[Change]]


def markdown(outcomes: Sequence[Outcome], changes: Changes | None) -> str:
    """The comment. `changes` are those of each stack against the base branch, None where there is nothing to compare with."""
    head = "\n".join(["## Meridian preview", "", _verdict(outcomes, changes), "", *_table(outcomes, changes), ""])
    text, left_out = head, 0
    for outcome in outcomes:
        section = "\n".join(_section(outcome, changes))
        if len(text) + len(section) > LONGEST:
            left_out += 1
        else:
            text += section
    return text + (f"\n{left_out} stacks are left out, as a comment is too short for them: see the page.\n" if left_out else "")


def _verdict(outcomes: Sequence[Outcome], changes: Changes | None) -> str:
    faults = [outcome.stack for outcome in outcomes if outcome.preview is None]
    failing = [outcome.stack for outcome in outcomes if _of(outcome, Verdict.FAIL)]
    said = [f"**{len(outcomes)} stacks planned offline.**"]
    said += [f"**No Plan for {', '.join(faults)}.**"] if faults else []
    said += [f"Policies fail in {', '.join(failing)}." if failing else "Policies find nothing."]
    if changes is not None:
        changed = [stack for stack, found in changes.items() if found]
        said += [f"Changed against the base: {', '.join(changed)}." if changed else "Nothing changes against the base."]
    return " ".join(said)


def _table(outcomes: Sequence[Outcome], changes: Changes | None) -> Iterator[str]:
    actions = tuple(ORDER) if changes is not None else ()
    headings = ["stack", "resources", *actions, *OPEN]
    yield f"| {' | '.join(headings)} |"
    yield f"| --- |{' ---: |' * (len(headings) - 1)}"
    for outcome in outcomes:
        if outcome.preview is None:
            yield f"| {outcome.stack} |{' |' * (len(headings) - 1)}"
            continue
        changed = counts((changes or {}).get(outcome.stack, ()))
        numbers = [
            len(outcome.preview.plan.made),
            *(changed[action] for action in actions),
            *(len(_of(outcome, verdict)) for verdict in OPEN),
        ]
        yield f"| {outcome.stack} | {' | '.join(str(number) if number else '' for number in numbers)} |"


def _of(outcome: Outcome, verdict: Verdict) -> list[Judgement]:
    return outcome.preview.verdicts.of(verdict) if outcome.preview and outcome.preview.verdicts else []


def _section(outcome: Outcome, changes: Changes | None) -> Iterator[str]:
    changed = changes.get(outcome.stack, ()) if changes is not None else ()
    found = [judgement for verdict in OPEN for judgement in _of(outcome, verdict)]
    if not changed and not found and not outcome.fault:
        return
    yield f"<details><summary><b>{outcome.stack}</b>: {_summary(changed, found, outcome.fault)}</summary>\n"
    if outcome.fault:
        yield f"```text\n{outcome.fault.replace('```', '')}\n```\n"
    yield from _changed(changed)
    yield from _findings(outcome, found)
    yield "</details>\n"


def _summary(changed: Sequence[Change], found: Sequence[Judgement], fault: str) -> str:
    verdicts = Counter(judgement.verdict for judgement in found)
    said = [f"{number} to {action}" for action, number in counts(changed).items() if number]
    said += [f"{verdicts[verdict]} {verdict}" for verdict in OPEN if verdicts[verdict]]
    return ", ".join([*(["no Plan"] if fault else []), *said])


def _changed(changed: Sequence[Change]) -> Iterator[str]:
    lines = [
        f"- **{change.action}** `{_short(change.urn)}`" + (f": {_plain(', '.join(change.properties))}" if change.properties else "")
        for change in sorted(changed, key=lambda change: (ORDER.index(change.action), change.urn))
    ]
    yield from _at_most(lines)


def _findings(outcome: Outcome, found: Sequence[Judgement]) -> Iterator[str]:
    """Resources with the same fault share a line."""

    def cause(judgement: Judgement) -> tuple[int, int, str, str]:
        return OPEN.index(judgement.verdict), GRAVITY[judgement.severity], judgement.rule, judgement.message

    lines: list[str] = []
    for (_, _, rule, message), group in groupby(sorted(found, key=cause), key=cause):
        alike = list(group)
        where = f"`{_short(alike[0].urn)}`" + (f" and {len(alike) - 1} more" if len(alike) > 1 else "")
        lines.append(f"- **{alike[0].verdict}** {rule} ({alike[0].severity}) {_plain(message)}: {where}{_fix(outcome, alike[0])}")
    yield from _at_most(lines)


def _fix(outcome: Outcome, judgement: Judgement) -> str:
    rules = outcome.preview.verdicts.rules if outcome.preview and outcome.preview.verdicts else None
    fixable = rules is not None and judgement.verdict is Verdict.FAIL and judgement.rule in rules
    return f"<br>*Fix:* {_plain(rules[judgement.rule].fix)}" if rules is not None and fixable else ""


def _at_most(lines: Sequence[str]) -> Iterable[str]:
    rest = len(lines) - LONGEST_LIST
    shown = [*lines[:LONGEST_LIST], *([f"- and {rest} more"] if rest > 0 else [])]
    return ["\n".join(shown) + "\n"] if shown else []


def _short(urn: str) -> str:
    """Type and name: what a reader looks for. The rest is the same for the whole stack."""
    _, _, path, name = urn.split("::", 3)
    return f"{path.split('$')[-1]} {name}".replace("`", "")


def _plain(text: str) -> str:
    return "".join(MARKED.get(character, character) for character in text)
