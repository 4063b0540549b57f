"""Managed node groups without GPUs: one over all zones for stateless work, or one per zone for what owns volumes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import pulumi
from pydantic import Field, model_validator

from components.base import Component
from components.cluster.addons import NodeAddons
from components.cluster.eks import EksCluster
from components.cluster.launch_template import DiskSpec, LaunchArgs, launch_template
from components.cluster.machine_image import OperatingSystem, ami_type
from components.cluster.managed_group import (
    GROUP_LABEL,
    CapacityType,
    ManagedGroupArgs,
    NodeCount,
    Taint,
    managed_group,
    offer_faults,
)
from components.cluster.node_role import NodeRole, NodeRoleArgs
from components.naming import Kind, physical_name
from components.network.address_plan import ZoneId


class Placement(StrEnum):
    """How a node group lies over the zones."""

    SPREAD = "spread"
    """One group over all zones; EC2 Auto Scaling keeps them even."""
    PER_ZONE = "per_zone"
    """One group in each zone. An EBS volume never leaves its zone: a stateful pod needs new nodes in that very one (EKS best practices)."""


class NodeGroupSpec(NodeCount):
    """Knobs of a NodeGroup."""

    instance_types: tuple[str, ...] = Field(min_length=1, max_length=20)
    """Types of one architecture, in order of preference, each offered in all zones. 20 is the EKS API's limit."""
    placement: Placement = Placement.SPREAD
    """Over the zones; per zone for whatever owns volumes."""
    capacity: CapacityType = CapacityType.ON_DEMAND
    """Market; Capacity Blocks are for GPU pools only."""
    system: OperatingSystem = OperatingSystem.AL2023
    """Operating system; the architecture follows from the instance types."""
    disk: DiskSpec = DiskSpec()
    """Volume of each node."""
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Labels of the nodes, beside `node-group`."""
    taints: tuple[Taint, ...] = ()
    """Taints of the nodes."""

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        image = ami_type(self.system, self.instance_types)
        if "NVIDIA" in image:
            raise ValueError(
                f"instance_types: {', '.join(self.instance_types)} have GPUs: make a GPU pool, it brings taints, runtime and disks"
            )
        if self.capacity is CapacityType.CAPACITY_BLOCK:
            raise ValueError("capacity: capacity_block is for GPU pools only: use on_demand or spot")
        for key, value in self.labels.items():
            if value:
                physical_name(Kind.KUBERNETES_LABEL, value)
            if key == GROUP_LABEL:
                raise ValueError(f"labels: {GROUP_LABEL} is set by Meridian to the group's name: choose another key")
        return self


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs:
    """Wires of a NodeGroup."""

    spec: NodeGroupSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster it joins."""
    addons: NodeAddons
    """What must run before a node can become ready."""
    subnet_ids: Mapping[ZoneId, pulumi.Input[str]]
    """Private subnets by zone; the zones are the group's."""
    volume_key_arn: pulumi.Input[str]
    """KMS key of the volumes; its policy holds `launch_template.volume_key_grant`."""
    tags: Mapping[str, str]
    """Tags of instances, volumes and interfaces, which the provider's default tags do not reach."""


class NodeGroup(Component, token="meridian:cluster:NodeGroup"):
    """Nodes of one kind, managed by EKS, with a role and a launch template of their own.

    Raises:
        ValueError: an instance type is not offered in one of the zones.
    """

    role_arn: pulumi.Output[str]
    """IAM role that the nodes assume."""
    role_name: pulumi.Output[str]
    """Its name."""

    def __init__(self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        if faults := offer_faults(spec.instance_types, args.cluster.location.region, tuple(args.subnet_ids)):
            raise ValueError(f"node group '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        self.node_selector = {GROUP_LABEL: physical_name(Kind.KUBERNETES_LABEL, name)}
        self.tolerations = tuple(taint.toleration() for taint in spec.taints)
        role = NodeRole(f"{name}-role", NodeRoleArgs(), self.child)
        template = launch_template(f"{name}-template", _launch(name, args), self.child)
        before = self.after(*role.resources, *args.addons.resources, *args.cluster.vpc.egress)
        self.resources: tuple[pulumi.Resource, ...] = tuple(
            managed_group(
                group,
                ManagedGroupArgs(
                    cluster=args.cluster,
                    role_arn=role.arn,
                    template=template,
                    subnet_ids=[args.subnet_ids[zone] for zone in zones],
                    count=spec,
                    instance_types=spec.instance_types,
                    image=ami_type(spec.system, spec.instance_types),
                    capacity=spec.capacity,
                    labels={**spec.labels, **self.node_selector},
                    taints=spec.taints,
                ),
                before,
            )
            for group, zones in _groups(name, spec.placement, tuple(args.subnet_ids)).items()
        )
        self.role_arn, self.role_name = role.arn, role.name
        self._seal()


def _launch(name: str, args: NodeGroupArgs) -> LaunchArgs:
    return LaunchArgs(
        system=args.spec.system,
        disk=args.spec.disk,
        volume_key_arn=args.volume_key_arn,
        security_group_ids=[args.cluster.security_group_id],
        tags={**args.tags, "Name": f"{args.cluster.cluster_name}-{name}"},
    )


def _groups(name: str, placement: Placement, zones: tuple[ZoneId, ...]) -> Mapping[str, tuple[ZoneId, ...]]:
    """Logical name of each managed group -> its zones."""
    if placement is Placement.SPREAD:
        return {f"{name}-nodes": zones}
    return {f"{name}-nodes-{zone}": (zone,) for zone in zones}
