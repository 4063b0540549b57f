"""Where data may go: jurisdictions, classes of data and the edges a copy may follow. Default deny."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from components.catalog.loader import Fact, find, read, region, regions


class DataClassRule(Fact):
    """What the law asks of one class of data."""

    crosses_borders: str | None
    """Basis on which it may go to any region; none where each edge needs its own."""
    minimum_retention_days: int
    """Least days a backup is kept."""
    maximum_retention_days: int | None
    """Most days a log or a backup is kept; none where no law ends it."""


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


class Regime(Fact):
    """What stands above the law of the place: data under it may leave only for where it holds too, or for what is as good."""

    regions: tuple[str, ...]
    """Regions where it holds."""
    data_classes: tuple[str, ...]
    """Classes of data that it binds."""
    source: str
    """The law."""


class Equivalence(Fact):
    """What lets data of a regime lie where the regime itself does not hold."""

    regime: str
    """Name of the regime."""
    region: str
    """Region that is as good."""
    data_classes: tuple[str, ...]
    """Classes that may lie there."""
    basis: str
    """Why it is as good."""


class Transfer(Fact):
    """Entry of the register of transfers: somebody answers for an edge."""

    source: str
    """Jurisdiction the data lies in."""
    destination: str
    """Jurisdiction of the copy."""
    owner: str
    """Team that answers for it."""
    agreement: str
    """The processing agreement, as the company files it."""
    reviewed_until: date
    """Last day on which the review holds."""


class Inflow(Fact):
    """Why data of a country's people may be collected from abroad."""

    basis: str
    """What its law says of that."""
    assessment: str
    """The impact assessment, as the company files it."""
    reviewed_until: date
    """Last day on which the review holds."""


@dataclass(frozen=True)
class Passage:
    """The answer of the table: whether data may move, and why."""

    allowed: bool
    """Whether it may."""
    basis: str
    """Legal basis where it may; what is missing where it may not."""


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


@functools.cache
def document_classes() -> Mapping[str, str]:
    """Class of the platform's documents -> ours."""
    return MappingProxyType(dict(_rows("document_classes")))


@functools.cache
def regimes() -> Mapping[str, Regime]:
    """All regimes that data takes along, by name."""
    return MappingProxyType({name: Regime.model_validate(row) for name, row in _rows("regimes").items()})


@functools.cache
def equivalences() -> tuple[Equivalence, ...]:
    """All places that are as good as those of a regime."""
    return tuple(Equivalence.model_validate(row) for row in _rows("equivalences"))


@functools.cache
def transfers() -> tuple[Transfer, ...]:
    """The register of transfers."""
    return tuple(Transfer.model_validate(row) for row in _rows("transfers"))


@functools.cache
def inflows() -> Mapping[str, Inflow]:
    """Country -> why its people may be served from abroad."""
    return MappingProxyType({country: Inflow.model_validate(row) for country, row in _rows("inflows").items()})


def laws(region_name: str) -> tuple[str, ...]:
    """Laws whose regime a region can be under: those of its jurisdiction, less what holds in other regions of it only."""
    found = jurisdiction(region(region_name).jurisdiction).laws
    return tuple(law for law in found if law not in regimes() or region_name in regimes()[law].regions)


def data_class(name: str) -> DataClassRule:
    """What holds for that class; raises NotInCatalog."""
    return find("data class", name, data_classes())


def jurisdiction(code: str) -> Jurisdiction:
    """The jurisdiction of that code; raises NotInCatalog."""
    return find("jurisdiction", code, jurisdictions())


def passage(data_class_name: str, from_region: str, to_region: str) -> Passage:
    """Whether data of the class may move from one region to the other, and on what basis: the one answer that components, policies and
    reports give. A copy, a backup, a log, a fail-over all move data. Classes may be spelt as the documents spell them.

    Raises:
        NotInCatalog: class or region is unknown.
    """
    name = document_classes().get(data_class_name, data_class_name)
    source, destination = region(from_region).jurisdiction, region(to_region).jurisdiction
    if anywhere := data_class(name).crosses_borders:
        return Passage(allowed=True, basis=anywhere)
    if from_region == to_region:
        return Passage(allowed=True, basis=f"stays in {from_region}")
    lawful = jurisdiction(source).within if source == destination else _crossing(name, source, destination)
    if lawful is None:
        return Passage(allowed=False, basis=f"no legal basis for {name} data to leave {source} for {destination}")
    kept = [_kept(regime, name, to_region) for regime, row in regimes().items() if from_region in row.regions and name in row.data_classes]
    if missing := [fault for equal, fault in kept if not equal]:
        return Passage(allowed=False, basis="; ".join(missing))
    return Passage(allowed=True, basis="; ".join([lawful, *(equal for equal, _ in kept)]))


def may_copy(data_class_name: str, from_region: str, to_region: str) -> str | None:
    """Legal basis on which data of the class may be copied from one region to the other; none where it may not.

    Raises:
        NotInCatalog: class or region is unknown.
    """
    found = passage(data_class_name, from_region, to_region)
    return found.basis if found.allowed else None


def regions_allowed(data_class_name: str, from_region: str) -> tuple[str, ...]:
    """Regions that a copy of such data may go to, the region itself left out."""
    return tuple(name for name in regions() if name != from_region and may_copy(data_class_name, from_region, name))


def _crossing(data_class_name: str, source: str, destination: str) -> str | None:
    ways = (edge for edge in edges() if (edge.source, edge.destination) == (source, destination))
    return next((edge.basis for edge in ways if data_class_name in edge.data_classes), None)


def _kept(regime: str, data_class_name: str, region_name: str) -> tuple[str, str]:
    """Why data under the regime is as well off in the region, or what is missing there."""
    if region_name in regimes()[regime].regions:
        return f"{regime} holds in {region_name} too", ""
    equal = (row for row in equivalences() if (row.regime, row.region) == (regime, region_name))
    basis = next((row.basis for row in equal if data_class_name in row.data_classes), "")
    return basis, "" if basis else f"{regime} does not hold in {region_name}, and no equivalence makes up for it"


@functools.cache
def _tables() -> Mapping[str, Any]:
    return read("residency")


def _rows(table: str) -> Any:
    return _tables()[table]
