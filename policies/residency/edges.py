"""What rules about edges share: the check, and small stacks to prove it on."""

from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts.edges import edges
from policies.core.facts.passages import moved_class, passage
from policies.core.rule import Subject
from policies.core.verdict import known_first

CONTROLS = ("gdpr:44", "gdpr:46")
"""Transfers to third countries."""
FIX = (
    "Name a region that the residency table allows for the class (components/catalog/residency.yaml), tag what moves with the class it is "
    "(tags data-class), or have whoever answers for data protection add an edge."
)
SETTINGS = ("residency_groups", "untagged_data_class", "network_links")


def refused(subject: Subject) -> Iterator[str]:
    """One line for each edge that the table does not allow."""
    for edge in edges(subject.stack, subject.resource):
        found = passage(edge, subject.settings)
        if not found.allowed:
            moved = moved_class(edge, subject.settings)
            yield f"{edge.kind}: {moved} data of {edge.source} goes to {edge.destination} ({edge.place}): {found.basis}"


def ireland(data_class: str = "personal") -> Draft:
    """A provider of eu-west-1."""
    return resource(tokens.AWS_PROVIDER, {"region": "eu-west-1", "defaultTags": f'{{"tags": {{"data-class": "{data_class}"}}}}'})


def of_ireland(type: str, inputs: dict[str, Any], /, data_class: str = "personal", **others: Draft) -> Example:
    """A resource of eu-west-1 and its neighbours."""
    return example(resource(type, inputs), **others, provider=ireland(data_class))


def all_known(*settled: Iterator[str]) -> Iterator[str]:
    """Findings of several parts of a check; what is unknown in one hides nothing of the others."""
    return known_first(settled, lambda each: each)
