"""Redirects of the general host name: each client is sent to the host name of its jurisdiction, which is where its data stays."""

from collections.abc import Iterable

import pulumi_cloudflare as cloudflare

from components.catalog.routing import RoutingTable, routing
from components.edge.ruleset import Rule, all_of, one_of
from components.edge.steering_spec import SteeringSpec

COUNTRY = "ip.src.country"
"""Field of the rules language: ISO 3166-1 alpha-2 code, or XX and T1 (Cloudflare, rules language, fields)."""
TEMPORARY = 307
"""Status that keeps method and body and is not remembered: a client that travels is sent elsewhere tomorrow (RFC 9110 section 15.4.8)."""


def redirect_rules(spec: SteeringSpec, table: RoutingTable | None = None) -> tuple[Rule, ...]:
    """Rules for the zone's one ruleset of redirects, in order: one for each group, then the strictest for clients of no known country."""
    known = table or routing()
    hosts = spec.group_hostnames(known)
    by_country = tuple(
        _redirect(
            f"{group}-clients",
            f"{spec.hostname}: clients of group {group}",
            all_of([_general(spec), one_of(COUNTRY, countries)]),
            hosts[group],
        )
        for group in known.groups
        if (countries := _countries(known, group))
    )
    rest = known.unresolved.group
    return (*by_country, _redirect("unresolved-clients", f"{spec.hostname}: clients of no known country", _general(spec), hosts[rest]))


def _countries(table: RoutingTable, group: str) -> Iterable[str]:
    return tuple(country for route in table.routes_of(group) for country in route.countries)


def _general(spec: SteeringSpec) -> str:
    return one_of("http.host", [spec.hostname])


def _redirect(ref: str, description: str, expression: str, host: str) -> Rule:
    target = cloudflare.RulesetRuleActionParametersFromValueTargetUrlArgs(
        expression=f'concat("https://{host}", http.request.uri.path)',
    )
    return Rule(
        ref=ref,
        description=description,
        expression=expression,
        action="redirect",
        parameters=cloudflare.RulesetRuleActionParametersArgs(
            from_value=cloudflare.RulesetRuleActionParametersFromValueArgs(
                target_url=target, status_code=TEMPORARY, preserve_query_string=True
            )
        ),
    )
