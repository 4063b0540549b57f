"""Where the general host name sends whom: each client to the host name of its jurisdiction, which is where its data stays."""

from collections.abc import Mapping

from components.catalog.routing import RoutingTable, routing
from components.edge.redirects import CountryRedirect
from components.edge.steering_spec import SteeringSpec

UNRESOLVED = "unresolved"
"""Entry of clients whose country is not known."""


def country_redirects(spec: SteeringSpec, table: RoutingTable | None = None) -> Mapping[str, CountryRedirect]:
    """For `RedirectsArgs.jurisdictions`, in order: the countries of each group, then everybody else to the group of the strictest law."""
    known = table or routing()
    hosts = spec.group_hostnames(known)
    groups = {group: CountryRedirect(target=hosts[group], countries=_countries(known, group)) for group in known.groups}
    named = {group: redirect for group, redirect in groups.items() if redirect.countries}
    return {**named, UNRESOLVED: CountryRedirect(target=hosts[known.unresolved.group], countries=())}


def _countries(table: RoutingTable, group: str) -> tuple[str, ...]:
    return tuple(country for route in table.routes_of(group) for country in route.countries)
