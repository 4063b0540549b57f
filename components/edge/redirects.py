"""Redirects at the edge: old host names, and from the general host name to that of a visitor's jurisdiction."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components.base import Component, Spec
from components.edge.regional import host_faults
from components.edge.ruleset import Phase, PhaseArgs, Rule, all_of, import_faults, one_of, phase_ruleset, quoted
from components.edge.site import EdgeSite

MOVED = 301
"""For ever; browsers keep it."""
TEMPORARY = 307
"""For this request; method and body stay."""


class RedirectsSpec(Spec):
    """Knobs of redirects."""

    hosts: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Host name -> host name it moved to for good, e.g. `www.example.com` -> `example.com`."""
    import_ids: Mapping[Phase, str] = Field(default_factory=dict[Phase, str])
    """Phase -> id of a ruleset to adopt, once."""


@dataclass(frozen=True, kw_only=True)
class CountryRedirect:
    """Where visitors of some countries go."""

    target: str
    """Host name of their jurisdiction, e.g. `eu.api.example.com`."""
    countries: Sequence[str]
    """ISO 3166-1 codes as Cloudflare knows them; none means everybody whom no redirect before this one took."""


@dataclass(frozen=True, kw_only=True)
class RedirectsArgs:
    """Wires of Redirects."""

    spec: RedirectsSpec
    """Knobs."""
    site: EdgeSite
    """The zone."""
    general_host: str | None = None
    """Host name without a jurisdiction; none where each visitor names one."""
    jurisdictions: Mapping[str, CountryRedirect] | None = None
    """Jurisdiction -> where its visitors go from the general host name, in order."""


def redirect_faults(args: RedirectsArgs) -> Iterator[str]:
    """A line for each loop, host name outside the zone, unknown spelling of a country, and country sent two ways."""
    for source, target in args.spec.hosts.items():
        if target in args.spec.hosts:
            yield f"hosts.{source}: {target}: is redirected itself: name the last host of the chain"
    yield from import_faults(args.spec.import_ids, Phase.REDIRECTS)
    yield from host_faults(args.site, "hosts", args.spec.hosts)
    jurisdictions = dict(args.jurisdictions or {})
    yield from host_faults(args.site, "jurisdictions", [redirect.target for redirect in jurisdictions.values()])
    if jurisdictions and not args.general_host:
        yield "general_host: none: redirects by country start at one: name it"
    first: dict[str, str] = {}
    for jurisdiction, redirect in jurisdictions.items():
        if redirect.target == args.general_host:
            yield f"jurisdictions.{jurisdiction}: {redirect.target}: is the general host itself and would redirect for ever: name another"
        for country in redirect.countries:
            if not re.fullmatch(r"[A-Z][A-Z1]", country):
                yield f"jurisdictions.{jurisdiction}: {country}: no country code: two capitals (ISO 3166-1)"
            if (other := first.setdefault(country, jurisdiction)) != jurisdiction:
                yield f"jurisdictions.{jurisdiction}: {country}: goes to {other} already: name each country once"
    everybody = [jurisdiction for jurisdiction, redirect in jurisdictions.items() if not redirect.countries]
    if everybody and everybody != [list(jurisdictions)[-1]]:
        yield f"jurisdictions.{everybody[0]}: takes everybody: put it last, and only one such"


class Redirects(Component, token="meridian:edge:Redirects"):
    """Redirect rules of the zone; the first that matches ends the request.

    Raises:
        ValueError: a redirect would loop, leave the zone or contradict another; or the plan takes fewer rules.
    """

    targets: list[str]
    """Host names that visitors are sent to, in the order of the rules."""

    def __init__(self, name: str, args: RedirectsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := list(redirect_faults(args)):
            raise ValueError(f"redirects '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        moved = [
            _rule(f"host-{source}", f"{source} moved", [one_of("http.host", [source])], target, MOVED) for source, target in _hosts(args)
        ]
        rules = [*moved, *_by_country(args)]
        if rules:
            phase_ruleset(self, name, PhaseArgs(site=args.site, phase=Phase.REDIRECTS, rules=rules, import_ids=args.spec.import_ids))
        self.targets = [target for _, target in _hosts(args)] + [redirect.target for redirect in (args.jurisdictions or {}).values()]
        self._seal()


def _hosts(args: RedirectsArgs) -> list[tuple[str, str]]:
    return list(args.spec.hosts.items())


def _by_country(args: RedirectsArgs) -> Iterator[Rule]:
    for jurisdiction, redirect in (args.jurisdictions or {}).items():
        when = [one_of("http.host", [args.general_host or ""])]
        when += [one_of("ip.src.country", redirect.countries)] * bool(redirect.countries)
        yield _rule(f"jurisdiction-{jurisdiction}", f"Visitors of {jurisdiction}", when, redirect.target, TEMPORARY)


def _rule(ref: str, description: str, when: Sequence[str], target: str, status: int) -> Rule:
    url = cloudflare.RulesetRuleActionParametersFromValueTargetUrlArgs(
        expression=f"concat({quoted(f'https://{target}')}, http.request.uri.path)"
    )
    value = cloudflare.RulesetRuleActionParametersFromValueArgs(target_url=url, preserve_query_string=True, status_code=status)
    parameters = cloudflare.RulesetRuleActionParametersArgs(from_value=value)
    return Rule(ref=ref, description=description, expression=all_of(when), action="redirect", parameters=parameters)
