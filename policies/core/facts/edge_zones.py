"""Cloudflare zones as a stack sees them: most are made elsewhere, so that their id is all that ties their parts together."""

from collections.abc import Iterator

from policies.core import edge_tokens as edge
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, known_first

MADE_OR_SET = (*edge.ZONE, *edge.ZONE_SETTING)
"""What shows that the stack decides a zone's settings, in the order in which one speaks for the zone."""
CONFIGURED = (*MADE_OR_SET, *edge.LOAD_BALANCER, *edge.RULESET)
"""What shows that the stack decides how a zone is protected. A DNS record alone does not."""


def zone_of(resource: Resource) -> tuple[str, ...]:
    """What tells the resource's zone from others: the zone's URN where the stack makes it, else its id; empty for one of the account."""
    if resource.type in edge.ZONE:
        return (resource.urn,)
    return resource.property_dependencies.get("zoneId") or tuple(filter(None, (resource.properties.text("zoneId"),)))


def of_zone(stack: Stack, resource: Resource, *tokens: str) -> Iterator[Resource]:
    """Resources of these types in the zone of the resource; those whose zone is unknown raise Undecided after the others."""
    zone = zone_of(resource)
    return known_first(stack.of_type(*tokens), lambda each: (each,) if zone_of(each) == zone else ())


def speaks_for_zone(stack: Stack, resource: Resource, anchors: tuple[str, ...]) -> bool:
    """Whether a finding about the whole zone is told of this resource: of the first anchor of each zone, lest it be told of all."""
    if not zone_of(resource):
        return False
    for token in anchors:
        candidates = sorted(of_zone(stack, resource, token), key=lambda each: each.urn)
        if candidates:
            return candidates[0] is resource
    return False


def settings(stack: Stack, resource: Resource, setting: str) -> Iterator[Resource]:
    """Resources that set something in the resource's zone; one of which that is unknown raises Undecided after the others."""
    return known_first(
        of_zone(stack, resource, *edge.ZONE_SETTING),
        lambda each: (each,) if each.properties.text("settingId") == setting else (),
    )


def rules(stack: Stack, resource: Resource, phase: str) -> Iterator[Properties]:
    """Rules in force in a phase of the resource's zone, the account's own rulesets included (they run in every zone of it)."""
    return known_first(stack.of_type(*edge.RULESET), lambda each: _rules(each, zone_of(resource), phase))


def _rules(ruleset: Resource, zone: tuple[str, ...], phase: str) -> Iterator[Properties]:
    if ruleset.properties.text("phase") == phase and zone_of(ruleset) in (zone, ()):
        yield from enabled(ruleset)


def enabled(ruleset: Resource) -> Iterator[Properties]:
    """Rules of a ruleset that are switched on, as they are unless told otherwise."""
    return known_first(ruleset.properties.sections("rules"), lambda rule: (rule,) if rule.flag("enabled", default=True) else ())
