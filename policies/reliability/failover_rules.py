"""Failover between regions: everybody has a second region, health decides, and nobody waits for a record to expire."""

from collections.abc import Iterator
from typing import Any

from policies.core import dns_tokens, edge_tokens
from policies.core.example import Draft, Example, example, resource, told
from policies.core.facts import steered
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, Undecided, known_first
from policies.reliability.fleet_example import fleet

_LEAST = 2
_POLICIES = ("failoverRoutingPolicies", "latencyRoutingPolicies", "geolocationRoutingPolicies", "geoproximityRoutingPolicy")
"""Ways in which Route 53 chooses among records of one name by where clients are or by what is healthy."""
_CLOUDFLARE_TTL = 30
"""Seconds, where none is given (Cloudflare API, load balancers)."""


def _balancer(**inputs: Any) -> Draft:
    return resource(edge_tokens.LOAD_BALANCER[0], inputs)


def _lists(*pools: str, **inputs: Any) -> Example:
    """A load balancer with these pools for everybody, and the fleet that they are of."""
    return told(example(_balancer(defaultPools=list(pools), **inputs)), fleet=fleet())


def _made(first: str, second: str, **inputs: Any) -> Example:
    """A load balancer whose pools the stack makes."""
    pools = {name: resource(edge_tokens.LOAD_BALANCER_POOL[0], {"name": name, "monitor": "m"}) for name in (first, second)}
    return told(example(_balancer(defaultPools=[f"${{{name}.id}}" for name in pools], **inputs), **pools), fleet=fleet())


@rule(
    "rel-05",
    on=edge_tokens.LOAD_BALANCER,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why=(
        "Clients of a list with one region have nowhere to go when it is lost, whatever capacity others have; a region that their data may "
        "not enter is nowhere too."
    ),
    fix=(
        "Name two pools or more in default_pools and in every list of country_pools, region_pools and pop_pools, all of one residency "
        "group. Which pool leads where, and which regions are a group, is told in `fleet`."
    ),
    controls=("hipaa:164.308(a)(7)(i)",),
    settings=("fleet",),
    bad=(
        _lists("ireland"),
        _lists(),
        _lists("ireland", "frankfurt", countryPools={"IE": ["ireland", "frankfurt"], "FR": ["ireland"]}),
        _lists("ireland", "frankfurt", regionPools={"WNAM": ["oregon"]}),
        _lists("ireland", "virginia"),
        _lists("ireland", "frankfurt", countryPools={"IE": ["ireland", "frankfurt"], "FR": ["ireland", "oregon"]}),
        _made("ireland", "virginia"),
        _made("frankfurt", "oregon", countryPools={"IE": ["${frankfurt.id}", "${oregon.id}"]}),
    ),
    good=(
        _lists("ireland", "frankfurt"),
        _lists("ireland", "frankfurt", countryPools={"IE": ["ireland", "frankfurt"]}, regionPools={"ENAM": ["oregon", "virginia"]}),
        _made("ireland", "frankfurt"),
        _made(
            "ireland", "frankfurt", countryPools={"IE": ["${ireland.id}", "${frankfurt.id}"], "DE": ["${frankfurt.id}", "${ireland.id}"]}
        ),
    ),
)
def everybody_has_a_second_region(balancer: Subject) -> Iterator[str]:
    read = balancer.properties
    for where, (key, place) in steered.lists(balancer):
        count = len(read.section(key).texts(place) if place else read.texts(key))
        if count < _LEAST:
            yield f"{where} names {count or 'no'} pool{'' if count == 1 else 's'}: {_LEAST} or more are wanted"
    if not balancer.settings.fleet.groups:
        raise Undecided("fleet.groups (which regions may stand in for each other)")
    yield from known_first(steered.named(balancer), lambda names: _astray(balancer, names))


def _astray(balancer: Subject, names: steered.Named) -> Iterator[str]:
    regions = sorted(steered.regions(balancer, names))
    if balancer.settings.fleet.within_one_group(regions):
        return
    if names.mixed:
        raise Undecided(f"{balancer.resource.name}.{names.where} (which of its lists names which pool)")
    yield f"{names.where} names pools in {', '.join(regions)}: no residency group holds them all"


def _record(**inputs: Any) -> Draft:
    return resource(dns_tokens.ROUTE53_RECORD, {"zoneId": "Z1", "name": "api.example.com", "type": "A", **inputs})


_PRIMARY = {"failoverRoutingPolicies": [{"type": "PRIMARY"}], "setIdentifier": "first"}
_SECONDARY = _record(failoverRoutingPolicies=[{"type": "SECONDARY"}], setIdentifier="second")


def _pool(balancer: dict[str, Any], **inputs: Any) -> Example:
    return example(resource(edge_tokens.LOAD_BALANCER_POOL[0], {"name": "ireland", **inputs}), balancer=_balancer(**balancer))


@rule(
    "rel-16",
    on=(dns_tokens.ROUTE53_RECORD, *edge_tokens.LOAD_BALANCER_POOL),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Without a health check the answer stays when what it names is gone, and a primary without its secondary fails over to nothing.",
    fix=(
        "Route 53: health_check_id, or evaluate_target_health of the alias, on records with failover, latency or geographic routing, and a "
        "SECONDARY of the same name and type for each PRIMARY. Cloudflare: a monitor for every pool that a list names; a pool that is only "
        "the fallback answers whatever its health."
    ),
    controls=("soc2:A1.2",),
    bad=(
        example(_record(**_PRIMARY), other=_SECONDARY),
        example(_record(**_PRIMARY, healthCheckId="${check.id}"), check=resource(dns_tokens.ROUTE53_HEALTH_CHECK, {"type": "HTTPS"})),
        example(_record(**_PRIMARY, healthCheckId="a"), other=_record(failoverRoutingPolicies=[{"type": "SECONDARY"}], type="AAAA")),
        example(_record(latencyRoutingPolicies=[{"region": "eu-west-1"}])),
        example(_record(geolocationRoutingPolicies=[{"country": "IE"}], aliases=[{"name": "x", "evaluateTargetHealth": False}])),
        _pool({"defaultPools": ["${subject.id}"]}),
        _pool({"countryPools": {"IE": ["${subject.id}"]}, "fallbackPool": "${subject.id}"}),
    ),
    good=(
        example(_record(**_PRIMARY, healthCheckId="a"), other=_SECONDARY),
        example(_SECONDARY),
        example(_record()),
        example(_record(geolocationRoutingPolicies=[{"country": "IE"}], aliases=[{"name": "x", "evaluateTargetHealth": True}])),
        _pool({"defaultPools": ["${subject.id}"]}, monitor="m"),
        _pool({"fallbackPool": "${subject.id}"}),
    ),
)
def health_decides_who_answers(answering: Subject) -> Iterator[str]:
    if answering.resource.type in edge_tokens.LOAD_BALANCER_POOL:
        yield from _unasked(answering)
        return
    read = answering.properties
    chosen = [key for key in _POLICIES if len(read.sections(key))]
    kinds = [each.text("type") for each in read.sections(_POLICIES[0])]
    if chosen and "SECONDARY" not in kinds and "healthCheckId" not in read and not _asks_target(answering.resource):
        yield f"{chosen[0]} without a health check"
    if "PRIMARY" in kinds and not any(
        _is_secondary(answering.resource, each) for each in answering.stack.of_type(dns_tokens.ROUTE53_RECORD)
    ):
        yield "no SECONDARY of the same name and type"


def _asks_target(record: Resource) -> bool:
    aliases = record.properties.sections("aliases")
    return len(aliases) > 0 and all(alias.flag("evaluateTargetHealth") for alias in aliases)


def _is_secondary(primary: Resource, other: Resource) -> bool:
    own, theirs = primary.properties, other.properties
    same = all(own.text(key) == theirs.text(key) for key in ("name", "type"))
    return same and any(each.text("type") == "SECONDARY" for each in theirs.sections(_POLICIES[0]))


def _unasked(pool: Subject) -> Iterator[str]:
    tokens = edge_tokens.LOAD_BALANCER
    named = [where for token in tokens for where in (*steered.LISTS, *steered.MAPS) if pool.referrers(token, where)]
    if named and "monitor" not in pool.properties:
        yield f"named in {', '.join(named)} without a monitor"


@rule(
    "rel-17",
    on=(dns_tokens.ROUTE53_RECORD, *edge_tokens.LOAD_BALANCER),
    severity=Severity.MEDIUM,
    why="Until the record expires clients go on asking what is lost: its time to live is part of every failover.",
    fix="Set ttl to max_failover_ttl seconds at most, or let the name be proxied (Cloudflare) or an alias (Route 53).",
    controls=(),
    settings=("max_failover_ttl",),
    bad=(
        example(_record(**_PRIMARY, ttl=300)),
        example(_record(latencyRoutingPolicies=[{"region": "eu-west-1"}], ttl=61)),
        example(_balancer(proxied=False, ttl=120)),
    ),
    good=(
        example(_record(**_PRIMARY, ttl=60)),
        example(_record(ttl=86400)),
        example(_record(**_PRIMARY, aliases=[{"name": "x", "evaluateTargetHealth": True}])),
        example(_balancer(proxied=True)),
        example(_balancer(proxied=False)),
    ),
)
def nobody_waits_for_a_record(name: Subject) -> Iterator[str]:
    read, longest = name.properties, name.settings.max_failover_ttl
    if name.resource.type in edge_tokens.LOAD_BALANCER:
        lives = 0 if read.flag("proxied") else read.number("ttl", _CLOUDFLARE_TTL)
    else:
        steered = any(len(read.sections(key)) for key in _POLICIES) and not len(read.sections("aliases"))
        lives = read.number("ttl", 0) if steered else 0
    if lives > longest:
        yield f"lives {lives:.0f} s: {longest} are allowed"
