"""The graph of all ways that data takes between regions, each with the basis it stands on: evidence for an audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from meridian.saved.estate import Estate
from policies.core.facts.edges import SUBJECTS, Edge, edges
from policies.core.facts.passages import moved_class, passage
from policies.core.resource import Resource, Stack
from policies.core.settings import Settings
from policies.core.verdict import Undecided


class State(StrEnum):
    """What the residency table says of an edge, the gravest first."""

    REFUSED = "refused"
    UNDECIDED = "undecided"
    """An end, or the class of what moves, is not known before the update."""
    ALLOWED = "allowed"


@dataclass(frozen=True, kw_only=True)
class Way:
    """One edge as it is reported."""

    state: State
    """What the table says."""
    basis: str
    """Why it may be, what is missing, or what is not known yet."""
    urn: str
    """The resource that moves the data."""
    kind: str = ""
    """How it moves it; empty while undecided, as everything below."""
    source: str = ""
    """Region the data lies in."""
    destination: str = ""
    """Region it goes to."""
    data_class: str = ""
    """Class of what moves."""
    place: str = ""
    """How the resource names the other end."""


def residency(estates: Sequence[Estate], settings: Settings) -> tuple[Way, ...]:
    """All edges of all stacks, judged as one: a bucket of one stack tells the region of another's copies. The gravest come first."""
    stack = Stack(resource for estate in estates for resource in estate.resources)
    found = (way for resource in stack.of_type(*SUBJECTS) for way in _ways(stack, resource, settings))
    return tuple(sorted(found, key=lambda way: (list(State).index(way.state), way.source, way.destination, way.kind, way.urn)))


def _ways(stack: Stack, resource: Resource, settings: Settings) -> Iterator[Way]:
    try:
        for edge in edges(stack, resource):
            yield _judged(edge, settings)
    except Undecided as leaf:
        yield Way(state=State.UNDECIDED, basis=f"{leaf} is not known yet", urn=resource.urn)


def _judged(edge: Edge, settings: Settings) -> Way:
    found = passage(edge, settings)
    return Way(
        state=State.ALLOWED if found.allowed else State.REFUSED,
        basis=found.basis,
        urn=edge.urn,
        kind=edge.kind,
        source=edge.source,
        destination=edge.destination,
        data_class=moved_class(edge, settings),
        place=edge.place,
    )
