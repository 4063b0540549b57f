"""GPU pools: a managed node group of one accelerator, placed where the region's zones offer it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.catalog import InstanceType
from components.cluster.addons import NodeAddons
from components.cluster.eks import EksCluster
from components.cluster.gpu_offers import Offer
from components.cluster.gpu_pool_spec import GpuPoolSpec, gpu_faults, gpu_offer
from components.cluster.gpu_runtime import GPU_TAINTS, NODE_LABELS
from components.cluster.launch_template import DiskSpec, LaunchArgs, NetworkInterface, launch_template
from components.cluster.machine_image import ami_type
from components.cluster.managed_group import GROUP_LABEL, CapacityType, ManagedGroupArgs, managed_group
from components.cluster.node_role import NodeRole, NodeRoleArgs
from components.cluster.user_data import gpu_user_data
from components.naming import Kind, physical_name
from components.network.address_plan import ZoneId

DISK_BESIDE_NVME = DiskSpec(size_gib=100)
"""Where local NVMe holds the images, the volume holds the operating system and logs."""
DISK_ALONE = DiskSpec(size_gib=500, iops=6000, throughput=1000)
"""Without local NVMe the volume takes images and models of many GB: 1000 MiB/s unpacks them eight times as fast as gp3's base."""


@dataclass(frozen=True, kw_only=True)
class GpuPoolArgs:
    """Wires of a GpuPool."""

    spec: GpuPoolSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster it joins."""
    addons: NodeAddons
    """What must run before a node can become ready."""
    subnet_ids: Mapping[ZoneId, pulumi.Input[str]]
    """Private subnets by zone: all zones of the cluster, the pool takes those that offer its accelerator."""
    volume_key_arn: pulumi.Input[str]
    """KMS key of the volumes; its policy holds `launch_template.volume_key_grant`."""
    tags: Mapping[str, str]
    """Tags of instances, volumes and interfaces, which the provider's default tags do not reach."""


class GpuPool(Component, token="meridian:cluster:GpuPool"):
    """A tainted managed node group of one GPU model, with the NVIDIA image, RAID0 of its local disks and parallel image pulls.

    With `min_nodes: 0` it may stand at zero. A managed group does not grow by itself: somebody sets its size (a scheduled job, whoever runs
    a Capacity Block), or Karpenter's `gpu` pool does the elastic part and this one holds what is reserved.

    Raises:
        ValueError: the region's zones do not offer what the spec asks for; lists what they do offer.
    """

    role_arn: pulumi.Output[str]
    """IAM role that the nodes assume."""
    role_name: pulumi.Output[str]
    """Its name."""

    def __init__(self, name: str, args: GpuPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        region, zones = args.cluster.location.region, tuple(args.subnet_ids)
        if faults := gpu_faults(args.spec, region, zones):
            raise ValueError(f"GPU pool '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        found = gpu_offer(args.spec, region, zones)
        self.instance_types, self.zones = tuple(kind.name for kind in found.instance_types), found.zones
        role = NodeRole(f"{name}-role", NodeRoleArgs(), self.child)
        template = launch_template(f"{name}-template", self._launch(name, args, found), self.child)
        group = managed_group(
            f"{name}-nodes",
            ManagedGroupArgs(
                cluster=args.cluster,
                role_arn=role.arn,
                template=template,
                subnet_ids=[args.subnet_ids[zone] for zone in found.zones],
                count=args.spec,
                instance_types=self.instance_types,
                image=ami_type(args.spec.system, self.instance_types),
                capacity=args.spec.capacity,
                labels=_labels(name, args.spec),
                taints=GPU_TAINTS,
            ),
            self.after(*role.resources, *args.addons.resources, *args.cluster.vpc.egress),
        )
        self.resources: tuple[pulumi.Resource, ...] = (group,)
        self.role_arn, self.role_name = role.arn, role.name
        self._seal()

    def _launch(self, name: str, args: GpuPoolArgs, found: Offer) -> LaunchArgs:
        spec = args.spec
        local_disks = all(kind.nvme_gb for kind in found.instance_types)
        groups = [args.cluster.security_group_id, *([self._fabric_group(name, args.cluster)] if spec.efa else [])]
        return LaunchArgs(
            system=spec.system,
            disk=spec.disk or (DISK_BESIDE_NVME if local_disks else DISK_ALONE),
            volume_key_arn=args.volume_key_arn,
            security_group_ids=groups,
            tags={**args.tags, "Name": f"{args.cluster.cluster_name}-{name}"},
            interfaces=interfaces(found.instance_types[0]) if spec.efa else (NetworkInterface(),),
            user_data=gpu_user_data(spec.system, local_disks=local_disks),
            placement_group=self._placement_group(name) if spec.placement_group else None,
            reservation=spec.reservation,
            capacity_block=spec.capacity is CapacityType.CAPACITY_BLOCK,
        )

    def _placement_group(self, name: str) -> pulumi.Output[str]:
        return aws.ec2.PlacementGroup(f"{name}-placement", strategy="cluster", opts=self.child).name

    def _fabric_group(self, name: str, cluster: EksCluster) -> pulumi.Output[str]:
        """EFA passes the operating system by and needs a group that names itself in both directions (EC2 user guide, EFA)."""
        group = aws.ec2.SecurityGroup(
            f"{name}-fabric", description=f"Elastic Fabric Adapters of {name}", vpc_id=cluster.vpc.vpc_id, opts=self.child
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-fabric-in", security_group_id=group.id, referenced_security_group_id=group.id, ip_protocol="-1", opts=self.child
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-fabric-out", security_group_id=group.id, referenced_security_group_id=group.id, ip_protocol="-1", opts=self.child
        )
        return group.id


def interfaces(kind: InstanceType) -> tuple[NetworkInterface, ...]:
    """One interface per network card, each with an adapter; where there are fewer adapters than cards the first card has none (p6-b300).

    Only the first has an IP address: kubelet and CNI expect one primary interface, and `efa-only` ones take none (EC2 user guide, EFA).
    """
    first = NetworkInterface(card=0, kind="efa" if kind.efa_interfaces == kind.network_cards else None)
    return (first, *(NetworkInterface(card=card, kind="efa-only") for card in range(1, kind.network_cards)))


def _labels(name: str, spec: GpuPoolSpec) -> Mapping[str, str]:
    return {
        GROUP_LABEL: physical_name(Kind.KUBERNETES_LABEL, name),
        "accelerator": spec.accelerator.value,
        "purpose": spec.purpose.value,
        **NODE_LABELS[spec.runtime],
    }
