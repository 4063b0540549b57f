"""Where requests are answered, decrypted and written down, by where those who make them live."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from components.catalog.routing import routing
from policies.core import edge_tokens as edge
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import providers
from policies.core.facts.routed import REGION, allowed_regions, region_of, strict_countries, strict_regions
from policies.core.resource import Resource, Stack
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, Undecided, known_first

ROUTE53_RECORD = "aws:route53/record:Record"
EUROPE = frozenset({"WEU", "EEU"})
"""Cloudflare's regions of data centres that Europeans reach (Cloudflare, load balancing: region mapping)."""
_OF_DESTINATION = re.compile(r"^s3://[^?]*\?(?:.*&)?region=([a-z0-9-]+)")
_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def _pool(name: str) -> Draft:
    return resource(edge.LOAD_BALANCER_POOL[0], {"name": name, "origins": [{"name": "origin", "address": f"{name}.example.com"}]})


_POOLS = {
    "ireland": _pool("eu-west-1"),
    "frankfurt": _pool("eu-central-1"),
    "london": _pool("eu-west-2"),
    "virginia": _pool("us-east-1"),
    "page": _pool("maintenance"),
}


def _balancer(
    countries: dict[str, str], fallback: str = "page", default: str = "ireland", *, more: dict[str, Draft] | None = None, **inputs: Any
) -> Example:
    chosen = {country: [f"${{{pool}.id}}"] for country, pool in countries.items()}
    pools = {"countryPools": chosen, "defaultPools": [f"${{{default}.id}}"], "fallbackPool": f"${{{fallback}.id}}"}
    subject = resource(edge.LOAD_BALANCER[0], {"zoneId": _ZONE, "name": "eu.api.example.com", **pools, **inputs})
    return example(subject, **_POOLS, **(more or {}))


def _record(target: str, **place: str) -> Example:
    return example(
        resource(
            ROUTE53_RECORD,
            {
                "zoneId": "Z1",
                "name": "api.example.com",
                "type": "CNAME",
                "records": [target],
                "setIdentifier": "one",
                "geolocationRoutingPolicies": [place],
            },
        )
    )


@rule(
    "res-15",
    on=(*edge.LOAD_BALANCER, ROUTE53_RECORD),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="A load balancer moves people's data faster than any copy: the first full pool or lost region sends them out of their law.",
    fix="Give each jurisdiction a load balancer of its own whose pools lie in it, and a fallbackPool that holds no data of people.",
    controls=("gdpr:44",),
    bad=(
        _balancer({"DE": "frankfurt", "FR": "ireland"}, fallback="virginia"),
        _balancer({"DE": "virginia"}),
        _balancer({"DE": "london"}),
        _balancer({"DE": "frankfurt"}, default="virginia"),
        _balancer({"GB": "virginia"}),
        _balancer({"US": "virginia"}, regionPools={"WEU": ["${virginia.id}"]}),
        _record("origin.us-east-1.elb.amazonaws.com", country="DE"),
        _record("origin.eu-west-2.elb.amazonaws.com", continent="EU"),
    ),
    good=(
        _balancer({"DE": "frankfurt", "FR": "ireland"}),
        _balancer({"DE": "frankfurt"}, fallback="ireland"),
        _balancer({"GB": "london"}, default="london"),
        _balancer({"US": "virginia"}, default="virginia", fallback="virginia"),
        _balancer({"US": "virginia"}, default="virginia", regionPools={"WEU": ["${ireland.id}"]}),
        _record("origin.eu-central-1.elb.amazonaws.com", country="DE"),
        _record("origin.us-east-1.elb.amazonaws.com", country="US"),
    ),
)
def people_are_served_within_their_law(router: Subject) -> Iterator[str]:
    if router.resource.type == ROUTE53_RECORD:
        yield from known_first(router.properties.sections("geolocationRoutingPolicies"), lambda place: _misled(router, place))
        return
    yield from _outside(router, "countryPools", tuple(router.properties.section("countryPools")), of_any=True)
    strict = sorted(strict_countries(router.resource))
    for key in ("fallbackPool", "defaultPools"):
        yield from _outside(router, key, strict, of_any=False)
    if EUROPE.intersection(router.properties.section("regionPools")):
        yield from _outside(router, "regionPools", sorted(routing().eu_strict.members), of_any=True)


def _outside(router: Subject, key: str, countries: Iterable[str], *, of_any: bool) -> Iterator[str]:
    """Pools in regions that may serve none of the countries, or not all of them; which pool is whose is not known before the update."""
    bounds = [allowed_regions(country) for country in countries]
    if not bounds or key not in router.properties:
        return
    allowed = frozenset[str]().union(*bounds) if of_any else bounds[0].intersection(*bounds)
    pools = router.referents(key, *edge.LOAD_BALANCER_POOL)
    if not pools:
        raise Undecided(f"{router.resource.name}.{key} (pools outside this stack)")
    yield from known_first(pools, lambda pool: _beyond(pool, key, allowed))
    certain = bounds[0].intersection(*bounds)
    if any(region_of(pool) not in certain for pool in pools if region_of(pool)) and key == "countryPools":
        raise Undecided(f"{router.resource.name}.{key} (which country has which pool)")


def _beyond(pool: Resource, key: str, allowed: frozenset[str]) -> Iterator[str]:
    region = region_of(pool)
    if region and region not in allowed:
        yield f"{key} sends people to {region}, where their data may not go"


def _misled(router: Subject, place: Any) -> Iterator[str]:
    if place.text("country") not in routing().eu_strict.countries and place.text("continent") != "EU":
        return
    region = _target_region(router)
    if region not in strict_regions():
        yield f"people of {place.text('country') or 'Europe'} are sent to {region}"


def _target_region(router: Subject) -> str:
    """Region that a record leads to: that of a load balancer of the stack, else what the target's name says."""
    for key in ("records", "aliases"):
        for balancer in router.referents(key, *edge.AWS_LOAD_BALANCER):
            return providers.region(router.stack, balancer)
    targets = (*router.properties.texts("records"), *(alias.text("name") for alias in router.properties.sections("aliases")))
    found = next((match[0] for target in targets if (match := REGION.search(target))), None)
    if found is None:
        raise Undecided(f"{router.resource.name}.records (a name that tells no region)")
    return found


_EU = {"DE": "frankfurt", "FR": "ireland"}


def _regional(hostname: str, key: str) -> dict[str, Draft]:
    return {"regional": resource(edge.REGIONAL_HOSTNAME[0], {"zoneId": _ZONE, "hostname": hostname, "regionKey": key})}


@rule(
    "res-16",
    on=edge.LOAD_BALANCER,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Without it any of Cloudflare's data centres takes the encryption off, wherever in the world the visitor's route happens to lead.",
    fix='Make a RegionalHostname with the load balancer\'s name and regionKey "eu" (Data Localization Suite).',
    controls=("gdpr:44",),
    bad=(
        _balancer(_EU),
        _balancer(_EU, more=_regional("api.example.com", "eu")),
        _balancer(_EU, more=_regional("eu.api.example.com", "us")),
    ),
    good=(
        _balancer(_EU, more=_regional("eu.api.example.com", "eu")),
        _balancer({"US": "virginia"}),
    ),
)
def strict_hosts_are_decrypted_in_their_region(balancer: Subject) -> Iterator[str]:
    if not strict_countries(balancer.resource):
        return
    keys = {group.regional_key for name, group in routing().groups.items() if _is_strict(name)} - {None}
    found = known_first(balancer.stack.of_type(*edge.REGIONAL_HOSTNAME), lambda each: _keys(each, balancer.properties.text("name")))
    if not any(key in keys for key in found):
        yield f"{balancer.properties.text('name')} serves people of the EEA and is decrypted anywhere"


def _is_strict(group: str) -> bool:
    return any(routing().eu_strict.countries.intersection(route.countries) for route in routing().routes_of(group))


def _keys(regional: Resource, hostname: str) -> Iterator[str]:
    if regional.properties.text("hostname") == hostname:
        yield regional.properties.text("regionKey")


def _job(destination: str, **inputs: str) -> Example:
    subject = resource(edge.LOGPUSH_JOB[0], {"zoneId": _ZONE, "dataset": "http_requests", "destinationConf": destination, **inputs})
    of_eu = _balancer(_EU)
    return Example({"subject": subject, "balancer": of_eu.drafts["subject"], **_POOLS})


_FILTER = '{"where":{"key":"ClientRequestHost","operator":"eq","value":"%s"}}'


@rule(
    "res-17",
    on=edge.LOGPUSH_JOB,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Logs of requests hold addresses, names and what was asked for: they are the data that the routing kept at home.",
    fix="Set destinationConf to s3://<bucket>/...?region=<region of the jurisdiction>, with a filter by ClientRequestHost for each one.",
    controls=("gdpr:30", "gdpr:44"),
    bad=(
        _job("s3://logs/edge/{DATE}?region=us-east-1&sse=AES256"),
        _job("s3://logs/edge?region=eu-west-2"),
        _job("s3://logs/edge?region=us-east-1", filter=_FILTER % "eu.api.example.com"),
        _job("https://http-intake.logs.example.com/v1/input"),
        _job("s3://logs/edge"),
    ),
    good=(
        _job("s3://logs/edge/{DATE}?region=eu-west-1&sse=AES256"),
        _job("s3://logs/edge?sse=AES256&region=eu-central-1", filter=_FILTER % "eu.api.example.com"),
        _job("s3://logs/edge?region=us-east-1", filter=_FILTER % "na.api.example.com"),
        example(resource(edge.LOGPUSH_JOB[0], {"zoneId": _ZONE, "dataset": "http_requests", "destinationConf": "s3://l?region=us-east-1"})),
    ),
)
def logs_stay_where_people_are_served(job: Subject) -> Iterator[str]:
    if "zoneId" not in job.properties:
        return
    hosts = tuple(_strict_hosts(job.stack))
    covered = [host for host in hosts if "filter" not in job.properties or f'"{host}"' in job.properties.text("filter")]
    if not covered:
        return
    destination = _OF_DESTINATION.match(job.properties.text("destinationConf"))
    if not destination:
        yield f"requests to {covered[0]} are written to a place of no known region"
    elif destination[1] not in strict_regions():
        yield f"requests to {covered[0]} are written down in {destination[1]}"


def _strict_hosts(stack: Stack) -> Iterator[str]:
    return known_first(stack.of_type(*edge.LOAD_BALANCER), lambda each: (each.properties.text("name"),) if strict_countries(each) else ())
