"""Machines that a Plan's node groups have at least: what pods are placed on before anything is scaled."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from components import catalog
from components.catalog.pods import allocatable
from meridian.plan import Plan, Planned

NODE_GROUP, SUBNET = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/subnet:Subnet"
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
"""Labels that Kubernetes gives nodes. EKS puts the zone's name there; a Plan knows its id, which tells zones apart as well."""
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
"""EKS's spelling -> Kubernetes' (EKS API, Taint)."""
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""EC2's spelling -> Kubernetes' (well-known labels)."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A node as the scheduler sees it."""

    name: str
    """Unique in its Plan."""
    group: str
    """Logical name of its node group."""
    labels: Mapping[str, str]
    """Labels, zone and host name among them."""
    taints: tuple[Mapping[str, str], ...]
    """As Kubernetes spells them."""
    allocatable: Mapping[str, int]
    """What pods can have: thousandths of a vCPU, bytes, pods, GPUs."""
    vcpu: int
    """vCPU of the instance."""
    memory_gib: float
    """GiB of the instance."""
    gpus: int
    """GPUs of the instance."""

    @property
    def zone(self) -> str:
        """Zone id."""
        return self.labels[ZONE]


def zones(plan: Plan) -> tuple[str, ...]:
    """Zones that the Plan has subnets in, sorted."""
    return tuple(sorted({str(subnet.inputs["availabilityZoneId"]) for subnet in plan.of_type(SUBNET)}))


def machines(plan: Plan) -> tuple[Machine, ...]:
    """Every node of every group at its minimum size, evenly over the group's zones as Auto Scaling spreads them, the first zones first."""
    return tuple(machine for group in plan.of_type(NODE_GROUP) for machine in _of_group(plan, group))


def group_zones(plan: Plan, resource: Planned, property: str = "subnetIds") -> tuple[str, ...]:
    """Zones of the subnets that a property names, sorted."""
    subnets = (plan.by_urn[urn] for urn in resource.property_dependencies.get(property, ()))
    return tuple(sorted({str(subnet.inputs["availabilityZoneId"]) for subnet in subnets if subnet.type == SUBNET}))


def _of_group(plan: Plan, group: Planned) -> Iterator[Machine]:
    inputs, spread = group.inputs, group_zones(plan, group)
    kinds = [catalog.instance_type(name) for name in inputs["instanceTypes"]]
    least = {key: min(allocatable(kind)[key] for kind in kinds) for key in allocatable(kinds[0])}  # whichever of them is to be had
    taints = tuple(
        {"key": taint["key"], "value": taint.get("value", ""), "effect": _EFFECTS[taint["effect"]]} for taint in inputs.get("taints") or ()
    )
    for number in range(int(inputs["scalingConfig"]["minSize"])):
        name = f"{group.name}-{number}"
        own = {
            ZONE: spread[number % len(spread)],
            HOST: name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": _ARCHITECTURES[kinds[0].architecture],
        }
        yield Machine(
            name=name,
            group=group.name,
            labels={**own, "eks.amazonaws.com/nodegroup": group.name, **inputs.get("labels", {})},
            taints=taints,
            allocatable=least,
            vcpu=min(kind.vcpu for kind in kinds),
            memory_gib=min(kind.memory_gib for kind in kinds),
            gpus=min(int(kind.gpu_count) for kind in kinds),
        )


def total(found: Iterable[Machine]) -> tuple[int, int, float, int]:
    """Nodes, vCPU, GiB and GPUs together."""
    every = tuple(found)
    return len(every), sum(each.vcpu for each in every), sum(each.memory_gib for each in every), sum(each.gpus for each in every)
