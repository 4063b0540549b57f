"""Which rules of ours and of others speak of the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
TOOLS = ("checkov", "trivy", "kyverno", "polaris", "kube-linter", "gatekeeper")
_TWIN = re.compile(r"^([^/]+?)-(?:cel|vpol|mpol)/")


@dataclass(frozen=True, eq=False)
class Topic:
    """A rule of ours, or one aspect of it."""

    rule: str
    """Its id."""
    aspect: str
    """Pattern of the findings that count; empty for all."""
    checks: Mapping[str, frozenset[str]]
    """Tool -> ids of its rules."""

    units: str = ""
    """Pattern of the labels that it is for; empty for all."""
    other: str = ""
    """Another rule of ours whose findings count too; empty for none."""

    def names(self, tool: str, check: str, unit: str) -> bool:
        """Whether this rule of the tool speaks of it."""
        return _TWIN.sub(r"\1/", check) in self.checks.get(tool, ()) and bool(re.search(self.units, unit))

    @property
    def rules(self) -> frozenset[str]:
        """Our rules."""
        return frozenset({self.rule, self.other} - {""})


@dataclass(frozen=True)
class Corpus:
    """Where labelled fixtures come from."""

    name: str
    """As tables name it."""
    repository: str
    """`owner/name`."""
    commit: str
    """What was read."""
    ids: str
    """The tool whose rules its labels name."""


@cache
def topics() -> tuple[Topic, ...]:
    """All, in the order of the file."""
    rows: list[dict[str, Any]] = yaml.load((HERE / "topics.yaml").read_text(), yaml.CSafeLoader)
    return tuple(
        Topic(
            row["rule"],
            row.get("aspect", ""),
            {tool: frozenset(row[tool]) for tool in TOOLS if tool in row},
            row.get("units", ""),
            row.get("or", ""),
        )
        for row in rows
    )


@cache
def corpora() -> Mapping[str, Corpus]:
    """All, by name."""
    rows: dict[str, dict[str, Any]] = yaml.load((HERE / "corpora.yaml").read_text(), yaml.CSafeLoader)
    return {name: Corpus(name, row["repository"], row["commit"], row["ids"]) for name, row in rows.items()}
