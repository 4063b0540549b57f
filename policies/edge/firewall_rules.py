"""What a zone's firewall does for every request, and whom it lets off."""

from collections.abc import Iterator, Sequence
from typing import Any

from policies.core import edge_tokens as edge
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import edge_zones, wirefilter
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

MANAGED = "http_request_firewall_managed"
RATE_LIMITS = "http_ratelimit"
CUSTOM = "http_request_firewall_custom"

RULESETS = {
    "efb7b8c949ac4650a09736fc376e9aee": "Cloudflare's managed rules",
    "4814384a9e5d4991b9815dcfc25d2f1f": "OWASP's core rules",
}
"""Ids of rulesets, the same for all zones (Cloudflare, waf/managed-rules/reference) -> what they are."""
IDLE = frozenset({"log", "allow"})
"""Actions that stop nobody."""

WHO = ("ip.src", "cf.tls_client_auth.cert_verified", "cf.client.bot", "cf.bot_management.verified_bot", "cf.verified_bot_category")
"""Fields that tell who asks and cannot be made up by the visitor."""
WHERE = (*WHO, "http.host", "http.request.uri", "raw.http.request.uri")
"""Those, and fields that bound what is asked for. Headers, cookies and user agents are none: the visitor writes them."""
NO_SOURCE = ("ip.src.country", "ip.src.continent", "ip.src.is_in_european_union", "ip.src.region", "ip.src.lat", "ip.src.lon")
"""Fields of `ip.src` that hold for millions of addresses."""
CHALLENGES_ONLY = frozenset({"http_request_sbfm"})
"""Phases that only tell programs from people, which an API has to do without (Cloudflare, super bot fight mode)."""
SMALL_PRODUCTS = frozenset({"bic", "hot", "securityLevel", "uaBlock"})
"""Older products that judge browsers, not requests (Cloudflare, skip options)."""

_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
_SSL = resource(edge.ZONE_SETTING[0], {"zoneId": _ZONE, "settingId": "ssl", "value": "strict"})


def _ruleset(phase: str, *rules: dict[str, Any], **scope: str) -> Draft:
    return resource(edge.RULESET[0], {**(scope or {"zoneId": _ZONE, "kind": "zone"}), "name": phase, "phase": phase, "rules": list(rules)})


def _execute(id: str, expression: str = "true", **more: Any) -> dict[str, Any]:
    parameters = {"id": id, **({"overrides": more.pop("overrides")} if "overrides" in more else {})}
    return {"action": "execute", "actionParameters": parameters, "expression": expression, **more}


_CLOUDFLARE, _OWASP = (_execute(id) for id in RULESETS)


def _zone(**others: Draft) -> Example:
    return example(_SSL, **others)


@rule(
    "edge-08",
    on=(*edge.ZONE, *edge.ZONE_SETTING, *edge.LOAD_BALANCER, *edge.RULESET),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Attacks that everybody knows, and those published this morning, are stopped by rules that somebody else keeps up to date.",
    fix="In a Ruleset of phase http_request_firewall_managed run efb7b8c949ac4650a09736fc376e9aee and 4814384a9e5d4991b9815dcfc25d2f1f.",
    controls=("pci-dss-4.0:6.4.2",),
    bad=(
        _zone(),
        example(resource(edge.ZONE[0], {"name": "example.com"})),
        _zone(waf=_ruleset(MANAGED, _CLOUDFLARE)),
        _zone(waf=_ruleset(MANAGED, _CLOUDFLARE, {**_OWASP, "enabled": False})),
        _zone(waf=_ruleset(MANAGED, _CLOUDFLARE, _execute(_OWASP["actionParameters"]["id"], 'http.host eq "www.example.com"'))),
        _zone(waf=_ruleset(MANAGED, _OWASP, _execute(_CLOUDFLARE["actionParameters"]["id"], overrides={"action": "log"}))),
        _zone(waf=_ruleset(MANAGED, _OWASP, _execute(_CLOUDFLARE["actionParameters"]["id"], overrides={"enabled": False}))),
        example(_ruleset(MANAGED, _CLOUDFLARE)),
    ),
    good=(
        _zone(waf=_ruleset(MANAGED, _CLOUDFLARE, _OWASP)),
        example(_ruleset(MANAGED, _CLOUDFLARE, _OWASP)),
        _zone(
            waf=_ruleset(
                MANAGED,
                {**_CLOUDFLARE, "expression": '(cf.zone.name in {"example.com"})'},
                _OWASP,
                accountId="01a7362d577a6c3019a474fd6f485823",
                kind="root",
            )
        ),
        _zone(
            waf=_ruleset(
                MANAGED,
                _CLOUDFLARE,
                _execute(_OWASP["actionParameters"]["id"], overrides={"categories": [{"category": "paranoia-level-4", "enabled": False}]}),
            )
        ),
    ),
)
def known_attacks_are_stopped(zone: Subject) -> Iterator[str]:
    if not edge_zones.speaks_for_zone(zone.stack, zone.resource, edge_zones.CONFIGURED):
        return
    yield from known_first(RULESETS, lambda id: _not_executed(zone, id))


def _not_executed(zone: Subject, id: str) -> Iterator[str]:
    in_force = edge_zones.rules(zone.stack, zone.resource, MANAGED)
    if not any(_stops(each, id) for each in in_force):
        yield f"{RULESETS[id]} are not executed for every request of the zone"


def _stops(each: Properties, id: str) -> bool:
    """Whether a rule executes the ruleset for all, or for zones by name as an account does, and leaves it its teeth."""
    parameters = each.section("actionParameters")
    if each.text("action") != "execute" or parameters.text("id") != id:
        return False
    overrides = parameters.section("overrides")
    expression = each.text("expression", "true")
    whole = wirefilter.matches_everything(expression) or wirefilter.bound_by(expression, ("cf.zone.",))
    return whole and overrides.flag("enabled", default=True) and overrides.text("action") not in IDLE


def _limit(expression: str, **more: Any) -> dict[str, Any]:
    ratelimit = {"characteristics": ["cf.colo.id", "ip.src"], "period": 60, "requestsPerPeriod": 100, "mitigationTimeout": 60}
    return {"action": "block", "expression": expression, "ratelimit": ratelimit, **more}


_API_LIMIT = _limit('starts_with(http.request.uri.path, "/api/")')
_LOGIN_LIMIT = _limit('http.request.uri.path contains "/login" and http.request.method eq "POST"')


@rule(
    "edge-09",
    on=(*edge.ZONE, *edge.ZONE_SETTING, *edge.LOAD_BALANCER, *edge.RULESET),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Passwords are guessed and interfaces emptied by asking often; nothing but a limit tells that from use.",
    fix="Make a Ruleset of phase http_ratelimit whose rules block above a rate on the paths of the API and of sign-in.",
    controls=("pci-dss-4.0:6.4.2",),
    settings=("rate_limited_paths",),
    bad=(
        _zone(),
        _zone(limits=_ruleset(RATE_LIMITS, _API_LIMIT)),
        _zone(limits=_ruleset(RATE_LIMITS, _API_LIMIT, {**_LOGIN_LIMIT, "enabled": False})),
        _zone(limits=_ruleset(RATE_LIMITS, _API_LIMIT, {**_LOGIN_LIMIT, "action": "log"})),
        _zone(limits=_ruleset(RATE_LIMITS, _LOGIN_LIMIT, _limit('starts_with(http.request.uri.path, "/shop/")'))),
        _zone(limits=_ruleset(RATE_LIMITS, _API_LIMIT, _limit('not starts_with(http.request.uri.path, "/login")'))),
        example(_ruleset(RATE_LIMITS, _limit('http.request.uri.path eq "/search"'))),
    ),
    good=(
        _zone(limits=_ruleset(RATE_LIMITS, _API_LIMIT, _LOGIN_LIMIT)),
        _zone(limits=_ruleset(RATE_LIMITS, _limit("true"))),
        _zone(limits=_ruleset(RATE_LIMITS, {**_API_LIMIT, "action": "managed_challenge"}, _LOGIN_LIMIT)),
        _zone(limits=_ruleset(RATE_LIMITS, _limit('(http.request.uri.path in {"/api/v1" "/login"}) or (http.host eq "x.example.com")'))),
    ),
)
def nobody_asks_without_end(zone: Subject) -> Iterator[str]:
    if not edge_zones.speaks_for_zone(zone.stack, zone.resource, edge_zones.CONFIGURED):
        return
    yield from known_first(sorted(zone.settings.rate_limited_paths), lambda path: _unlimited(zone, path))


def _unlimited(zone: Subject, path: str) -> Iterator[str]:
    if not any(_limits(each, path) for each in edge_zones.rules(zone.stack, zone.resource, RATE_LIMITS)):
        yield f"no rate limit holds for {path}"


def _limits(each: Properties, path: str) -> bool:
    return each.text("action") not in IDLE and wirefilter.surely_covers_path(each.text("expression", "true"), path)


def _skip(expression: str, **parameters: Any) -> Example:
    return example(_ruleset(CUSTOM, {"action": "skip", "expression": expression, "actionParameters": parameters}))


_OFFICE = 'ip.src in {203.0.113.0/28} and http.host eq "api.example.com"'


@rule(
    "edge-10",
    on=edge.RULESET,
    severity=Severity.HIGH,
    why="Whoever meets the condition of a skip rule meets no firewall; a header or a path is met by everybody who has read about it.",
    fix="Bind the rule by ip.src in {...} or cf.tls_client_auth.cert_verified, or let it skip no more than phases: [http_request_sbfm].",
    controls=("pci-dss-4.0:6.4.2",),
    bad=(
        _skip("true", phases=["http_request_firewall_managed"]),
        _skip("true", phases=["http_request_sbfm"]),
        _skip('http.user_agent contains "monitor"', ruleset="current"),
        _skip('http.request.headers["x-internal"][0] eq "1"', phases=["http_ratelimit"]),
        _skip('http.host eq "api.example.com"', ruleset="current"),
        _skip('http.host eq "api.example.com"', phases=["http_request_sbfm", "http_request_firewall_managed"]),
        _skip('starts_with(http.request.uri.path, "/api/")', products=["waf"]),
        _skip('ip.src in {203.0.113.0/28} or http.user_agent eq "probe"', ruleset="current"),
        _skip("not ip.src in {203.0.113.0/28}", phases=["http_ratelimit"]),
        _skip('ip.src.country eq "DE"', ruleset="current"),
        _skip("ip.src in {0.0.0.0/1 128.0.0.0/1}", ruleset="current"),
        example(_ruleset(MANAGED, {"action": "skip", "expression": "true", "actionParameters": {"ruleset": "current"}})),
    ),
    good=(
        _skip('http.host in {"api.example.com" "eu.api.example.com"}', phases=["http_request_sbfm"]),
        _skip(_OFFICE, phases=["http_ratelimit"]),
        _skip("cf.tls_client_auth.cert_verified", ruleset="current"),
        _skip('http.host eq "www.example.com"', products=["bic"]),
        _skip('http.host eq "api.example.com"', rules={"efb7b8c949ac4650a09736fc376e9aee": ["5de7edfa648c4d6891dc3e7f84534ffa"]}),
        example(_ruleset(CUSTOM, {"action": "skip", "expression": "true", "enabled": False})),
        example(_ruleset(CUSTOM, {"action": "block", "expression": "true"})),
    ),
)
def few_are_let_off_the_firewall(ruleset: Subject) -> Iterator[str]:
    yield from known_first(edge_zones.enabled(ruleset.resource), _skipped)


def _skipped(each: Properties) -> Iterator[str]:
    if each.text("action") != "skip":
        return
    expression = each.text("expression", "true")
    if _tells_who(expression):
        return
    name = each.text("ref") or each.text("description") or "a rule"
    if not wirefilter.bound_by(expression, WHERE):
        yield f"{name} skips for whom it pleases: {expression}"
    elif not _skips_little(each.section("actionParameters")):
        yield f"{name} skips protection for all who ask for it: {expression}"


def _tells_who(expression: str) -> bool:
    whole = any(field in expression for field in NO_SOURCE) or wirefilter.holds_most_addresses(expression)
    return not whole and wirefilter.bound_by(expression, WHO)


def _skips_little(parameters: Properties) -> bool:
    """Named rules of a ruleset, or what only tells programs from people."""
    if "ruleset" in parameters or "rulesets" in parameters:
        return False
    return _among(parameters.texts("phases"), CHALLENGES_ONLY) and _among(parameters.texts("products"), SMALL_PRODUCTS)


def _among(named: Sequence[str], allowed: frozenset[str]) -> bool:
    return all(each in allowed for each in named)
