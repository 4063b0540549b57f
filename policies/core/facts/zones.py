"""In which availability zones resources lie."""

from collections.abc import Iterable, Iterator

from policies.core import tokens
from policies.core.resource import Resource, Stack
from policies.core.verdict import Undecided


def zone(subnet: Resource) -> str:
    """The subnet's zone, by id (`euw1-az1`) where the program gives it, else by name (`eu-west-1a`).

    Raises:
        Undecided: it is unknown, or left to AWS.
    """
    for key in ("availabilityZoneId", "availabilityZone"):
        if key in subnet.properties:
            return subnet.properties.text(key)
    raise Undecided(f"{subnet.name}.availabilityZoneId")


def zones(subnets: Iterable[Resource]) -> frozenset[str]:
    """Zones of several subnets."""
    return frozenset(zone(subnet) for subnet in subnets)


def subnets(stack: Stack, resource: Resource, property: str, count: int) -> Iterator[Resource]:
    """The subnets, `count` in number, that a property names.

    Raises:
        Undecided: after the known ones, when some are not part of the stack.
    """
    found = stack.referents(resource, property, tokens.SUBNET)
    yield from found
    if len(found) < count:
        raise Undecided(f"{resource.name}.{property} (subnets outside this stack)")
