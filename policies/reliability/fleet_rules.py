"""The fleet: what is left must carry what is lost, within the law, and nothing may take too much of it along."""

from collections.abc import Iterator
from typing import Any

from components.catalog.failover import Overload
from components.catalog.routing import MAINTENANCE
from policies.core import edge_tokens, tokens
from policies.core.example import Example, example, resource, told
from policies.core.facts import providers
from policies.core.fleet import Fleet, Ground
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, Undecided
from policies.reliability.fleet_example import fleet

_ON = (tokens.EKS_CLUSTER, *edge_tokens.LOAD_BALANCER)
"""A cluster speaks of its region, the first load balancer of the stack that steers the fleet of all regions."""


def _region(manifest: dict[str, Any], name: str = "eu-west-1", **settings: Any) -> Example:
    cluster = example(resource(tokens.EKS_CLUSTER), provider=resource(tokens.AWS_PROVIDER, {"region": name}))
    return told(cluster, fleet=manifest, **settings)


def _steered(manifest: dict[str, Any], **settings: Any) -> Example:
    return told(example(resource(edge_tokens.LOAD_BALANCER[0], {"defaultPools": ["ireland", "frankfurt"]})), fleet=manifest, **settings)


def _spoken_of(subject: Subject) -> frozenset[str]:
    """Regions that the subject speaks of.

    Raises:
        Undecided: the fleet says nothing of its region.
    """
    found = subject.settings.fleet.regions
    if subject.resource.type in edge_tokens.LOAD_BALANCER:
        speaks = subject.resource is subject.stack.of_type(*edge_tokens.LOAD_BALANCER)[0]
        return frozenset(found) if speaks else frozenset()
    region = providers.region(subject.stack, subject.resource)
    if region not in found:
        raise Undecided(f"fleet.regions.{region or '*'} (what the region of {subject.resource.name} carries)")
    return frozenset({region})


@rule(
    "rel-04",
    on=_ON,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="A region that takes over more than it can carry is lost too, and room outside the residency group is room that nobody may use.",
    fix=(
        "Raise the capacity of the region named until 0.8 of it carries what it takes over, spread its routes over more regions of their "
        "group, or add one; what each carries stands in `fleet`, which `meridian` fills from the stack files."
    ),
    controls=("hipaa:164.308(a)(7)(ii)(C)",),
    settings=("fleet",),
    bad=(
        _region(fleet(routes__germany__demand=4_001)),
        _region(fleet(routes__ireland__regions=["eu-west-1"])),
        _region(fleet(routes__ireland__regions=["eu-west-1", "us-east-1"], regions__us_east_1__capacity=100_000)),
        _region(fleet(routes__ireland__demand=12_000, routes__germany__demand=0)),
        _steered(fleet(regions__us_west_2__capacity=9_000)),
    ),
    good=(
        _region(fleet()),
        _steered(fleet()),
        _region(fleet(routes__germany__demand=4_001), "us-east-1"),
        _region(fleet(routes__ireland__regions=["eu-west-1", "us-east-1", "eu-central-1"])),
    ),
)
def survivors_of_the_group_carry_a_lost_region(standing: Subject) -> Iterator[str]:
    manifest = standing.settings.fleet
    if not manifest.routes:
        raise Undecided("fleet.routes (who serves whom, and how many they are)")
    spoken = _spoken_of(standing)
    yield from (str(overload) for overload in manifest.overloads() if spoken & _concerned(overload, manifest))


def _concerned(overload: Overload, manifest: Fleet) -> frozenset[str]:
    """The region that carries too much; where none is left, those that are lost, or all."""
    if overload.survivor != MAINTENANCE:
        return frozenset({overload.survivor})
    return frozenset(overload.lost or manifest.regions)


SMALLEST_FLEET = 3
"""Regions of which each can be a third of the fleet; in a smaller one only what several stand on can be avoided."""


def _sharing(kind: str) -> dict[str, Any]:
    shared = {"standsOn": {"stack": "europe", kind: "shared"}}
    return fleet(
        regions={name: {**region, **(shared if name.startswith("eu") else {})} for name, region in fleet()["regions"].items()},
    )


@rule(
    "rel-21",
    on=_ON,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="What many regions stand on takes them all along: one update, one control plane, one key, and no survivor is left to fail over to.",
    fix=(
        "Give each region a stack, a cluster and a key of its own, and none more than max_blast_percent of the capacity; what a region "
        "stands on is told in `fleet.regions.<region>.standsOn`."
    ),
    controls=("soc2:A1.2",),
    settings=("fleet", "max_blast_percent"),
    bad=(
        _region(_sharing("stack")),
        _region(_sharing("key")),
        _steered(_sharing("cluster")),
        _region(fleet(regions__eu_west_1__capacity=20_000)),
        _steered(fleet(), max_blast_percent=20),
    ),
    good=(_region(fleet()), _steered(fleet()), _region(_sharing("stack"), "us-east-1"), _region(_sharing("stack"), max_blast_percent=50)),
)
def nothing_takes_too_much_of_the_fleet_along(standing: Subject) -> Iterator[str]:
    manifest, most = standing.settings.fleet, standing.settings.max_blast_percent
    shares = manifest.shares()
    if not shares:
        raise Undecided("fleet.regions.*.standsOn (which stack, cluster and key each region stands on)")
    spoken = _spoken_of(standing)
    for (kind, name), share in shares.items():
        standing_there = {region for region, told in manifest.regions.items() if told.stands_on.get(kind) == name}
        avoidable = len(manifest.regions) >= SMALLEST_FLEET or len(standing_there) > 1
        if 100 * share > most and avoidable and standing_there & spoken:
            yield f"{share:.0%} of the fleet's capacity stands on {kind} {name}: {most:g} % may"
    for region in sorted(spoken):
        if Ground.STACK not in manifest.regions[region].stands_on:
            raise Undecided(f"fleet.regions.{region}.standsOn.stack")
