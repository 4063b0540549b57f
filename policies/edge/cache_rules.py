"""What the edge keeps, and for whom."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from policies.core import edge_tokens as edge
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import edge_zones, wirefilter
from policies.core.rule import Subject, rule
from policies.core.verdict import Properties, Severity, known_first

PHASE = "http_request_cache_settings"
PERSONAL = re.compile(r"http\.cookie|http\.request\.cookies|authorization", re.IGNORECASE)
"""Fields that tell a request of somebody who is signed in."""
STATIC_HOST = re.compile(r'"(?:assets|cdn|downloads?|files|images|img|media|static)[.-][^"]*"')
_HOST = re.compile(r'http\.host\s+(?:eq\s+"[^"]*"|in\s+\{[^}]*\})')
ANYWHERE = "/a-path-that-no-rule-names/"
_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def _rules(*rules: dict[str, Any]) -> Example:
    return example(resource(edge.RULESET[0], {"zoneId": _ZONE, "kind": "zone", "name": "cache", "phase": PHASE, "rules": list(rules)}))


def _cached(expression: str, *, cache: bool = True, **more: Any) -> dict[str, Any]:
    return {"action": "set_cache_settings", "expression": expression, "actionParameters": {"cache": cache}, **more}


def _page(target: str, **actions: Any) -> Draft:
    return resource(edge.PAGE_RULE[0], {"zoneId": _ZONE, "target": target, "actions": {"cacheLevel": "cache_everything", **actions}})


_FILES = _cached('http.request.uri.path.extension in {"css" "js" "png"}')
_NO_API = _cached('starts_with(http.request.uri.path, "/api/")', cache=False)
_NOBODY = _cached('http.cookie contains "session=" or any(http.request.headers.names[*] eq "authorization")', cache=False)


@rule(
    "edge-12",
    on=(*edge.RULESET, *edge.PAGE_RULE),
    severity=Severity.HIGH,
    why="A page made for one person and kept by the edge is shown to the next one who asks.",
    fix="Bind rules with cache: true to file extensions or static paths, or let later ones set cache: false for the API and for cookies.",
    controls=("gdpr:32",),
    settings=("uncached_paths",),
    bad=(
        _rules(_cached("true")),
        _rules(_cached("true"), _NO_API),
        _rules(_cached("true"), _NOBODY),
        _rules(_NO_API, _NOBODY, _cached("true")),
        _rules(_cached("true"), _NO_API, {**_NOBODY, "enabled": False}),
        _rules(_cached('http.host eq "www.example.com"'), _NO_API),
        _rules(_cached('starts_with(http.request.uri.path, "/api/catalogue")')),
        _rules(_cached('not starts_with(http.request.uri.path, "/admin/")'), _NOBODY),
        example(_page("example.com/*")),
        example(_page("*.example.com/api/*", bypassCacheOnCookie="session.*")),
    ),
    good=(
        _rules(_FILES),
        _rules(_FILES, _cached('starts_with(http.request.uri.path, "/static/")')),
        _rules(_cached("true"), _NO_API, _NOBODY),
        _rules(_cached('http.host eq "static.example.com"')),
        _rules(_cached("true", cache=False)),
        _rules(_cached("true", enabled=False)),
        example(_page("example.com/static/*")),
        example(resource(edge.RULESET[0], {"zoneId": _ZONE, "kind": "zone", "name": "ddos", "phase": "ddos_l7", "rules": []})),
    ),
)
def edge_keeps_nothing_personal(cache: Subject) -> Iterator[str]:
    if cache.resource.type in edge.PAGE_RULE:
        yield from _kept_page(cache)
    elif cache.properties.text("phase") == PHASE:
        rules = tuple(edge_zones.enabled(cache.resource))
        yield from known_first(range(len(rules)), lambda at: _kept(cache, rules[at], rules[at + 1 :]))


def _kept(cache: Subject, kept: Properties, later: Sequence[Properties]) -> Iterator[str]:
    """Of the rules that match a request the last decides (Cloudflare, cache rules: order)."""
    expression = kept.text("expression", "true")
    if not kept.section("actionParameters").flag("cache") or _is_static(expression):
        return
    spared = tuple(each.text("expression", "true") for each in later if _is_bypass(each))
    for path in sorted(cache.settings.uncached_paths):
        if wirefilter.may_match_path(expression, path) and not any(_spares_path(each, path) for each in spared):
            yield f"{path} is kept by: {expression}"
    if wirefilter.may_match_path(expression, ANYWHERE) and not _spares_people(expression, spared):
        yield f"pages of people who are signed in are kept by: {expression}"


def _spares_people(expression: str, spared: Sequence[str]) -> bool:
    """Whether the rule itself, or a later one that keeps nothing, asks whether somebody is signed in."""
    return bool(PERSONAL.search(expression)) or any(PERSONAL.search(each) or wirefilter.matches_everything(each) for each in spared)


def _spares_path(expression: str, path: str) -> bool:
    """Whether a later rule that keeps nothing names the path, for everybody."""
    named = wirefilter.matches_everything(expression) or bool(wirefilter.paths(expression))
    return named and not PERSONAL.search(expression) and wirefilter.surely_covers_path(expression, path)


def _is_bypass(rule: Properties) -> bool:
    parameters = rule.section("actionParameters")
    return "cache" in parameters and not parameters.flag("cache")


def _is_static(expression: str) -> bool:
    """Whether it speaks of hosts alone that hold nothing but files."""
    hosts = _HOST.findall(expression)
    return bool(hosts) and all(STATIC_HOST.search(part) for part in wirefilter.disjuncts(expression)) and all(map(_only_files, hosts))


def _only_files(hosts: str) -> bool:
    return len(STATIC_HOST.findall(hosts)) == hosts.count('"') // 2


def _kept_page(page: Subject) -> Iterator[str]:
    actions = page.properties.section("actions")
    if actions.text("cacheLevel") != "cache_everything":
        return
    path = "/" + page.properties.text("target").split("://")[-1].partition("/")[2]
    start = path.partition("*")[0].rstrip("/")
    if any(each.startswith(start) or start.startswith(each.rstrip("/")) for each in page.settings.uncached_paths):
        yield f"{path} is kept whole"
