"""Karpenter's pools: which work gets nodes of its own, from which market, and how readily they are taken away again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from components.base import Spec
from components.cluster.gpu_offers import Accelerator, alternatives, carriers
from components.cluster.gpu_runtime import GPU_TAINTS
from components.cluster.launch_template import DiskSpec
from components.cluster.managed_group import Taint
from components.network.address_plan import ZoneId


class PoolKind(StrEnum):
    """Kinds of work that want nodes of their own."""

    GENERAL = "general"
    """Whatever names no other pool."""
    COMPUTE = "compute"
    """Much CPU for its memory: tolerates `dedicated=compute`."""
    SPOT = "spot"
    """May be interrupted within two minutes: tolerates `dedicated=spot`."""
    GPU = "gpu"
    """Asks for `nvidia.com/gpu`: tolerates it and `dedicated=ai-workload`."""


class Architecture(StrEnum):
    """Instruction sets, as Kubernetes spells them in `kubernetes.io/arch`."""

    AMD64 = "amd64"
    ARM64 = "arm64"


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What follows from the kind of a pool."""

    capacity_type: str
    """Market."""
    categories: tuple[str, ...]
    """Instance categories; of GPU pools none, as they name their types."""
    taints: tuple[Taint, ...]
    """Keep other work away: a pod that several pools fit may land in any (Karpenter 1.14, NodePools)."""
    consolidation: str
    """When Karpenter may take a node away to save money."""
    idle: str
    """How long a node must have been left alone before."""
    budgets: tuple[Mapping[str, Any], ...]
    """How many nodes may go at a time."""
    drain_minutes: int
    """How long a node may take to drain before pods that refuse are ended."""


_TENTH: Mapping[str, Any] = {"nodes": "10%"}
_WORKING_HOURS: Mapping[str, Any] = {"nodes": "0", "reasons": ["Underutilized"], "schedule": "0 6 * * mon-fri", "duration": "14h"}

TRAITS: Mapping[PoolKind, Traits] = {
    PoolKind.GENERAL: Traits(
        capacity_type="on-demand",
        categories=("c", "m", "r"),
        taints=(),
        consolidation="WhenEmptyOrUnderutilized",
        idle="10m",
        budgets=(_TENTH, _WORKING_HOURS),
        drain_minutes=60,
    ),
    PoolKind.COMPUTE: Traits(
        capacity_type="on-demand",
        categories=("c",),
        taints=(Taint(key="dedicated", value="compute"),),
        consolidation="WhenEmptyOrUnderutilized",
        idle="10m",
        budgets=(_TENTH,),
        drain_minutes=60,
    ),
    PoolKind.SPOT: Traits(
        capacity_type="spot",
        categories=("c", "m", "r"),
        taints=(Taint(key="dedicated", value="spot"),),
        consolidation="WhenEmptyOrUnderutilized",
        idle="5m",
        budgets=({"nodes": "20%"},),
        drain_minutes=10,
    ),
    PoolKind.GPU: Traits(
        capacity_type="on-demand",
        categories=(),
        taints=GPU_TAINTS,
        consolidation="WhenEmpty",  # a moved model loads for minutes; only an empty node is worth taking
        idle="15m",
        budgets=({"nodes": "1"},),
        drain_minutes=120,
    ),
}


class KarpenterPoolSpec(Spec):
    """Knobs of one pool."""

    kind: PoolKind
    """Kind of work; decides market, instance categories, taints and disruption."""
    architecture: Architecture = Architecture.AMD64
    """Instruction set of the nodes."""
    cpu_limit: int = Field(default=500, ge=1)
    """Most vCPU of all nodes together: what a runaway deployment can cost."""
    memory_limit_gib: int = Field(default=2000, ge=1)
    """Most GiB of main memory of all nodes together."""
    gpu_limit: int = Field(default=0, ge=0)
    """Most GPUs of all nodes together; GPU pools need one."""
    accelerators: tuple[Accelerator, ...] = ()
    """GPU models that a GPU pool may use; those that the region does not offer are passed over."""
    disk: DiskSpec = DiskSpec()
    """Volume of each node."""
    expire_hours: int = Field(default=720, ge=1)
    """Age in hours at which a node is replaced, so that none runs unpatched for more than 30 days."""

    @model_validator(mode="after")
    def _gpus_belong_together(self) -> Self:
        if (self.kind is PoolKind.GPU) != bool(self.accelerators):
            raise ValueError(
                f"accelerators: a {self.kind} pool {'needs at least one' if self.kind is PoolKind.GPU else 'has none: set kind: gpu'}"
            )
        if (self.kind is PoolKind.GPU) != bool(self.gpu_limit):
            raise ValueError(
                f"gpu_limit: {self.gpu_limit} in a {self.kind} pool: {'set at least 1' if self.kind is PoolKind.GPU else 'set kind: gpu'}"
            )
        return self


def gpu_types(spec: KarpenterPoolSpec, region: str) -> list[str]:
    """Names of the instance types a GPU pool may use in the region."""
    found = [kind for accelerator in spec.accelerators for kind in carriers(accelerator, region)]
    return [kind.name for kind in found if (kind.architecture == "arm64") == (spec.architecture is Architecture.ARM64)]


def pool_faults(spec: KarpenterPoolSpec, region: str, zones: Sequence[ZoneId]) -> list[str]:
    """Why the pool could never start a node in the region."""
    if spec.kind is not PoolKind.GPU or gpu_types(spec, region):
        return []
    wanted = ", ".join(spec.accelerators)
    return [f"accelerators: none of {wanted} for {spec.architecture} is offered in {region}; offered are: {alternatives(region, zones)}"]
