"""The zone's firewall: managed and own rules, rate limits, DDoS, bots, leaked passwords."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.bots import bot_rules, bot_settings
from components.edge.firewall_spec import COLO, DdosSpec, FirewallSpec, ManagedRulesSpec, RateLimitSpec, firewall_faults
from components.edge.ruleset import Phase, PhaseArgs, Rule, all_of, any_of, one_of, path_under, phase_ruleset
from components.edge.site import EdgeSite

MANAGED_RULESET = "efb7b8c949ac4650a09736fc376e9aee"
"""Id of the Cloudflare Managed Ruleset, the same for all (waf/managed-rules/reference/cloudflare-managed-ruleset)."""
OWASP_RULESET = "4814384a9e5d4991b9815dcfc25d2f1f"
"""Id of the Cloudflare OWASP Core Ruleset (waf/managed-rules/reference/owasp-core-ruleset)."""
OWASP_SCORE_RULE = "6179ae15870a4bb7b2d480d4843b323c"
"""Id of its last rule, the only one that acts: on the sum of the others' scores."""
DDOS_RULESET = "4d21379b4f9f4bb088e0729962c8b3cf"
"""Id of the HTTP DDoS Attack Protection ruleset (ddos-protection/managed-rulesets/http)."""
PARANOIA_LEVELS = range(1, 5)
"""OWASP's."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """Wires of a Firewall."""

    spec: FirewallSpec
    """Knobs."""
    site: EdgeSite
    """The zone."""
    api_hosts: Sequence[str] = ()
    """Host names where programs are welcome visitors: what challenges bots leaves them out."""


class Firewall(Component, token="meridian:edge:Firewall"):
    """The rulesets of four phases, each the zone's only one, and the two settings that feed them.

    Raises:
        ValueError: the plan refuses a knob, or Cloudflare takes a number for nobody.
    """

    rule_refs: dict[str, list[str]]
    """Phase -> references of its rules, in order."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, site = args.spec, args.site
        if faults := list(firewall_faults(spec, site)):
            raise ValueError(f"firewall '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        phases = {
            Phase.FIREWALL_CUSTOM: custom_rules(spec, args.api_hosts),
            Phase.FIREWALL_MANAGED: managed_rules(spec.managed) if spec.managed else [],
            Phase.RATE_LIMITS: [rate_limit(ref, limit) for ref, limit in spec.rate_limits.items()],
            Phase.DDOS: [ddos_rule(spec.ddos)],
        }
        for phase, rules in phases.items():
            if rules:
                phase_ruleset(self, name, PhaseArgs(site=site, phase=phase, rules=rules, import_ids=spec.import_ids))
        self._credentials(name, spec, site)
        cloudflare.BotManagement(f"{name}-bots", bot_settings(spec.bots, site), self.child)
        self.rule_refs = {phase.value: [rule.ref for rule in rules] for phase, rules in phases.items()}
        self._seal()

    def _credentials(self, name: str, spec: FirewallSpec, site: EdgeSite) -> None:
        looked_for = spec.leaked_credentials is not None
        check = cloudflare.LeakedCredentialCheck(f"{name}-leaked-credentials", zone_id=site.zone_id, enabled=looked_for, opts=self.child)
        for place, fields in spec.credential_places.items():
            cloudflare.LeakedCredentialCheckRule(
                f"{name}-credentials-{place}",
                zone_id=site.zone_id,
                username=fields.username,
                password=fields.password,
                opts=self.after(check),
            )


def custom_rules(spec: FirewallSpec, api_hosts: Sequence[str]) -> list[Rule]:
    """Own rules in the order: who is not served, the stack file's, leaked passwords, bots."""
    return list(_custom_rules(spec, api_hosts))


def _custom_rules(spec: FirewallSpec, api_hosts: Sequence[str]) -> Iterator[Rule]:
    if spec.blocked_countries:
        countries = one_of("ip.src.country", spec.blocked_countries)
        yield Rule(ref="countries", description="Countries that are not served", expression=countries, action="block")
    for ref, rule in spec.custom_rules.items():
        yield Rule(ref=ref, description=rule.description, expression=rule.expression, action=rule.action.value)
    if spec.leaked_credentials:
        leaked = "cf.waf.credential_check.password_leaked"
        yield Rule(ref="leaked-password", description="Passwords known from leaks", expression=leaked, action=spec.leaked_credentials.value)
    yield from bot_rules(spec.bots, api_hosts)


def managed_rules(spec: ManagedRulesSpec) -> list[Rule]:
    """Cloudflare's rules first, which name an attack; then OWASP's, which add up suspicions."""
    levels = [
        cloudflare.RulesetRuleActionParametersOverridesCategoryArgs(category=f"paranoia-level-{level}", enabled=False)
        for level in PARANOIA_LEVELS
        if level > spec.owasp_paranoia
    ]
    score = cloudflare.RulesetRuleActionParametersOverridesRuleArgs(
        id=OWASP_SCORE_RULE, action=spec.owasp_action.value, score_threshold=int(spec.owasp_threshold)
    )
    owasp = cloudflare.RulesetRuleActionParametersOverridesArgs(categories=levels or None, rules=[score])
    return [
        _execute("cloudflare-managed", "Cloudflare Managed Ruleset", MANAGED_RULESET),
        _execute("owasp-core", "OWASP Core Ruleset", OWASP_RULESET, owasp),
    ]


def ddos_rule(spec: DdosSpec) -> Rule:
    """The one override that every plan has."""
    overrides = cloudflare.RulesetRuleActionParametersOverridesArgs(action=spec.action.value, sensitivity_level=spec.sensitivity.value)
    return _execute("http-ddos", "HTTP DDoS protection", DDOS_RULESET, overrides)


def _execute(
    ref: str, description: str, ruleset: str, overrides: cloudflare.RulesetRuleActionParametersOverridesArgs | None = None
) -> Rule:
    parameters = cloudflare.RulesetRuleActionParametersArgs(id=ruleset, overrides=overrides)
    return Rule(ref=ref, description=description, expression="true", action="execute", parameters=parameters)


def rate_limit(ref: str, limit: RateLimitSpec) -> Rule:
    """A rate limit; `requests_to_origin` is off, so what the cache answers counts as well."""
    paths = any_of([path_under(prefix) for prefix in limit.prefixes])
    counter = cloudflare.RulesetRuleRatelimitArgs(
        characteristics=[COLO, *limit.by],
        period=limit.period,
        requests_per_period=limit.requests,
        mitigation_timeout=limit.timeout,
        counting_expression=limit.counting_expression,
        requests_to_origin=False,
    )
    expression = all_of([one_of("http.host", limit.hosts), paths]) if limit.hosts else paths
    return Rule(ref=ref, description=limit.description, expression=expression, action=limit.action.value, ratelimit=counter)
