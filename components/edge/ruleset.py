"""Cloudflare rulesets: one per phase of a zone, owned by one component, each rule with a reference of its own.

A zone has one entry point ruleset for each phase. Two owners would overwrite each other, and a rule without `ref` gets a new id, and
loses its analytics, whenever one before it goes (cloudflare/terraform-provider-cloudflare#5921).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.site import EdgeSite


class Phase(StrEnum):
    """Phases that Meridian owns, as the Rulesets API spells them."""

    CACHE = "http_request_cache_settings"
    REDIRECTS = "http_request_dynamic_redirect"
    RESPONSE_HEADERS = "http_response_headers_transform"
    FIREWALL_CUSTOM = "http_request_firewall_custom"
    FIREWALL_MANAGED = "http_request_firewall_managed"
    RATE_LIMITS = "http_ratelimit"
    DDOS = "ddos_l7"


LIMITS = {
    Phase.CACHE: "rules.cache",
    Phase.REDIRECTS: "rules.redirects",
    Phase.RESPONSE_HEADERS: "rules.response-headers",
    Phase.FIREWALL_CUSTOM: "rules.firewall-custom",
    Phase.RATE_LIMITS: "rules.rate-limits",
    Phase.DDOS: "rules.ddos",
}
"""Phase -> limit of the plan table that bounds its rules."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule. Always enabled and always described; fields left out make a diff in every run of some provider versions (#5378, #5523)."""

    ref: str
    """Lasting name of the rule within the phase, in kebab case."""
    description: str
    """What it does, as shown in the dashboard."""
    expression: str
    """When it applies, in Cloudflare's rules language."""
    action: str
    """What it does, as the Rulesets API spells it."""
    parameters: cloudflare.RulesetRuleActionParametersArgs | None = None
    """Parameters of the action."""
    ratelimit: cloudflare.RulesetRuleRatelimitArgs | None = None
    """Counter, for rate limits only."""

    def args(self) -> cloudflare.RulesetRuleArgs:
        """The rule as the SDK takes it."""
        return cloudflare.RulesetRuleArgs(
            ref=self.ref,
            description=self.description,
            enabled=True,
            expression=self.expression,
            action=self.action,
            action_parameters=self.parameters,
            ratelimit=self.ratelimit,
        )


def count_faults(site: EdgeSite, phase: Phase, refs: Iterable[str]) -> Iterator[str]:
    """A line if the zone's plan takes fewer rules in the phase, and one for each reference used twice."""
    counted = Counter(list(refs))
    if phase in LIMITS and (total := counted.total()) > (most := site.limit(LIMITS[phase])):
        yield f"{phase}: {total} rules ({', '.join(counted)}): plan {site.plan} takes {most}: merge rules or take a higher plan"
    yield from (
        f"{phase}: rule '{ref}' is there {times} times: give each rule a name of its own" for ref, times in counted.items() if times > 1
    )


def import_faults(import_ids: Iterable[Phase], *owned: Phase) -> Iterator[str]:
    """A line for each ruleset to adopt whose phase something else owns; it would be left alone in silence."""
    for phase in import_ids:
        if phase not in owned:
            yield f"import_ids.{phase}: not owned here: allowed are {', '.join(owned)}: move it to what owns that phase"


@dataclass(frozen=True, kw_only=True)
class PhaseArgs:
    """What a phase's ruleset is made of."""

    site: EdgeSite
    """The zone."""
    phase: Phase
    """The phase."""
    rules: Sequence[Rule]
    """Rules in the order they are evaluated."""
    import_ids: Mapping[Phase, str]
    """Phase -> id of the ruleset that the zone has there already, made by hand: creating a second one fails. Remove it after the import."""


def phase_ruleset(owner: Component, name: str, args: PhaseArgs) -> cloudflare.Ruleset:
    """The entry point ruleset of the phase.

    Raises:
        ValueError: the plan takes fewer rules, or two have the same reference.
    """
    if faults := list(count_faults(args.site, args.phase, [rule.ref for rule in args.rules])):
        raise ValueError(f"ruleset '{name}': {'; '.join(faults)}")
    known = args.import_ids.get(args.phase)
    adopted = pulumi.ResourceOptions(import_=known and f"zones/{args.site.zone_id}/{known}")
    return cloudflare.Ruleset(
        f"{name}-{args.phase.value.replace('_', '-')}",
        zone_id=args.site.zone_id,
        name=f"meridian {args.phase.name.lower().replace('_', ' ')}",
        description="Owned by Meridian: changes by hand are undone",
        kind="zone",
        phase=args.phase.value,
        rules=[rule.args() for rule in args.rules],
        opts=pulumi.ResourceOptions.merge(owner.child, adopted),
    )


def quoted(text: str) -> str:
    """A string literal of the rules language."""
    return json.dumps(text, ensure_ascii=False)


def one_of(field: str, values: Iterable[str]) -> str:
    """`field` equals one of the values, in the spelling that the API gives back."""
    listed = sorted(set(values))
    return f"{field} eq {quoted(listed[0])}" if len(listed) == 1 else f"{field} in {{{' '.join(map(quoted, listed))}}}"


def path_under(prefix: str) -> str:
    """The path begins with the prefix. `starts_with` needs no regular expressions, which are for plan business and above."""
    return f"starts_with(http.request.uri.path, {quoted(prefix)})"


def any_of(expressions: Sequence[str]) -> str:
    """At least one of the expressions holds."""
    return expressions[0] if len(expressions) == 1 else " or ".join(f"({expression})" for expression in expressions)


def all_of(expressions: Sequence[str]) -> str:
    """Every one of the expressions holds."""
    return expressions[0] if len(expressions) == 1 else " and ".join(f"({expression})" for expression in expressions)
