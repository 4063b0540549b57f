"""What one fixture of another tool says of one of our rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.core.resource import Stack


@dataclass(frozen=True)
class Fixture:
    """Files that are judged together."""

    corpus: str
    """E.g. `trivy`."""
    directory: str
    """Within its repository; its digest decides the half."""
    name: str
    """Within the directory; empty where the whole directory is judged together."""
    framework: str
    """Checkov's name of the language."""
    files: Mapping[str, str]
    """Name -> text, for other judges; never kept."""
    stack: Stack
    """The same, converted."""


@dataclass(frozen=True)
class Case:
    """One label."""

    fixture: Fixture
    """Where it stands."""
    check: str
    """Id of the other tool's rule."""
    unit: str
    """What is labelled: an address, `Kind/name`, or `*` for the fixture as a whole."""
    bad: bool
    """Whether the other tool says that the rule is broken."""
    urns: frozenset[str]
    """The resources labelled."""
