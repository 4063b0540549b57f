"""`meridian drill`: lose zones or regions."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Annotated

import pulumi
import typer
from rich.console import Console

from components.catalog.loader import region as region_row
from components.catalog.recovery import Probe
from components.catalog.routing import routing
from meridian.analysis.capacity import ZoneLoss, zone_loss
from meridian.analysis.drill import Drill, drill, sweep
from meridian.analysis.machines import zones
from meridian.analysis.region_loss import World
from meridian.commands.preview import LOG_WIDTH, default_jobs
from meridian.engine.faults import ProgramFailed
from meridian.engine.project import Project, WrongProject
from meridian.fleet import Ending, Order, preview_all
from meridian.plan import Mode, Plan
from meridian.report.drill import document, print_drill, print_sweep
from meridian.report.json_target import JsonTarget
from policies.core.names import near
from stacks.failover import Failover, failover
from stacks.faults import WrongStackFile

DEEPEST = 2
"""Zones and regions that `--all` loses at once."""


class CannotDrill(Exception):
    """What was asked cannot be lost; the message says what can."""


MENDABLE = (WrongProject, ProgramFailed, pulumi.RunError)
"""Why a region may have no Plan."""
ERRORS = (CannotDrill, WrongStackFile)
"""What a user can mend."""


def drill_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ZONE|REGION]...", help="What is lost at once, e.g. euw1-az2 or eu-west-1.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every loss of one and of two regions, and of one and two zones of each.")] = False,
    json_file: Annotated[str | None, typer.Option("--json", help="Write the drills as JSON to this file; - is standard output.")] = None,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Lose zones or regions: where traffic goes, what gives way, which data is out of reach, how long it takes, which promises hold."""
    if every == bool(names):
        raise CannotDrill("name zones or regions that are lost, or say --all")
    target, found = JsonTarget.checked(json_file), Project.at(project.resolve())
    fleet = failover(found.stack_directory)
    world = _world(fleet)
    drills = sweep(world, _every_zone(found, fleet)) if every else (_named(found, fleet, world, tuple(dict.fromkeys(names or ()))),)
    if not target.takes_stdout:
        console = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
        if every:
            print_sweep(drills, console)
        else:
            print_drill(drills[0], console)
    if target.is_wanted:
        target.write_text(json.dumps(document(drills), indent=2) + "\n")
    judged = [each for each in drills if not every or len(each.lost) == 1]
    raise typer.Exit(Ending.CLEAN if all(each.survived for each in judged) else Ending.FINDINGS)


def _world(fleet: Failover) -> World:
    probe = Probe(**{name: getattr(fleet.monitor, name) for name in Probe.model_fields})
    return World(table=routing().served_by(fleet.capacity), demand=fleet.demand, capacity=fleet.capacity, probe=probe)


def _named(project: Project, fleet: Failover, world: World, names: Sequence[str]) -> Drill:
    home = {zone: region for region in fleet.stacks for zone in region_row(region).zones}
    for name in names:
        if name not in fleet.stacks and name not in home:
            raise CannotDrill(f"'{name}' is no region of the fleet and no zone of one; {near(name, (*fleet.stacks, *home))}")
    lost = [name for name in names if name in fleet.stacks]
    by_region: dict[str, list[str]] = {}
    for name in (name for name in names if name in home and home[name] not in lost):
        by_region.setdefault(home[name], []).append(name)
    plans = _plans(project, [fleet.stacks[region] for region in by_region])
    return drill(world, lost, {region: _lose(plans[fleet.stacks[region]], gone) for region, gone in by_region.items()})


def _lose(plan: Plan, gone: Sequence[str]) -> ZoneLoss:
    if unused := sorted(set(gone) - set(zones(plan))):
        raise CannotDrill(f"{plan.stack} uses no {', '.join(unused)}; its zones are {', '.join(zones(plan))}")
    return zone_loss(plan, *gone)


def _every_zone(project: Project, fleet: Failover) -> Mapping[str, Mapping[tuple[str, ...], ZoneLoss]]:
    plans = _plans(project, list(fleet.stacks.values()))
    found = {region: plans[stack] for region, stack in fleet.stacks.items()}
    return {region: {gone: zone_loss(plan, *gone) for gone in _losses(zones(plan))} for region, plan in found.items()}


def _losses(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (gone for count in range(1, DEEPEST + 1) for gone in combinations(names, count))


def _plans(project: Project, stacks: Sequence[str]) -> Mapping[str, Plan]:
    """Plans of these stacks and of no other.

    Raises:
        CannotDrill: one of them has none; names its faults.
    """
    if not stacks:
        return {}
    order = Order(project=project, mode=Mode.PREVIEW, with_policies=False, today=date.today(), mendable=MENDABLE)
    outcomes = list(preview_all(order, stacks, jobs=default_jobs(), watch=lambda stack, count: None))
    if faults := [f"{outcome.stack}: {outcome.fault}" for outcome in outcomes if outcome.preview is None]:
        raise CannotDrill("\n".join(faults))
    return {outcome.stack: outcome.preview.plan for outcome in outcomes if outcome.preview}
