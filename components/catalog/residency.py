"""Where data may go: jurisdictions, classes of data and the edges a copy may follow. Default deny."""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from components.catalog.loader import Fact, find, read, region, regions


class DataClassRule(Fact):
    """What the law asks of one class of data."""

    crosses_borders: str | None
    """Basis on which it may go to any region; none where each edge needs its own."""
    minimum_retention_days: int
    """Least days a backup is kept."""


class Jurisdiction(Fact):
    """A territory with its own data protection law."""

    code: str
    """ISO 3166-1 code, as in `Region.jurisdiction`."""
    laws: tuple[str, ...]
    """Short names of its laws, e.g. `GDPR`."""
    within: str
    """Basis on which data may be copied between its own regions."""


class Edge(Fact):
    """A way that data may take from one jurisdiction to another."""

    source: str
    """Jurisdiction the data lies in."""
    destination: str
    """Jurisdiction of the copy."""
    data_classes: tuple[str, ...]
    """Classes that may take it."""
    basis: str
    """Article or decision that permits it."""


@functools.cache
def data_classes() -> Mapping[str, DataClassRule]:
    """All classes of data, in rising order."""
    return MappingProxyType({name: DataClassRule.model_validate(row) for name, row in _rows("data_classes").items()})


@functools.cache
def jurisdictions() -> Mapping[str, Jurisdiction]:
    """All jurisdictions, by code."""
    return MappingProxyType({code: Jurisdiction(code=code, **row) for code, row in _rows("jurisdictions").items()})


@functools.cache
def edges() -> tuple[Edge, ...]:
    """All edges between jurisdictions."""
    return tuple(Edge.model_validate(row) for row in _rows("edges"))


def data_class(name: str) -> DataClassRule:
    """What holds for that class; raises NotInCatalog."""
    return find("data class", name, data_classes())


def jurisdiction(code: str) -> Jurisdiction:
    """The jurisdiction of that code; raises NotInCatalog."""
    return find("jurisdiction", code, jurisdictions())


def may_copy(data_class_name: str, from_region: str, to_region: str) -> str | None:
    """Legal basis on which data of the class may be copied from one region to the other; none where it may not.

    Raises:
        NotInCatalog: class or region is unknown.
    """
    source, destination = region(from_region).jurisdiction, region(to_region).jurisdiction
    if anywhere := data_class(data_class_name).crosses_borders:
        return anywhere
    if source == destination:
        return jurisdiction(source).within
    return next(
        (
            edge.basis
            for edge in edges()
            if (edge.source, edge.destination) == (source, destination) and data_class_name in edge.data_classes
        ),
        None,
    )


def regions_allowed(data_class_name: str, from_region: str) -> tuple[str, ...]:
    """Regions that a copy of such data may go to, the region itself left out."""
    return tuple(name for name in regions() if name != from_region and may_copy(data_class_name, from_region, name))


@functools.cache
def _tables() -> Mapping[str, Any]:
    return read("residency")


def _rows(table: str) -> Any:
    return _tables()[table]
