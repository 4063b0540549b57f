"""The way in: no part of it stands in one place only."""

from collections.abc import Iterator
from typing import Any

from policies.core import edge_tokens, tokens
from policies.core.example import Example, example, resource
from policies.core.facts import zones
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity


def _balancer(*placed: str, mapped: bool = False, **inputs: Any) -> Example:
    """A load balancer in subnets of these zones."""
    subnets = {
        name: resource(tokens.SUBNET, {"availabilityZoneId": f"euw1-az{zone}"}) for name, zone in zip("abcdef", placed, strict=False)
    }
    ids = [f"${{{name}.id}}" for name in subnets]
    where = {"subnetMappings": [{"subnetId": each} for each in ids]} if mapped else {"subnets": ids}
    return example(resource(edge_tokens.AWS_LOAD_BALANCER[0], {"loadBalancerType": "network", **where, **inputs}), **subnets)


@rule(
    "rel-06",
    on=edge_tokens.AWS_LOAD_BALANCER,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why=(
        "Every request passes the load balancer: in one zone it takes the whole region down with that zone. What else lies on the way is "
        "regional at AWS, or asked for by zone elsewhere: nodes (rel-02), NAT gateways (rel-07)."
    ),
    fix="Give subnets (or subnet_mappings) in at least min_zones zones.",
    controls=("soc2:A1.2",),
    settings=("min_zones",),
    bad=(_balancer("1"), _balancer("1", "2"), _balancer("1", "1", "1"), _balancer("1", "2", mapped=True), _balancer()),
    good=(_balancer("1", "2", "3"), _balancer("1", "2", "3", mapped=True), _balancer("1", "2", "3", "1")),
)
def way_in_outlives_a_zone(balancer: Subject) -> Iterator[str]:
    read = balancer.properties
    mapped = "subnetMappings" in read
    key, count = ("subnetMappings", len(read.sections("subnetMappings"))) if mapped else ("subnets", len(read.texts("subnets")))
    spanned = zones.zones(zones.subnets(balancer.stack, balancer.resource, key, count))
    if len(spanned) < balancer.settings.min_zones:
        yield f"lies in {', '.join(sorted(spanned)) or 'no zone'}: {balancer.settings.min_zones} zones are wanted"
