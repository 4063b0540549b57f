"""Exceptions that somebody answers for, until a date. The file is policies/waivers.yaml."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import yaml

from policies.core.names import near
from policies.core.rule import Rule

Field = tuple[Callable[[Any], bool], Callable[[Any], str]]
"""Whether a value will do, and what will, where one does not."""
LONGEST_DAYS = 90
"""An exception that is still needed after a quarter is a decision: change the rule or its settings."""

WAIVERS_FILE = Path(__file__).parent.parent / "waivers.yaml"
"""The waivers of this repository."""


class WaiverError(ValueError):
    """The waivers hold faults; the message lists all, one line each, as `path: value: what is allowed`."""


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One exception."""

    id: str
    """The rule waived, e.g. `sec-01`."""
    urn: str
    """Glob of the URNs it holds for; `*` matches any characters."""
    reason: str
    """Why the finding is accepted."""
    owner: str
    """Team that answers for it."""
    ticket: str
    """Where it was agreed."""
    expires: date
    """Last day it holds."""

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it speaks of this finding, expired or not."""
        return self.id == rule and fnmatchcase(urn, self.urn)

    def holds(self, today: date) -> bool:
        """Whether it has not expired."""
        return today <= self.expires


def read_waivers(rules: Iterable[Rule], today: date, file: Path = WAIVERS_FILE) -> tuple[Waiver, ...]:
    """The waivers of a file.

    Raises:
        WaiverError: all faults at once.
    """
    try:
        text = file.read_text(encoding="utf-8")
        return waivers(yaml.safe_load(text), rules, today)
    except OSError as fault:
        raise WaiverError(f"{file}: {fault.strerror}: a readable YAML file") from None
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise WaiverError(f"{file}, line {line}: {fault.problem}: YAML that parses") from None
    except (yaml.YAMLError, UnicodeDecodeError):  # what no reader can place
        raise WaiverError(f"{file}: characters that are no text: YAML in UTF-8") from None
    except WaiverError as faults:
        raise WaiverError("\n".join(f"{file.name}: {line}" for line in str(faults).splitlines())) from None


def waivers(document: Any, rules: Iterable[Rule], today: date) -> tuple[Waiver, ...]:
    """The waivers of a parsed document: a list, or nothing at all.

    Raises:
        WaiverError: all faults at once.
    """
    entries = cast("list[Any]", document or [])
    faults = list(_faults(entries, {rule.id: rule for rule in rules}, today))
    if faults:
        raise WaiverError("\n".join(faults))
    return tuple(Waiver(**entry) for entry in entries)


def _faults(entries: Any, rules: Mapping[str, Rule], today: date) -> Iterator[str]:
    if not isinstance(entries, list):
        yield f"(document): {type(entries).__name__}: a list of waivers"
        return
    allowed = _allowed(rules, today)
    for index, entry in enumerate(cast("list[Any]", entries)):
        if isinstance(entry, dict):
            yield from (f"waivers[{index}].{fault}" for fault in _entry_faults(cast("dict[Any, Any]", entry), allowed))
        else:
            yield f"waivers[{index}]: {entry!r}: an object with {', '.join(allowed)}"


def _entry_faults(entry: Mapping[Any, Any], allowed: Mapping[str, Field]) -> Iterator[str]:
    for key, (accepts, description) in allowed.items():
        if key not in entry:
            yield f"{key}: missing: {description('')}"
        elif not accepts(entry[key]):
            yield f"{key}: {entry[key]}: {description(entry[key])}"
    yield from (f"{key}: {entry[key]}: no such field; there are {', '.join(allowed)}" for key in entry if key not in allowed)


def _allowed(rules: Mapping[str, Rule], today: date) -> Mapping[str, Field]:
    """Field -> whether a value will do, and what will."""
    waivable = [id for id, rule in rules.items() if rule.waivable]
    latest = today + timedelta(days=LONGEST_DAYS)

    def says_something(value: Any) -> bool:
        return isinstance(value, str) and bool(value.strip())

    def of_rules(value: Any) -> str:
        kept = value in rules if isinstance(value, str) else False
        return f"a rule that may be waived; {'this one cannot' if kept else near(value, waivable)}"

    def always(text: str) -> Callable[[Any], str]:
        return lambda value: text

    return {
        "id": (lambda value: value in waivable, of_rules),
        "urn": (
            lambda value: isinstance(value, str) and re.search(r"[^*?]{3}", value) is not None,
            always("a glob of URNs with at least three plain characters in a row"),
        ),
        "reason": (says_something, always("a sentence that says why the finding is accepted")),
        "owner": (says_something, always("the team that answers for it")),
        "ticket": (says_something, always("where it was agreed")),
        "expires": (
            lambda value: type(value) is date and value <= latest,
            always(f"a date like 2026-01-31, no later than {latest} ({LONGEST_DAYS} days from today)"),
        ),
    }
