"""The way in: no part of it stands in one place only, and none is passed by every request."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from policies.core import edge_tokens, tokens
from policies.core.example import Example, example, resource, told
from policies.core.facts import steered, zones
from policies.core.facts.single_points import single_points
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, Undecided
from policies.reliability.fleet_example import fleet


def _balancer(*placed: str, mapped: bool = False, **inputs: Any) -> Example:
    """A load balancer in subnets of these zones."""
    subnets = {
        name: resource(tokens.SUBNET, {"availabilityZoneId": f"euw1-az{zone}"}) for name, zone in zip("abcdef", placed, strict=False)
    }
    ids = [f"${{{name}.id}}" for name in subnets]
    where = {"subnetMappings": [{"subnetId": each} for each in ids]} if mapped else {"subnets": ids}
    return example(resource(edge_tokens.AWS_LOAD_BALANCER[0], {"loadBalancerType": "network", **where, **inputs}), **subnets)


def _steered(*addresses: str, requests: dict[str, Any] | None = None, **settings: Any) -> Example:
    """A load balancer with a pool in Ireland and one in Frankfurt, that have these addresses."""
    origins = dict(zip(("ireland", "frankfurt"), addresses, strict=False))
    pools = {
        name: resource(
            edge_tokens.LOAD_BALANCER_POOL[0], {"name": name, "monitor": "m", "origins": [{"name": "origin", "address": address}]}
        )
        for name, address in origins.items()
    }
    balancer = resource(edge_tokens.LOAD_BALANCER[0], {"defaultPools": [f"${{{name}.id}}" for name in pools]})
    return told(example(balancer, **pools), fleet=fleet(requests=requests or {}), **settings)


_SHARED = {"eu-west-1": ["gateway"], "eu-central-1": ["gateway"], "gateway": ["a", "b"]}
_APART = {"eu-west-1": ["gateway-1"], "eu-central-1": ["gateway-2"], "gateway-1": ["database"], "gateway-2": ["database", "copy"]}


@rule(
    "rel-06",
    on=(*edge_tokens.AWS_LOAD_BALANCER, *edge_tokens.LOAD_BALANCER),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why=(
        "Every request passes the load balancer: in one zone it takes the whole region down with that zone. A part behind it that every "
        "request passes takes all regions down, however many there are. What else lies on the way is regional at AWS, or asked for by zone "
        "elsewhere: nodes (rel-02), NAT gateways (rel-07)."
    ),
    fix=(
        "AWS: give subnets (or subnet_mappings) in at least min_zones zones. Cloudflare: give pools origins of their own and regions parts "
        "of their own (`fleet.requests` tells what takes requests on); list in single_points what is meant to be passed by all."
    ),
    controls=("soc2:A1.2",),
    settings=("fleet", "min_zones", "single_points"),
    bad=(
        _balancer("1"),
        _balancer("1", "2"),
        _balancer("1", "1", "1"),
        _balancer("1", "2", mapped=True),
        _balancer(),
        _steered("one.example.com", "one.example.com"),
        _steered("one.example.com", "two.example.com", requests=_SHARED),
    ),
    good=(
        _balancer("1", "2", "3"),
        _balancer("1", "2", "3", mapped=True),
        _balancer("1", "2", "3", "1"),
        _steered("one.example.com", "two.example.com"),
        _steered("one.example.com", "two.example.com", requests=_APART),
        _steered("one.example.com", "two.example.com", requests=_SHARED, single_points=["gate*"]),
    ),
)
def way_in_outlives_its_parts(balancer: Subject) -> Iterator[str]:
    yield from _apart(balancer) if balancer.resource.type in edge_tokens.LOAD_BALANCER else _spread(balancer)


def _spread(balancer: Subject) -> Iterator[str]:
    read = balancer.properties
    mapped = "subnetMappings" in read
    key, count = ("subnetMappings", len(read.sections("subnetMappings"))) if mapped else ("subnets", len(read.texts("subnets")))
    spanned = zones.zones(zones.subnets(balancer.stack, balancer.resource, key, count))
    if len(spanned) < balancer.settings.min_zones:
        yield f"lies in {', '.join(sorted(spanned)) or 'no zone'}: {balancer.settings.min_zones} zones are wanted"


def _apart(balancer: Subject) -> Iterator[str]:
    """A load balancer with one pool is rel-05's."""
    if not balancer.settings.fleet.regions:
        raise Undecided("fleet.regions (where pools lead)")
    pools = {name: pool for names in steered.named(balancer) for name, pool in names.pools.items()}
    agreed = balancer.settings.single_points
    for part in single_points(balancer.resource.urn, _links(balancer, pools)) if len(pools) > 1 else ():
        if not any(fnmatchcase(part, glob) for glob in agreed):
            yield f"every request passes {part}: nothing takes over from it"


def _links(balancer: Subject, pools: Mapping[str, Resource | None]) -> Iterator[tuple[str, str]]:
    """From the load balancer over its pools, their addresses and regions to whatever takes requests on there."""
    manifest = balancer.settings.fleet
    for name, pool in pools.items():
        yield balancer.resource.urn, name
        addresses = [origin.text("address") for origin in pool.properties.sections("origins")] if pool else []
        yield from ((name, address) for address in addresses)
        if region := manifest.region_of_pool(name):
            yield from ((before, region) for before in addresses or [name])
    yield from ((part, taking) for part, takes in manifest.requests.items() for taking in takes)
