"""In which order a region must go: by the graph, and by what broke when others tore clusters down in another order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from meridian.plan import Plan, Planned

Pick = Callable[[Planned], bool]


def _of(*types: str) -> Pick:
    return lambda resource: resource.type in types


def _is_load_balancer(resource: Planned) -> bool:
    return resource.type == "kubernetes:core/v1:Service" and resource.inputs.get("spec", {}).get("type") == "LoadBalancer"


def _is_karpenter(resource: Planned) -> bool:
    return resource.type == "kubernetes:helm.sh/v3:Release" and str(resource.inputs.get("chart", "")).endswith("/karpenter")


def _is_system_group(resource: Planned) -> bool:
    return resource.type == "aws:eks/nodeGroup:NodeGroup" and resource.name == "system-nodes"


def _is_vpc_cni(resource: Planned) -> bool:
    return resource.type == "aws:eks/addon:Addon" and resource.inputs.get("addonName") == "vpc-cni"


STAGES: Mapping[str, Pick] = {
    "NodePools and load balancers": lambda resource: resource.type == "kubernetes:karpenter.sh/v1:NodePool" or _is_load_balancer(resource),
    "node classes": _of("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"),
    "controllers": _is_karpenter,
    "nodes": _is_system_group,
    "vpc-cni": _is_vpc_cni,
    "cluster": _of("aws:eks/cluster:Cluster"),
    "network": _of("aws:ec2/natGateway:NatGateway", "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc"),
}
"""First to go, first in the table. Karpenter's nodes outlive a controller that went before its pools (karpenter-provider-aws#1134, #1955),
network interfaces outlive the CNI and hold the subnets (terraform-aws-eks#285, #2048)."""


def order_faults(plan: Plan, deleted: Sequence[str]) -> Iterator[str]:
    """What went too early; `deleted` are URNs in the order in which they went."""
    turn = {urn: at for at, urn in enumerate(deleted)}
    for resource in plan.made:
        for needed in resource.dependencies:
            if needed in turn and turn.get(resource.urn, -1) > turn[needed]:
                yield f"{plan.by_urn[needed].name} went before {resource.name}, which needs it"
    staged = {stage: [turn[each.urn] for each in plan.made if pick(each) and each.urn in turn] for stage, pick in STAGES.items()}
    for (first, sooner), (second, later) in pairwise((stage, turns) for stage, turns in staged.items() if turns):
        if max(sooner) > min(later):
            yield f"{second} began to go before all of {first} were gone"


def stages_of(plan: Plan) -> tuple[str, ...]:
    """Stages that this Plan has."""
    return tuple(stage for stage, pick in STAGES.items() if any(pick(resource) for resource in plan.made))
