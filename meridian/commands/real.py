"""`meridian preview --engine pulumi`: the Plan by the real Pulumi engine instead of the embedded one."""

from enum import StrEnum

from meridian.engine import pulumi
from meridian.engine.project import Project
from meridian.engine.pulumi import Proposal
from meridian.plan import Plan


class Source(StrEnum):
    """Which engine makes the Plan."""

    EMBEDDED = "embedded"
    """The one in this process: no CLI, no account."""
    PULUMI = "pulumi"
    """The Pulumi CLI, over stand-in clouds and a state that is thrown away."""


def real_plan(project: Project, stack: str, *, cloud: bool) -> Plan:
    """The Plan by the real engine; with `cloud`, over the user's own backend and providers, as `pulumi preview` does.

    Raises:
        NoEngine: there is no usable CLI.
        EngineRefused: it refuses for a known reason; an interrupted update counts as one.
        EngineFailed: it failed otherwise.
    """
    return _proposal(project, stack, cloud=cloud).plan


def _proposal(project: Project, stack: str, *, cloud: bool) -> Proposal:
    if not cloud:
        with pulumi.engine(project.root, stack) as engine:
            return engine.preview()
    with pulumi.cloud(project.root, stack) as engine:
        engine.refuse_interrupted()
        return engine.preview()
