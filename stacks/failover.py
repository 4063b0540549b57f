"""What decides on failover between regions, as the stack files say it: demand, capacity, health check. Nothing is planned for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from components.edge.steering_spec import MonitorSpec, SteeringSpec
from stacks.faults import WrongStackFile, of_validation
from stacks.neighbours import GLOBAL_KEY, fleet, stack_config, stack_files


@dataclass(frozen=True, kw_only=True)
class Failover:
    """The fleet as steering sees it."""

    stacks: Mapping[str, str]
    """Region -> its stack."""
    capacity: Mapping[str, float]
    """Region -> concurrent sessions that it can carry."""
    demand: Mapping[str, float]
    """Route -> concurrent sessions at peak; empty without a global stack."""
    monitor: MonitorSpec
    """Health check of every region."""


def failover(directory: Path) -> Failover:
    """What the files of the folder say together.

    Raises:
        WrongStackFile: the global stack's steering cannot be read.
    """
    regions = fleet(directory)
    steering = _steering(directory)
    return Failover(
        stacks={neighbour.region: stack for stack, neighbour in regions.items()},
        capacity={neighbour.region: float(neighbour.capacity_sessions) for neighbour in regions.values()},
        demand={route: float(sessions) for route, sessions in steering.demand.items()} if steering else {},
        monitor=steering.monitor if steering else MonitorSpec(),
    )


def _steering(directory: Path) -> SteeringSpec | None:
    for path in stack_files(directory).values():
        spec = stack_config(path).get(GLOBAL_KEY)
        if isinstance(spec, dict):
            try:
                return SteeringSpec.from_yaml(cast("dict[str, Any]", spec).get("steering") or {})
            except ValidationError as error:
                raise WrongStackFile(path.name, of_validation(error, SteeringSpec, f"{GLOBAL_KEY}.steering")) from None
    return None
