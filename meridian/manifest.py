"""The fleet as checks are told of it, from the stack files: no single Plan shows it."""

from collections.abc import Iterable
from pathlib import Path

from components.catalog.routing import routing
from policies.core.fleet import Fleet, FleetRegion, FleetRoute, Ground
from policies.core.rule import Rule
from policies.core.settings import aliases
from stacks.failover import Failover, failover
from stacks.faults import WrongStackFile

TELLS = "fleet"
"""The setting."""


def fleet_manifest(directory: Path) -> Fleet:
    """What the stack files of the folder say together. A steering that cannot be read counts as nobody's word: its own stack names it."""
    try:
        return _told(failover(directory))
    except WrongStackFile:
        return Fleet()


def configuration_document(fleet: Fleet, rules: Iterable[Rule]) -> dict[str, dict[str, object]]:
    """What `--policy-pack-config` takes: the fleet for each of these checks that asks for it."""
    (key,) = aliases((TELLS,))
    manifest = fleet.model_dump(mode="json", by_alias=True)
    return {rule.id: {key: manifest} for rule in rules if TELLS in rule.settings}


def _told(found: Failover) -> Fleet:
    """A region has a stack of its own, and with it a cluster and keys: the stack is all that it falls with."""
    table = routing().served_by(found.capacity)
    return Fleet(
        regions={
            region: FleetRegion(capacity=found.capacity[region], stands_on={Ground.STACK: stack}, pools=(f"*{region}*",))
            for region, stack in found.stacks.items()
        },
        groups={name: group.regions for name, group in table.groups.items() if group.regions},
        routes={
            name: FleetRoute(group=route.group, regions=route.pools, demand=found.demand[name])
            for name, route in table.routes.items()
            if route.pools and name in found.demand
        },
    )
