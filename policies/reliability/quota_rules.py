"""Quotas: a region that needs more than its account may have fails in the middle of an update."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from components.catalog.quotas import quotas
from policies.core import dns_tokens, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import zones
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

_VPC, _RULES = resource(tokens.VPC), quotas()["security-group-rules"].default or 0
_DIRECTIONS = {"ingress": tokens.SECURITY_GROUP_INGRESS_RULE, "egress": tokens.SECURITY_GROUP_EGRESS_RULE}
"""Property of a group -> type that holds one such rule."""


def _addresses(count: int) -> dict[str, Draft]:
    return {f"address{number}": resource(dns_tokens.EIP, {"domain": "vpc"}) for number in range(count)}


def _gateways(count: int) -> Example:
    gateways = {f"gateway{number}": resource(tokens.NAT_GATEWAY, {"subnetId": "${public.id}"}) for number in range(count)}
    subnet = resource(tokens.SUBNET, {"vpcId": "${subject.id}", "availabilityZoneId": "euw1-az1"})
    return example(_VPC, public=subnet, **gateways)


def _group(count: int, **inputs: Any) -> Example:
    rules = {
        f"rule{number}": resource(tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": "${subject.id}", "fromPort": number})
        for number in range(count)
    }
    return example(resource(tokens.SECURITY_GROUP, inputs), **rules)


@rule(
    "rel-22",
    on=(tokens.VPC, tokens.SECURITY_GROUP),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="What passes a quota is refused in the middle of an update, when half of it stands already.",
    fix="Have the quota raised by its code (Service Quotas) and say so in `raised_quotas`, or need less.",
    controls=("soc2:A1.2",),
    settings=("raised_quotas",),
    bad=(
        example(_VPC, **_addresses(6)),
        _gateways(6),
        _group(_RULES + 1),
        _group(_RULES, ingress=[{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}]),
    ),
    good=(example(_VPC, **_addresses(5)), _gateways(5), _group(_RULES), _group(0)),
)
def region_stays_within_quotas(counted: Subject) -> Iterator[str]:
    found = _of_group(counted) if counted.resource.type == tokens.SECURITY_GROUP else _of_region(counted)
    for name, count in found:
        quota = quotas()[name]
        allowed = counted.settings.raised_quotas.get(name, quota.default)
        if allowed is not None and count > allowed:
            yield f"{quota.title}: {count} are needed, the quota is {allowed} ({quota.code})"


def _of_region(network: Subject) -> Iterator[tuple[str, int]]:
    """A stack is a region, so that its only VPC speaks for all."""
    yield "elastic-ips", len(network.stack.of_type(dns_tokens.EIP))
    yield "subnets", len(network.referrers(tokens.SUBNET, "vpcId"))
    gateways = network.stack.of_type(tokens.NAT_GATEWAY)
    placed = Counter(
        zone
        for gateway in gateways
        if gateway.properties.text("availabilityMode", "zonal") != "regional"
        for zone in zones.zones(zones.subnets(network.stack, gateway, "subnetId", 1))
    )
    yield "nat-gateways-per-zone", max(placed.values(), default=0)


def _of_group(group: Subject) -> Iterator[tuple[str, int]]:
    for key, token in _DIRECTIONS.items():
        older = [each for each in group.referrers(tokens.SECURITY_GROUP_RULE, "securityGroupId") if each.properties.text("type") == key]
        yield "security-group-rules", len(group.properties.sections(key)) + len(older) + len(group.referrers(token, "securityGroupId"))
