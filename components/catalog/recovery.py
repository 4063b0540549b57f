"""How long it takes to notice a loss and to go on, and what the platform's documents promise of it."""

import functools
from collections.abc import Mapping
from typing import Literal

from components.catalog.loader import Fact, read

Measure = Literal["users", "databases", "pods"]
"""Who waits: users to be served, databases to take writes, pods to run again."""


class Step(Fact):
    """Something that takes its time by itself."""

    seconds: int
    """Longest time."""
    source: str
    """Whose number it is."""


class Probe(Fact):
    """Settings of a health check."""

    interval: int
    """Seconds between two probes."""
    timeout: int
    """Seconds that a probe waits."""
    retries: int
    """Immediate repetitions."""
    consecutive_down: int
    """Failed probes in a row that count as a loss."""


class Target(Fact):
    """What the documents promise."""

    of: Measure
    """Whose waiting it limits."""
    seconds: int
    """Longest time."""
    source: str
    """Where they promise it."""


class Recovery(Fact):
    """All of it."""

    steps: Mapping[str, Step]
    """By name."""
    documents_probe: Probe
    """Health check of the documents."""
    targets: Mapping[str, Target]
    """By name."""
    utilisation: float
    """Share of capacity that the documents want used at least."""


@functools.cache
def recovery() -> Recovery:
    """The table of the catalogue."""
    return Recovery.model_validate(read("recovery"))
