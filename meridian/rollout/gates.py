"""What must hold before a stack is updated, and after it before the next one is. A gate finds faults, one line each; none opens it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

from meridian.analysis.verdicts import Verdicts
from meridian.engine.events import Events
from meridian.plan import Level, Plan

GATES: Mapping[str, str] = MappingProxyType(
    {
        "preview": "the engine's own preview goes through, and no earlier update was cut off",
        "policies": "no policy fails at a level that stops an update",
        "settled": "after the update a second preview has nothing to do",
        "health": "every output that the Plan promises is there, and what tells its own state says it is well",
    }
)
"""Gate -> what it asks, in the order of a stack's turn: two before its update, two after it."""

WELL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "aws:eks/cluster:Cluster": ("status", "ACTIVE"),
        "aws:eks/nodeGroup:NodeGroup": ("status", "ACTIVE"),
        "aws:ec2/vpcEndpoint:VpcEndpoint": ("state", "available"),
        "aws:ec2/natGateway:NatGateway": ("state", "available"),
        "kubernetes:helm.sh/v3:Release": ("status.status", "deployed"),
    }
)
"""Type -> property that tells how it is, and the value that is well (EKS API, Cluster.status and Nodegroup.status; EC2 API,
VpcEndpoint.State and NatGateway.State; Helm, release status). Of what does not tell it, nothing is said."""


def preview_faults(found: Events) -> Iterator[str]:
    """What the engine complained of though its preview went through."""
    for said in found.diagnostics:
        if said.level is Level.ERROR:
            yield f"{said.urn or 'the program'}: {said.message}"


def policy_faults(found: Verdicts | None) -> Iterator[str]:
    """Findings that stop an update."""
    for judgement in found.blocking if found else ():
        yield f"{judgement.rule}: {judgement.urn}: {judgement.message}"


def unsettled_faults(found: Events) -> Iterator[str]:
    """What an update right after the update would do again."""
    for operation, count in sorted(found.changes.items()):
        named = ", ".join(urn.rsplit("::", 1)[-1] for urn in found.urns(operation)[:3])
        yield f"{count} to {operation} again, {named}: the program is not stable, or somebody changes the same resources"


def health_faults(planned: Plan, deployed: Plan) -> Iterator[str]:
    """Outputs that are missing or empty, and resources that say they are not well."""
    for name in sorted(planned.outputs):
        yield from _missing(name, planned.outputs[name], deployed.outputs.get(name))
    for resource in deployed.resources:
        if resource.type in WELL:
            path, well = WELL[resource.type]
            if (said := _at(resource.outputs, path)) not in {None, well}:
                yield f"{resource.type} {resource.name}: {path} is {said}, not {well}: look at the resource before going on"


def _missing(path: str, promised: Any, held: Any) -> Iterator[str]:
    if isinstance(promised, Mapping) and isinstance(held, Mapping):
        below = cast("Mapping[str, Any]", held)
        for key, value in cast("Mapping[str, Any]", promised).items():
            yield from _missing(f"{path}.{key}", value, below.get(key))
    elif promised is not None and held in (None, "", [], {}):
        yield f"output {path}: is missing after the update: whoever reads it would fail"


def _at(outputs: Mapping[str, Any], path: str) -> Any:
    found: Any = outputs
    for key in path.split("."):
        found = cast("Mapping[str, Any]", found).get(key) if isinstance(found, Mapping) else None
    return found
