"""List prices: what an hour, a gigabyte or a key costs where, as far as somebody has written it down."""

import functools
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from components.catalog.loader import Fact, NotInCatalog, find, read

HOURS_A_MONTH = 730
"""8,760 hours of a year by twelve, as AWS's own calculator has it."""


class PriceBasis(StrEnum):
    """How far a price can be trusted."""

    LISTED = "listed"
    """Read from a list."""
    DERIVED = "derived"
    """The list price of us-east-1, times what the same family costs more in the region."""
    ASSUMED = "assumed"
    """As derived, by the ratio of a sibling family."""


class Price(Fact):
    """One row: USD without tax, discounts and free tiers."""

    item: str
    """What is paid for, e.g. `ec2/m7g.large` or `ebs/gp3-storage`."""
    region: str
    """Where."""
    unit: str
    """What the price is of, e.g. `hour` or `GB-month`."""
    usd: float
    """Price of one unit."""
    basis: PriceBasis
    """How far to trust it."""
    source: str
    """Where it was read, and when that was written."""


_BASES = {"f": PriceBasis.DERIVED, "s": PriceBasis.ASSUMED}


def price(item: str, region: str) -> Price | None:
    """What the item costs in the region; none where nobody has written it down.

    Raises:
        NotInCatalog: no such item anywhere.
    """
    return find("price", item, prices()).get(region)


def monthly(item: str, region: str, hours: float = HOURS_A_MONTH) -> float | None:
    """USD a month of something that is paid by the hour; none where the price is not known, be it the item or the region."""
    try:
        found = price(item, region)
    except NotInCatalog:
        return None
    return None if found is None else found.usd * hours


@functools.cache
def prices() -> Mapping[str, Mapping[str, Price]]:
    """Item -> region -> price. An item of the table has all regions that are known and no other."""
    rows, sources = read("prices"), read("prices")["sources"]
    nodes = {
        f"{service}/{name}": ("hour", sources[service], text)
        for table, service in (("instances", "ec2"), ("cache_nodes", "elasticache"))
        for name, text in rows[table].items()
    }
    items = {name: (row["unit"], row["source"], row["usd"]) for name, row in rows["items"].items()}
    return MappingProxyType({name: _row(name, rows["regions"], *row) for name, row in {**nodes, **items}.items()})


def _row(item: str, regions: list[str], unit: str, source: str, text: str) -> Mapping[str, Price]:
    cells = str(text).split()
    if len(cells) != len(regions):
        raise ValueError(f"prices.yaml: {item}: {len(cells)} prices for {len(regions)} regions: one each, '-' where it is not known")
    return MappingProxyType(
        {
            region: Price(item=item, region=region, unit=unit, usd=float(cell.rstrip("fs")), basis=_basis(cell), source=source)
            for region, cell in zip(regions, cells, strict=True)
            if cell != "-"
        }
    )


def _basis(cell: str) -> PriceBasis:
    return _BASES.get(cell[-1], PriceBasis.LISTED)
