"""In which order stacks are updated: what fewest users feel goes first, and regions that stand in for each other never go together."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from stacks.profile import Environment, Role


@dataclass(frozen=True, kw_only=True)
class Member:
    """What is known of a stack before it is planned: its file."""

    stack: str
    """Its name."""
    region: str = ""
    """AWS region code; empty for a stack of no region, which reads those of all."""
    environment: str = Environment.PRODUCTION
    """What the stack is for."""
    role: str = Role.SECONDARY
    """What the region is in its area."""
    partner: str = ""
    """Region that takes over from it."""
    sessions: int = 0
    """Concurrent sessions that it can carry: whom a mistake would hit."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Stacks that may be updated side by side, after everything in the waves before."""

    name: str
    """What they have in common, e.g. `secondaries`."""
    stacks: tuple[str, ...]
    """Sorted by name."""


class CannotOrder(Exception):
    """The stacks cannot be put in order; the message has a line for each fault."""


Groups = Mapping[str, Collection[str]]
"""Residency group -> its regions: those that serve each other's users when one is lost (components/catalog/routing.yaml)."""


def waves(members: Sequence[Member], groups: Groups) -> tuple[Wave, ...]:
    """Development, staging, one secondary, the other secondaries, primaries, then what has no region.

    The one secondary has the fewest sessions and, of those, the fewest regions that count on it. Within a step regions that count on each
    other are spread over as many waves as that takes: what takes over from a region must be sound while that one changes (C-20 of the
    requirements: the group bounds every route).

    Raises:
        CannotOrder: a file does not say what the order follows from.
    """
    if faults := list(order_faults(members, groups)):
        raise CannotOrder("\n".join(faults))
    regions, beside = [each for each in members if each.region], sorted(each.stack for each in members if not each.region)
    serving = sorted(
        (each for each in regions if each.environment == Environment.PRODUCTION), key=lambda each: _risk(each, regions, groups)
    )
    secondaries = [each for each in serving if each.role == Role.SECONDARY]
    steps = {
        "development": [each for each in regions if each.environment == Environment.DEVELOPMENT],
        "staging": [each for each in regions if each.environment == Environment.STAGING],
        "first secondary": secondaries[:1],
        "secondaries": secondaries[1:],
        "primaries": [each for each in serving if each.role == Role.PRIMARY],
    }
    spread = [wave for name, step in steps.items() for wave in _spread(name, step, groups)]
    return (*spread, *([Wave(name="global", stacks=tuple(beside))] if beside else []))


def together(one: Member, other: Member, groups: Groups) -> str:
    """Why the two may not be updated side by side; empty when they may. Only what serves users can be missed."""
    if {one.environment, other.environment} != {Environment.PRODUCTION} or not (one.region and other.region):
        return ""
    if one.region == other.region:
        return f"both are in {one.region}"
    if one.region == other.partner or other.region == one.partner:
        return "one takes over from the other"
    shared = sorted(name for name, regions in groups.items() if {one.region, other.region} <= set(regions))
    return f"both serve group {', '.join(shared)}" if shared else ""


def order_faults(members: Sequence[Member], groups: Groups) -> Iterator[str]:
    """One line for each thing that a file must say before its stack has a place: which stack, what is said, what to do."""
    grouped = {region for regions in groups.values() for region in regions}
    for each in (each for each in members if each.region):
        if each.environment not in set(Environment):
            yield f"{each.stack}: environment: '{each.environment}' is none of {', '.join(Environment)}: correct it in the stack file"
        if each.role not in set(Role):
            yield f"{each.stack}: role: '{each.role}' is none of {', '.join(Role)}: correct it in the stack file"
        if each.environment == Environment.PRODUCTION and each.region not in grouped:
            yield (
                f"{each.stack}: region: {each.region} is missing from the routing table, which tells what must not go with it: "
                "add it to a group of components/catalog/routing.yaml"
            )


def _risk(member: Member, others: Sequence[Member], groups: Groups) -> tuple[int, int, str]:
    return member.sessions, sum(bool(together(member, other, groups)) for other in others if other is not member), member.stack


def _spread(name: str, step: Sequence[Member], groups: Groups) -> Iterator[Wave]:
    """First fit, in order of risk: each into the first wave in which nobody counts on it."""
    found: list[list[Member]] = []
    for member in step:
        place = next((wave for wave in found if not any(together(member, other, groups) for other in wave)), None)
        if place is None:
            found.append([member])
        else:
            place.append(member)
    for number, wave in enumerate(found, 1):
        yield Wave(name=f"{name} {number} of {len(found)}" if len(found) > 1 else name, stacks=tuple(sorted(each.stack for each in wave)))


def conflicts(wave: Wave, members: Sequence[Member], groups: Groups) -> Iterator[str]:
    """What is wrong with a wave, whoever made it: pairs that may not be updated side by side."""
    within = [member for member in members if member.stack in wave.stacks]
    for one, other in combinations(within, 2):
        if why := together(one, other, groups):
            yield f"{wave.name}: {one.stack} and {other.stack}: {why}: put them in different waves"
