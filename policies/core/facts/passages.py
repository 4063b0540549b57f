"""What the residency table says of an edge; one judge for rules and for the report."""

from components import catalog
from components.catalog import Passage
from policies.core.facts.edges import Edge, Kind
from policies.core.settings import Settings


def passage(edge: Edge, settings: Settings) -> Passage:
    """Whether the edge may be, on what basis, or what is missing. Groups and links of the settings come before the table."""
    here, there = edge.source, edge.destination
    groups = settings.residency_groups
    if here in groups and groups[here] == groups.get(there):
        return Passage(allowed=True, basis=f"both in residency group {groups[here]} of the configuration")
    if edge.kind is Kind.NETWORK and f"{here}>{there}" in settings.network_links:
        return Passage(allowed=True, basis="link listed in the configuration")
    try:
        return catalog.passage(moved_class(edge, settings), here, there)
    except catalog.NotInCatalog as unknown:
        return Passage(allowed=False, basis=str(unknown))


def moved_class(edge: Edge, settings: Settings) -> str:
    """Class of the data that the edge moves."""
    return edge.data_class or settings.untagged_data_class
