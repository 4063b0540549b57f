"""Knobs of a zone's firewall, and what a plan refuses of them."""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum, StrEnum

from pydantic import Field

from components.base import Spec
from components.catalog.cloudflare_plans import rate_limit_seconds
from components.edge.ruleset import Phase, count_faults, import_faults
from components.edge.site import EdgeSite


class RuleAction(StrEnum):
    """What happens to a request. `skip` is not among them: it opens a hole that nobody remembers (edge-10)."""

    BLOCK = "block"
    MANAGED_CHALLENGE = "managed_challenge"
    JS_CHALLENGE = "js_challenge"
    LOG = "log"


CHALLENGES = {RuleAction.MANAGED_CHALLENGE, RuleAction.JS_CHALLENGE}
"""Actions that a program cannot answer."""


class OwaspThreshold(IntEnum):
    """Score at which OWASP's rules act (waf/managed-rules/reference/owasp-core-ruleset/concepts)."""

    HIGH = 25
    MEDIUM = 40
    LOW = 60


class BotMode(StrEnum):
    """Which of Cloudflare's bot products the zone uses; they exclude one another."""

    NONE = "none"
    FIGHT = "fight"
    """Bot Fight Mode, for every plan; no rule can except anything from it."""
    SUPER_FIGHT = "super-fight"
    """Super Bot Fight Mode; API clients are excepted."""
    MANAGEMENT = "management"
    """Bot Management: a score for rules."""


class Sensitivity(StrEnum):
    """How easily an attack is seen; `default` is the highest."""

    DEFAULT = "default"
    MEDIUM = "medium"
    LOW = "low"
    ESSENTIALLY_OFF = "eoff"


class ManagedRulesSpec(Spec):
    """Knobs of Cloudflare's and OWASP's rulesets: SQL injection, scripting and what else they know of."""

    owasp_threshold: OwaspThreshold = OwaspThreshold.MEDIUM
    """Anomaly score from which a request is acted upon; Cloudflare's default."""
    owasp_paranoia: int = Field(default=2, ge=1, le=4)
    """Highest paranoia level whose rules count. Cloudflare's default is 1; 2 is OWASP's advice for sites with personal data."""
    owasp_action: RuleAction = RuleAction.BLOCK
    """What happens from that score on."""


class CustomRuleSpec(Spec):
    """Knobs of a rule of one's own."""

    description: str = Field(min_length=1)
    """What it is for."""
    expression: str = Field(min_length=1)
    """When it applies, in Cloudflare's rules language."""
    action: RuleAction
    """What happens then."""


class RateLimitSpec(Spec):
    """Knobs of a rate limit. Cloudflare counts in each data centre apart, so the limit of the world is higher."""

    description: str = Field(min_length=1)
    """What it protects."""
    prefixes: tuple[str, ...] = Field(min_length=1)
    """Beginnings of the paths it counts."""
    hosts: tuple[str, ...] = ()
    """Host names it counts on; all if none."""
    requests: int = Field(ge=1)
    """Requests allowed in a period."""
    period: int
    """Seconds that are counted together."""
    timeout: int
    """Seconds for which the action lasts; 0 lets through what is below the rate."""
    action: RuleAction = RuleAction.BLOCK
    """What happens above the rate: block answers 429."""
    by: tuple[str, ...] = ("ip.src",)
    """What is counted apart, beside the data centre that Cloudflare demands: the address."""
    counting_expression: str | None = Field(default=None, min_length=1)
    """Which requests count, where not all that match, e.g. only those the origin answered with 401."""


class BotsSpec(Spec):
    """Knobs of the protection from bots."""

    mode: BotMode = BotMode.SUPER_FIGHT
    """Product used."""
    likely_challenged: bool = True
    """Whether likely, not only definitely, automated requests are challenged (plan business)."""
    ai_crawlers_blocked: bool = True
    """Whether crawlers that gather training data are blocked."""


class CredentialPlaceSpec(Spec):
    """Where a request carries credentials, if not in one of the places that Cloudflare knows."""

    username: str
    """Expression of the user's name, e.g. `lookup_json_string(http.request.body.raw, "user")`."""
    password: str
    """Expression of the password."""


class DdosSpec(Spec):
    """Knobs of the HTTP DDoS protection, which is always on."""

    sensitivity: Sensitivity = Sensitivity.DEFAULT
    """How easily an attack is seen."""
    action: RuleAction = RuleAction.BLOCK
    """What happens to requests of an attack."""


_SCANNERS = CustomRuleSpec(
    description="Files that only scanners ask for",
    expression=(
        'http.request.uri.path contains "/.git/" or http.request.uri.path contains "/.env" or http.request.uri.path.extension eq "php"'
    ),
    action=RuleAction.BLOCK,
)
_SIGN_IN = RateLimitSpec(description="Guessing of passwords", prefixes=("/api/auth/", "/login"), requests=20, period=60, timeout=600)
_API = RateLimitSpec(description="One address using up an API", prefixes=("/api/",), requests=1000, period=60, timeout=60)


class FirewallSpec(Spec):
    """Knobs of a firewall."""

    managed: ManagedRulesSpec | None = Field(default_factory=ManagedRulesSpec)
    """Cloudflare's and OWASP's rulesets; none only on plan free, which has its own small one without being told."""
    custom_rules: Mapping[str, CustomRuleSpec] = {"scanners": _SCANNERS}
    """Name -> rule, in the order of evaluation."""
    blocked_countries: tuple[str, ...] = ()
    """ISO 3166-1 codes from where nobody is served."""
    rate_limits: Mapping[str, RateLimitSpec] = {"sign-in": _SIGN_IN, "api": _API}
    """Name -> limit, in the order of evaluation. The documents ask for limits and give no numbers: these are guesses to measure against."""
    bots: BotsSpec = Field(default_factory=BotsSpec)
    """Protection from bots."""
    leaked_credentials: RuleAction | None = RuleAction.MANAGED_CHALLENGE
    """What happens to a sign-in with a password known from leaks; none to not look."""
    credential_places: Mapping[str, CredentialPlaceSpec] = Field(default_factory=dict[str, CredentialPlaceSpec])
    """Name -> place of credentials that Cloudflare does not know (plan enterprise)."""
    ddos: DdosSpec = Field(default_factory=DdosSpec)
    """HTTP DDoS protection."""
    import_ids: Mapping[Phase, str] = Field(default_factory=dict[Phase, str])
    """Phase -> id of a ruleset to adopt, once."""


FIELDS = {
    r"\bmatches\b|~": "firewall.regex",
    r"cf\.bot_management\.(score|ja3_hash|ja4)": "bots.management",
    r"cf\.waf\.score": "firewall.attack-score",
}
"""Pattern in an expression, outside its string literals -> feature it needs."""
CHARACTERISTICS = {"ip.src": None, "cf.unique_visitor_id": "rate-limit.nat"}
"""What a rate limit may count apart -> feature it needs; everything else is advanced."""
COLO = "cf.colo.id"
"""Characteristic that every rate limit must have (waf/rate-limiting-rules/parameters)."""


def firewall_faults(spec: FirewallSpec, site: EdgeSite) -> Iterator[str]:
    """A line for each knob that the zone's plan refuses or that Cloudflare takes for nobody."""
    if spec.managed and (lacking := site.lacks("firewall.managed")):
        yield f"managed: {lacking}: or set managed: null"
    yield from (f"custom_rules.{name}: {fault}" for name, rule in spec.custom_rules.items() for fault in _rule_faults(rule, site))
    yield from (f"rate_limits.{name}: {fault}" for name, limit in spec.rate_limits.items() for fault in rate_limit_faults(limit, site))
    yield from (f"bots: {fault}" for fault in _bot_faults(spec.bots, site))
    for country in spec.blocked_countries:
        if not re.fullmatch(r"[A-Z][A-Z1]", country):
            yield f"blocked_countries: {country}: no country code: two capitals (ISO 3166-1)"
    places = site.limit("leaked-credentials.locations")
    if len(spec.credential_places) > places:
        yield f"credential_places: {len(spec.credential_places)}: plan {site.plan} takes {places}"
    if spec.leaked_credentials is RuleAction.LOG and (lacking := site.lacks("firewall.log")):
        yield f"leaked_credentials: log: {lacking}"
    if spec.ddos.action is RuleAction.LOG and (lacking := site.lacks("ddos.log")):
        yield f"ddos.action: log: {lacking}"
    yield from count_faults(site, Phase.RATE_LIMITS, spec.rate_limits)
    yield from import_faults(spec.import_ids, Phase.FIREWALL_CUSTOM, Phase.FIREWALL_MANAGED, Phase.RATE_LIMITS, Phase.DDOS)


def _rule_faults(rule: CustomRuleSpec, site: EdgeSite) -> Iterator[str]:
    if rule.action is RuleAction.LOG and (lacking := site.lacks("firewall.log")):
        yield lacking
    bare = re.sub(r'"(\\.|[^"\\])*"', "", rule.expression)
    yield from (lacking for pattern, feature in FIELDS.items() if re.search(pattern, bare) and (lacking := site.lacks(feature)))


def _bot_faults(bots: BotsSpec, site: EdgeSite) -> Iterator[str]:
    needs = {BotMode.SUPER_FIGHT: ["bots.super-fight", *["bots.likely"] * bots.likely_challenged], BotMode.MANAGEMENT: ["bots.management"]}
    for feature in needs.get(bots.mode, []):
        if lacking := site.lacks(feature):
            yield f"{lacking}: or set mode: fight" if feature != "bots.likely" else f"{lacking}: or set likely_challenged: false"


def rate_limit_faults(limit: RateLimitSpec, site: EdgeSite) -> Iterator[str]:
    """A line for each number that Cloudflare does not take, or not with the zone's plan."""
    longest = {"period": site.limit("rate-limit.period"), "timeout": site.limit("rate-limit.timeout")}
    for knob, seconds in {"period": limit.period, "timeout": limit.timeout}.items():
        allowed = [legal for legal in rate_limit_seconds() if legal <= longest[knob]]
        if seconds not in allowed and not (knob == "timeout" and seconds == 0):
            yield f"{knob}: {seconds}: plan {site.plan} takes {', '.join(map(str, allowed))} seconds"
    challenge = limit.action in CHALLENGES
    gates = (
        ("action: log", limit.action is RuleAction.LOG, "firewall.log"),
        ("hosts", bool(limit.hosts), "rate-limit.host"),
        ("counting_expression", limit.counting_expression is not None, "rate-limit.counting-expression"),
        ("timeout: 0", limit.timeout == 0 and not challenge, "rate-limit.throttle"),
        (f"timeout: {limit.timeout}", limit.timeout > 0 and challenge, "rate-limit.challenge-duration"),
    )
    yield from (f"{knob}: {lacking}" for knob, used, feature in gates if used and (lacking := site.lacks(feature)))
    for characteristic in limit.by:
        if characteristic == COLO:
            yield f"by: {COLO}: is always there: leave it out"
        elif (feature := CHARACTERISTICS.get(characteristic, "rate-limit.advanced")) and (lacking := site.lacks(feature)):
            yield f"by: {characteristic}: {lacking}"
