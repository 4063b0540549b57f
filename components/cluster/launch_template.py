"""How instances of managed node groups start: metadata by token, encrypted disks, no public address, no key, everything tagged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components.base import Spec
from components.cluster.machine_image import DATA_DEVICE, SYSTEM_VOLUMES, OperatingSystem
from components.location import Location
from components.tags import launch_tag_specifications

IOPS_PER_GIB = 500
THROUGHPUT_PER_IOPS = 0.25
"""Most MiB/s for one provisioned operation per second (EBS user guide, general purpose volumes)."""


class DiskSpec(Spec):
    """The gp3 volume of a node that holds images, logs and ephemeral volumes, within gp3's bounds of September 2025 (EBS user guide)."""

    size_gib: int = Field(default=100, ge=20, le=65536)
    """GiB. EKS's own default of 20 fills with images within days."""
    iops: int = Field(default=3000, ge=3000, le=80000)
    """Operations per second; 3000 is included in the price."""
    throughput: int = Field(default=125, ge=125, le=2000)
    """MiB/s; 125 is included in the price."""

    @model_validator(mode="after")
    def _ratios(self) -> Self:
        if self.iops > max(3000, self.size_gib * IOPS_PER_GIB):
            raise ValueError(f"iops: {self.iops} on {self.size_gib} GiB: gp3 allows {IOPS_PER_GIB} for each GiB, make size_gib larger")
        if self.throughput > self.iops * THROUGHPUT_PER_IOPS:
            raise ValueError(
                f"throughput: {self.throughput} MiB/s with {self.iops} iops: gp3 allows a quarter, set iops >= {4 * self.throughput}"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class NetworkInterface:
    """One network interface of an instance."""

    card: int = 0
    """Index of the network card."""
    kind: str | None = None
    """`efa`: with an IP address; `efa-only`: without; none: an ordinary one."""

    @property
    def device(self) -> int:
        """Device index: the primary interface is 0 of card 0, on each further card 1 (EC2 user guide, EFA, network cards)."""
        return 0 if self.card == 0 else 1


@dataclass(frozen=True, kw_only=True)
class LaunchArgs:
    """What a launch template is made of."""

    system: OperatingSystem
    """Operating system; decides the device names."""
    disk: DiskSpec
    """Size and speed of the node's volume."""
    volume_key_arn: pulumi.Input[str]
    """KMS key of the volumes; its policy must hold `volume_key_grant`."""
    security_group_ids: Sequence[pulumi.Input[str]]
    """Groups of every interface, EKS's cluster security group among them: EKS adds it only where a template names no interface."""
    tags: Mapping[str, str]
    """Tags of instances, volumes and interfaces."""
    interfaces: Sequence[NetworkInterface] = (NetworkInterface(),)
    """Network interfaces; one ordinary one unless EFA is wanted."""
    user_data: str | None = None
    """Base64; none where the image's defaults and EKS's own part do."""
    placement_group: pulumi.Input[str] | None = None
    """Name of the placement group, if any."""
    reservation: str | None = None
    """Id of the capacity reservation that the instances fill, if any."""
    capacity_block: bool = False
    """Whether the reservation is a Capacity Block, a market of its own."""


def launch_template(name: str, args: LaunchArgs, opts: pulumi.ResourceOptions) -> aws.ec2.LaunchTemplate:
    """A launch template that names no image, so that EKS picks the pinned release and adds its own user data."""
    return aws.ec2.LaunchTemplate(
        name,
        update_default_version=True,
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        block_device_mappings=_block_devices(args),
        network_interfaces=[_interface(interface, args.security_group_ids) for interface in args.interfaces],
        placement=aws.ec2.LaunchTemplatePlacementArgs(group_name=args.placement_group) if args.placement_group is not None else None,
        capacity_reservation_specification=_reservation(args.reservation) if args.reservation else None,
        instance_market_options=aws.ec2.LaunchTemplateInstanceMarketOptionsArgs(market_type="capacity-block")
        if args.capacity_block
        else None,
        user_data=args.user_data,
        tag_specifications=launch_tag_specifications(args.tags),
        opts=opts,
    )


def _block_devices(args: LaunchArgs) -> list[aws.ec2.LaunchTemplateBlockDeviceMappingArgs]:
    system = [_volume(device, args.volume_key_arn, gib) for device, gib in SYSTEM_VOLUMES[args.system].items()]
    disk = args.disk
    data = _volume(DATA_DEVICE[args.system], args.volume_key_arn, disk.size_gib, iops=disk.iops, throughput=disk.throughput)
    return [*system, data]


def _volume(
    device: str, key_arn: pulumi.Input[str], gib: int, *, iops: int | None = None, throughput: int | None = None
) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgs:
    return aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=device,
        ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type="gp3",
            volume_size=gib,
            iops=iops,
            throughput=throughput,
            encrypted="true",
            kms_key_id=key_arn,
            delete_on_termination="true",
        ),
    )


def _interface(interface: NetworkInterface, groups: Sequence[pulumi.Input[str]]) -> aws.ec2.LaunchTemplateNetworkInterfaceArgs:
    return aws.ec2.LaunchTemplateNetworkInterfaceArgs(
        network_card_index=interface.card,
        device_index=interface.device,
        interface_type=interface.kind,
        associate_public_ip_address="false",
        delete_on_termination="true",
        security_groups=groups,
    )


def _reservation(reservation: str) -> aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs:
    return aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(
        capacity_reservation_target=aws.ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
            capacity_reservation_id=reservation
        )
    )


def volume_key_grant(location: Location) -> dict[str, Any]:
    """Statement for the volumes' key: whoever of the account may start instances may use it, through EC2 only.

    EC2 Auto Scaling (managed node groups), Karpenter and the EBS CSI driver all reach the key that way; it is the policy of AWS's own
    `aws/ebs` key and what Karpenter's troubleshooting page asks for. Without it nodes end right after their start and no event says why.
    """
    return {
        "Sid": "VolumesThroughEc2",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": f"ec2.{location.region}.amazonaws.com", "kms:CallerAccount": location.account_id},
        },
    }
