"""What every managed node group has in common, with and without GPUs: sizes, taints, pinned image, careful updates, repair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components import catalog
from components.base import Spec
from components.cluster.eks import EksCluster
from components.cluster.machine_image import AmiType

MOST_NODES = 450
"""Default quota of nodes in one managed node group (EKS service quotas)."""
MOST_UNAVAILABLE_PERCENT = 33
"""Share of a group that an update may take away at a time: with three zones about one zone's worth."""
GROUP_LABEL = "node-group"
"""Label with the logical name of a node's group. EKS's own label has the physical one, which changes when a group is replaced."""


class CapacityType(StrEnum):
    """How the instances of a group are bought (EKS API, `CapacityTypes`)."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"
    CAPACITY_BLOCK = "capacity_block"


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class Taint(Spec):
    """A taint of all nodes of a group."""

    key: str = Field(min_length=1, max_length=63)
    """Key, e.g. `dedicated`. 63 characters is the EKS API's limit."""
    value: str = Field(default="", max_length=63)
    """Value; may be empty."""
    effect: TaintEffect = TaintEffect.NO_SCHEDULE
    """What happens to pods without toleration; new ones stay away, running ones remain."""

    def toleration(self) -> dict[str, str]:
        """What lets a pod onto the group, in Kubernetes' spelling."""
        return {"key": self.key, "operator": "Exists", "effect": self.effect.value}


class NodeCount(Spec):
    """How many nodes a group may have."""

    min_nodes: int = Field(default=0, ge=0, le=MOST_NODES)
    """Nodes that always run; of a group per zone: in each zone."""
    max_nodes: int = Field(default=3, ge=1, le=MOST_NODES)
    """Most nodes; of a group per zone: in each zone. 450 is the EKS quota of a group."""
    initial_nodes: int | None = Field(default=None, ge=0, le=MOST_NODES)
    """Nodes at creation; the minimum unless set. What runs later is the autoscaler's and the operators' business: changes are ignored."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_nodes > self.max_nodes:
            raise ValueError(f"min_nodes: {self.min_nodes} is more than max_nodes: {self.max_nodes}: raise max_nodes or lower min_nodes")
        if not self.min_nodes <= self.first_nodes <= self.max_nodes:
            raise ValueError(f"initial_nodes: {self.initial_nodes} is not within min_nodes {self.min_nodes} and max_nodes {self.max_nodes}")
        return self

    @property
    def first_nodes(self) -> int:
        """Nodes at creation."""
        return self.min_nodes if self.initial_nodes is None else self.initial_nodes


@dataclass(frozen=True, kw_only=True)
class ManagedGroupArgs:
    """What a managed node group is made of."""

    cluster: EksCluster
    """The cluster it joins."""
    role_arn: pulumi.Input[str]
    """IAM role of the nodes."""
    template: aws.ec2.LaunchTemplate
    """How instances start."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets, one of each zone."""
    count: NodeCount
    """Sizes."""
    instance_types: Sequence[str]
    """In order of preference: on-demand groups take the first that is to be had (EKS user guide, managed node groups, capacity types)."""
    image: AmiType
    """Image; its release is the one the catalogue pins for the cluster's version, as drivers come with it and are not chosen apart."""
    capacity: CapacityType
    """Market."""
    labels: Mapping[str, str]
    """Labels of the nodes."""
    taints: Sequence[Taint] = ()
    """Taints of the nodes."""


def managed_group(name: str, args: ManagedGroupArgs, opts: pulumi.ResourceOptions) -> aws.eks.NodeGroup:
    """An EKS managed node group. `desiredSize` belongs to whoever scales: differences are ignored (pulumi-eks `ignoreScalingChanges`)."""
    return aws.eks.NodeGroup(
        name,
        cluster_name=args.cluster.name,
        node_role_arn=args.role_arn,
        subnet_ids=args.subnet_ids,
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(
            min_size=args.count.min_nodes, max_size=args.count.max_nodes, desired_size=args.count.first_nodes
        ),
        instance_types=args.instance_types,
        ami_type=args.image.value,
        version=args.cluster.version,
        release_version=catalog.eks_version(args.cluster.version).ami_releases[args.image.value],
        capacity_type=args.capacity.name,
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
            id=args.template.id,
            version=args.template.latest_version.apply(str),  # a number: `$Latest` differs at every run (terraform-aws-eks#1446)
        ),
        labels=args.labels,
        taints=[aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value or None, effect=taint.effect.name) for taint in args.taints]
        or None,
        update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable_percentage=MOST_UNAVAILABLE_PERCENT),
        node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["scalingConfig.desiredSize"])),
    )


def offer_faults(instance_types: Sequence[str], region: str, zones: Sequence[str]) -> list[str]:
    """One line for each instance type that EC2 does not offer in all of `zones`. The names must be in the catalogue."""
    offers = {name: catalog.instance_type(name).zones.get(region, ()) for name in instance_types}
    missing = {name: [zone for zone in zones if zone not in offer] for name, offer in offers.items()}
    return [
        f"instance_types: {name} is not offered in {', '.join(lost)} ({region} offers it in {', '.join(offers[name]) or 'no zone'})"
        for name, lost in missing.items()
        if lost
    ]
