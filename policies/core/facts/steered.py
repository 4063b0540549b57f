"""Pools that a load balancer of Cloudflare names: for everybody, and by where clients are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.core import edge_tokens
from policies.core.resource import Resource
from policies.core.rule import Subject
from policies.core.verdict import Undecided

LISTS = ("defaultPools",)
MAPS = ("countryPools", "regionPools", "popPools")
"""Properties that name pools in order. Pools of maps stand under the place of clients."""


@dataclass(frozen=True)
class Named:
    """Pools of one list, or of all places of a map whose ids are not known yet."""

    where: str
    """Property, with the place where it is one."""
    pools: Mapping[str, Resource | None]
    """Name or id -> the pool, where the stack makes it."""
    mixed: bool = False
    """Whether several lists are in it, of which nobody knows yet which names what."""


def lists(balancer: Subject) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every list: what it is called, and where it stands as property and place."""
    read = balancer.properties
    yield from ((key, (key, "")) for key in LISTS)
    yield from ((f"{key}.{place}", (key, place)) for key in MAPS for place in read.section(key))


def named(balancer: Subject) -> Iterator[Named]:
    """What each property names: by property dependency where the stack makes its pools, by id list by list where it does not.

    Raises:
        Undecided: an id is unknown, and comes from no pool of the stack.
    """
    for key in (*LISTS, *MAPS):
        made = balancer.referents(key, *edge_tokens.LOAD_BALANCER_POOL)
        if made:
            pools = {pool.properties.text("name", pool.name): pool for pool in made}
            yield Named(key, pools, mixed=key in MAPS and len(balancer.properties.section(key)) > 1)
        else:
            yield from _by_id(balancer, key)


def _by_id(balancer: Subject, key: str) -> Iterator[Named]:
    read = balancer.properties
    for where, (property, place) in lists(balancer):
        if property == key and key in read:
            ids = read.section(key).texts(place) if place else read.texts(key)
            yield Named(where, dict.fromkeys(ids))


def regions(balancer: Subject, names: Named) -> frozenset[str]:
    """Regions that these pools lead to.

    Raises:
        Undecided: the fleet does not say where one of them leads.
    """
    found = {pool: balancer.settings.fleet.region_of_pool(pool) for pool in names.pools}
    if lost := sorted(pool for pool, region in found.items() if not region):
        raise Undecided(f"fleet.regions.*.pools (where {', '.join(lost)} leads)")
    return frozenset(found.values())
