"""The VPC of one region: public, private, data and pod subnets in every zone, and the ways out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator

from components.base import Component, Spec
from components.location import Location
from components.network.address_plan import AddressPlan, Tier, ZoneId, checked_block, zone_region

ANYWHERE = "0.0.0.0/0"
CORE_ZONES = 3
"""Zones that hold what cannot move."""
BucketName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
"""Name of an S3 bucket (S3 user guide, bucket naming rules): no wildcard, path or ARN."""


class NatMode(StrEnum):
    """How private subnets reach the internet."""

    PER_ZONE = "per_zone"
    """A NAT gateway in every zone: a failing zone takes no other's egress along, and no traffic crosses zones."""
    ONE = "one"
    """One NAT gateway, in the zone named first: cheaper, one point of failure."""
    NONE = "none"
    """No way out: AWS through endpoints only, images from the account's own ECR only."""


class NetworkSpec(Spec):
    """Zones, address range and egress of a region's VPC."""

    zones: tuple[ZoneId, ...] = Field(min_length=2, max_length=8)
    """Zone ids, e.g. `euw1-az1`; at least two, EKS refuses fewer (EKS user guide, network requirements). Append new ones: the first holds
    the one NAT gateway of `nat: one`."""
    nat: NatMode = NatMode.PER_ZONE
    """How private subnets reach the internet."""
    cidr_block: str | None = None
    """Primary /16 of the VPC where `10.<index>.0.0/16` is taken by a network outside Meridian. It can never be changed."""
    readable_buckets: tuple[BucketName, ...] = Field(default=(), max_length=100)
    """S3 buckets of others, in the same region, that workloads may read from; the S3 endpoint lets nothing else through but the account's
    own buckets and those that nodes need. A hundred fit into an endpoint policy of 20,480 characters (VPC quota L-3248932A)."""

    @field_validator("zones")
    @classmethod
    def _are_of_one_region(cls, zones: tuple[ZoneId, ...]) -> tuple[ZoneId, ...]:
        if len({zone_region(zone) for zone in zones}) > 1:
            raise ValueError(f"zones {', '.join(zones)} lie in several regions: a VPC has one")
        if repeated := sorted({zone for zone in zones if zones.count(zone) > 1}):
            raise ValueError(f"zones: {', '.join(repeated)} named twice: name each zone once")
        return zones

    @field_validator("cidr_block")
    @classmethod
    def _is_a_primary_block(cls, cidr_block: str | None) -> str | None:
        return cidr_block if cidr_block is None else str(checked_block(cidr_block))

    @property
    def core_zones(self) -> tuple[ZoneId, ...]:
        """The first three zones.

        What would be replaced if its subnets changed (managed node groups) lies in these only, and the control plane too: a zone that is
        appended later touches none of them, and three are enough to lose one.
        """
        return self.zones[:CORE_ZONES]

    @property
    def nat_zones(self) -> Mapping[ZoneId, ZoneId]:
        """Zone -> zone of the NAT gateway its traffic leaves by; empty without NAT."""
        match self.nat:
            case NatMode.PER_ZONE:
                return {zone: zone for zone in self.zones}
            case NatMode.ONE:
                return dict.fromkeys(self.zones, self.zones[0])
            case NatMode.NONE:
                return {}


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Wires of a Vpc."""

    spec: NetworkSpec
    """Knobs."""
    index: int
    """Index of the region: its addresses follow from it."""
    location: Location
    """Account and region."""
    cluster_name: str
    """Name of the cluster the VPC is for, as it shall stand in front of everything's `Name`."""


_ROLES: Mapping[Tier, Mapping[str, str]] = {
    Tier.PUBLIC: {"kubernetes.io/role/elb": "1"},
    Tier.PRIVATE: {"kubernetes.io/role/internal-elb": "1"},
}
"""Tags by which the load balancer controller finds its subnets (AWS Load Balancer Controller, subnet auto-discovery)."""


class Vpc(Component, token="meridian:network:Vpc"):
    """A VPC with its subnets, NAT gateways and routes.

    Control plane, nodes and load balancers of the inside use the private subnets, stateful stores' nodes the data subnets, pods the pod
    subnets. The three of a zone share one route table: nodes of all kinds pull images that are not in ECR, so the data subnets need the way
    out as well, and their pods live in pod subnets anyway. What a store may reach is the business of network policies and security groups.

    `egress` (gateways, routes, associations) must be made before nodes and outlive them.
    """

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    cidr_block: str
    """Primary block."""
    public_subnet_ids: dict[ZoneId, pulumi.Output[str]]
    """Subnets that route to the internet; nothing in them gets a public address by itself."""
    private_subnet_ids: dict[ZoneId, pulumi.Output[str]]
    """Subnets of nodes and the control plane."""
    data_subnet_ids: dict[ZoneId, pulumi.Output[str]]
    """Subnets of stateful stores' nodes."""
    pod_subnet_ids: dict[ZoneId, pulumi.Output[str]]
    """Subnets of pods."""
    public_route_table_id: pulumi.Output[str]
    """Route table of all public subnets."""
    private_route_table_ids: dict[ZoneId, pulumi.Output[str]]
    """Route table that the private, data and pod subnet of a zone share."""

    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._label = name, args.cluster_name
        self.zones, self.core_zones = args.spec.zones, args.spec.core_zones
        self.address_plan = AddressPlan.of(args.index, args.spec.zones, args.spec.cidr_block)
        self.cidr_block = str(self.address_plan.primary)
        self.pod_cidr_blocks = tuple(map(str, self.address_plan.pods))
        self.private_cidr_blocks = tuple(map(str, self.address_plan.subnets[Tier.PRIVATE].values()))
        self.vpc_id = self._network()
        self.public_subnet_ids, self.private_subnet_ids = self._subnets(Tier.PUBLIC), self._subnets(Tier.PRIVATE)
        self.data_subnet_ids, self.pod_subnet_ids = self._subnets(Tier.DATA), self._subnets(Tier.POD, *self._pod_ranges())
        public = self._public_egress()
        gateways = {zone: self._nat_gateway(zone, public) for zone in dict.fromkeys(args.spec.nat_zones.values())}
        private = self._private_egress({zone: gateways[behind] for zone, behind in args.spec.nat_zones.items()})
        self.egress = (*public, *gateways.values(), *private)
        self._seal()

    def _network(self) -> pulumi.Output[str]:
        vpc = aws.ec2.Vpc(
            f"{self._prefix}-vpc",
            cidr_block=self.cidr_block,
            # Both are needed to resolve the names of a private EKS endpoint and of interface endpoints (EKS user guide, cluster endpoint).
            enable_dns_support=True,
            enable_dns_hostnames=True,
            enable_network_address_usage_metrics=True,
            tags={"Name": self._label},
            opts=self.child,
        )
        aws.ec2.DefaultSecurityGroup(f"{self._prefix}-default-security-group", vpc_id=vpc.id, ingress=[], egress=[], opts=self.child)
        return vpc.id

    def _pod_ranges(self) -> tuple[pulumi.Resource, ...]:
        return tuple(
            aws.ec2.VpcIpv4CidrBlockAssociation(f"{self._prefix}-pods-{zones}", vpc_id=self.vpc_id, cidr_block=block, opts=self.child)
            for zones, block in zip(("az1-az4", "az5-az8"), self.pod_cidr_blocks, strict=True)
        )

    def _subnets(self, tier: Tier, *ranges: pulumi.Resource) -> dict[ZoneId, pulumi.Output[str]]:
        return {
            zone: aws.ec2.Subnet(
                f"{self._prefix}-{tier}-{zone}",
                vpc_id=self.vpc_id,
                availability_zone_id=zone,
                cidr_block=str(block),
                map_public_ip_on_launch=False,
                tags={"Name": f"{self._label}-{tier}-{zone}", **_ROLES.get(tier, {})},
                opts=self.after(*ranges),
            ).id
            for zone, block in self.address_plan.subnets[tier].items()
        }

    def _public_egress(self) -> tuple[pulumi.Resource, ...]:
        gateway = aws.ec2.InternetGateway(f"{self._prefix}-internet", vpc_id=self.vpc_id, tags={"Name": self._label}, opts=self.child)
        table = self._route_table("public")
        self.public_route_table_id = table.id
        route = aws.ec2.Route(
            f"{self._prefix}-way-out-public",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self.child,
        )
        return gateway, route, *(self._association(table, Tier.PUBLIC, zone, subnet) for zone, subnet in self.public_subnet_ids.items())

    def _nat_gateway(self, zone: ZoneId, public: tuple[pulumi.Resource, ...]) -> aws.ec2.NatGateway:
        """Behind the internet gateway, which AWS detaches only when no public address of the VPC is in use any more."""
        tags = {"Name": f"{self._label}-nat-{zone}"}
        address = aws.ec2.Eip(f"{self._prefix}-nat-address-{zone}", domain="vpc", tags=tags, opts=self.after(*public))
        return aws.ec2.NatGateway(
            f"{self._prefix}-nat-{zone}",
            allocation_id=address.id,
            subnet_id=self.public_subnet_ids[zone],
            tags=tags,
            opts=self.after(*public),
        )

    def _private_egress(self, gateways: Mapping[ZoneId, aws.ec2.NatGateway]) -> tuple[pulumi.Resource, ...]:
        tables = {zone: self._route_table(zone) for zone in self.zones}
        self.private_route_table_ids = {zone: table.id for zone, table in tables.items()}
        tiers = {Tier.PRIVATE: self.private_subnet_ids, Tier.DATA: self.data_subnet_ids, Tier.POD: self.pod_subnet_ids}
        associations = (
            self._association(tables[zone], tier, zone, subnet) for tier, subnets in tiers.items() for zone, subnet in subnets.items()
        )
        routes = (
            aws.ec2.Route(
                f"{self._prefix}-way-out-{zone}",
                route_table_id=tables[zone].id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateway.id,
                opts=self.child,
            )
            for zone, gateway in gateways.items()
        )
        return *routes, *associations

    def _route_table(self, noun: str) -> aws.ec2.RouteTable:
        tags = {"Name": f"{self._label}-{noun}"}
        return aws.ec2.RouteTable(f"{self._prefix}-routes-{noun}", vpc_id=self.vpc_id, tags=tags, opts=self.child)

    def _association(self, table: aws.ec2.RouteTable, tier: Tier, zone: ZoneId, subnet: pulumi.Output[str]) -> pulumi.Resource:
        return aws.ec2.RouteTableAssociation(
            f"{self._prefix}-{tier}-{zone}-routes", route_table_id=table.id, subnet_id=subnet, opts=self.child
        )
