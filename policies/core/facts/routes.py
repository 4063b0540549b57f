"""Where traffic of a subnet goes: subnet -> association (else the VPC's main table) -> route table -> routes -> gateway."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, Undecided, known_first

WITH_INLINE_ROUTES = (tokens.ROUTE_TABLE, tokens.DEFAULT_ROUTE_TABLE)


def route_tables(stack: Stack, subnet: Resource) -> tuple[Resource, ...]:
    """Tables that decide about the subnet's traffic. A VPC among them stands for its own main table.

    Raises:
        Undecided: the table is not part of the stack.
    """
    associations = stack.referrers(subnet, tokens.ROUTE_TABLE_ASSOCIATION, "subnetId")
    if not associations:
        return _main_tables(stack, stack.referents(subnet, "vpcId", tokens.VPC), f"{subnet.name}.vpcId")
    return tuple(table for each in associations for table in _associated(stack, each))


def _associated(stack: Stack, association: Resource) -> tuple[Resource, ...]:
    tables = stack.referents(association, "routeTableId", *WITH_INLINE_ROUTES)
    return tables or _main_tables(stack, stack.referents(association, "routeTableId", tokens.VPC), f"{association.name}.routeTableId")


def _main_tables(stack: Stack, vpcs: tuple[Resource, ...], path: str) -> tuple[Resource, ...]:
    if not vpcs:
        raise Undecided(f"{path} (a route table outside this stack)")
    chosen = [each for vpc in vpcs for each in stack.referrers(vpc, tokens.MAIN_ROUTE_TABLE_ASSOCIATION, "vpcId")]
    if chosen:
        return tuple(table for each in chosen for table in stack.referents(each, "routeTableId", tokens.ROUTE_TABLE))
    adopted = [table for vpc in vpcs for table in stack.referrers(vpc, tokens.DEFAULT_ROUTE_TABLE, "defaultRouteTableId")]
    return (*adopted, *vpcs)


def internet_gateways(stack: Stack, table: Resource) -> Iterator[str]:
    """Internet gateways that the table's routes lead to, by name or id.

    Raises:
        Undecided: a gateway is unknown and none of this stack.
    """
    routes = stack.referrers(table, tokens.ROUTE, "routeTableId")
    yield from known_first(routes, lambda route: _ours(stack, route, "gatewayId") or _foreign(route.properties))
    if table.type in WITH_INLINE_ROUTES:
        yield from _ours(stack, table, "routes") or known_first(table.properties.sections("routes"), _foreign)


def _ours(stack: Stack, holder: Resource, property: str) -> tuple[str, ...]:
    return tuple(gateway.name for gateway in stack.referents(holder, property, tokens.INTERNET_GATEWAY))


def _foreign(route: Properties) -> Iterator[str]:
    yield from (gateway for gateway in route.texts("gatewayId") if gateway.startswith("igw-"))


def nat_gateways(stack: Stack, table: Resource) -> Iterator[Resource]:
    """NAT gateways of this stack that the table's routes lead to."""
    for route in stack.referrers(table, tokens.ROUTE, "routeTableId"):
        yield from stack.referents(route, "natGatewayId", tokens.NAT_GATEWAY)
    yield from stack.referents(table, "routes", tokens.NAT_GATEWAY)
