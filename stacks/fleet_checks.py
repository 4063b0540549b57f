"""Rules over several stack files: numbers, addresses, roles, partners."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network

from components import catalog
from components.network.address_plan import REGIONS, AddressPlan
from components.tags import DataClass
from stacks.faults import Fault
from stacks.neighbours import Neighbour
from stacks.profile import Environment, Role, Service
from stacks.spec import KEY, RegionSpec


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a spec is judged against besides itself."""

    today: date
    """The day of judgement."""
    neighbours: Mapping[str, Neighbour]
    """Other stack -> what its file says."""


Check = Callable[[RegionSpec, Surroundings], Iterator[Fault]]


def next_index(neighbours: Mapping[str, Neighbour]) -> int:
    """The smallest index that no stack file has."""
    taken = {neighbour.index for neighbour in neighbours.values()}
    return next(index for index in range(REGIONS + 1) if index not in taken)


def primaries(area: str, neighbours: Mapping[str, Neighbour]) -> list[str]:
    """Stacks of the area's primary regions."""
    return [stack for stack, neighbour in _fleet(neighbours).items() if neighbour.role == Role.PRIMARY and _area(neighbour.region) == area]


def _index(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    for stack, neighbour in surroundings.neighbours.items():
        if neighbour.index == spec.index:
            free = next_index(surroundings.neighbours)
            yield Fault(f"{KEY}.index", str(spec.index), f"taken by Pulumi.{stack}.yaml; the next free one is {free}")


def _addresses(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    try:
        own = AddressPlan.of(spec.index, (), spec.network.cidr_block).primary
    except ValueError as error:
        yield Fault(f"{KEY}.network.cidr_block", str(spec.network.cidr_block), str(error))
        return
    for stack, neighbour in surroundings.neighbours.items():
        if neighbour.cidr_block is not None and own.overlaps(IPv4Network(neighbour.cidr_block, strict=False)):
            fault = f"overlaps {neighbour.cidr_block} of Pulumi.{stack}.yaml; choose another block"
            yield Fault(f"{KEY}.network.cidr_block", str(own), fault)


def _role(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    """One primary in each area, which runs everything (S-011)."""
    area, path = _area(spec.region), f"{KEY}.role"
    if spec.environment is not Environment.PRODUCTION or area is None:
        return
    others = primaries(area, surroundings.neighbours)
    if spec.role is Role.PRIMARY:
        for stack in others:
            yield Fault(path, spec.role, f"Pulumi.{stack}.yaml is the primary of {area} already: make one of the two secondary")
        if missing := frozenset(Service) - spec.profile.services:
            yield Fault(
                f"{KEY}.profile", spec.profile, f"a primary offers all services, this one lacks {_listed(missing)}: take profile 'all'"
            )
    elif not others:
        yield Fault(path, spec.role, f"{area} has no primary: make this region or another of {area} one")


def _partner(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    """Who takes over must offer the same services and may hold the data of users (C-36, C-20). Sensitive data need not follow: where it may
    not, it is unavailable while its region is lost, as `drill` says.
    """
    if spec.partner is None:
        return
    path = f"{KEY}.partner"
    fleet = {neighbour.region: (stack, neighbour) for stack, neighbour in _fleet(surroundings.neighbours).items()}
    if spec.partner not in fleet:
        yield Fault(path, spec.partner, f"no other production region; there are {_listed(fleet)}")
        return
    stack, partner = fleet[spec.partner]
    if lacking := spec.profile.services - partner.services:
        yield Fault(
            path, spec.partner, f"Pulumi.{stack}.yaml lacks {_listed(lacking)}, which {spec.region} offers: change one of the profiles"
        )
    if stack != spec.partner:
        misnamed = f"Pulumi.{stack}.yaml: copies go to names derived from the region: call it Pulumi.{spec.partner}.yaml"
        yield Fault(path, spec.partner, misnamed)
    if partner.account_id and partner.account_id != spec.account_id:
        yield Fault(path, spec.partner, f"Pulumi.{stack}.yaml is of account {partner.account_id}: copies go within one account")
    data_class = DataClass.PERSONAL if spec.tags.data_class is DataClass.SENSITIVE else spec.tags.data_class
    if spec.region in catalog.regions() and not (found := catalog.passage(data_class, spec.region, spec.partner)).allowed:
        allowed = [region for region in catalog.regions_allowed(data_class, spec.region) if region in fleet]
        rest = f"allowed are {', '.join(allowed)}" if allowed else "no region is: leave `partner` out"
        lacking = f"{found.basis} (residency.yaml)"
        yield Fault(path, spec.partner, f"no legal basis to hold {data_class} data of {spec.region}: {lacking}; {rest}")


def _fleet(neighbours: Mapping[str, Neighbour]) -> dict[str, Neighbour]:
    return {stack: neighbour for stack, neighbour in neighbours.items() if neighbour.in_fleet}


def _area(region: str) -> str | None:
    row = catalog.regions().get(region)
    return row.area if row else None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


FLEET_CHECKS: tuple[Check, ...] = (_index, _addresses, _role, _partner)
"""In the order of their subjects."""
