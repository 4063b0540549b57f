"""Vpc: what it makes, what leaves by which way, in which order it comes and goes, and what its spec refuses."""

import pytest
from pydantic import ValidationError

from components.network.vpc import NatMode, NetworkSpec, Vpc
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan, Planned
from tests.components.network.network import ZONES, spec, vpc
from tests.deploy import deploy

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(vpc)


def of_tier(plan: Plan, tier: str) -> list[Planned]:
    return [subnet for subnet in plan.of_type(SUBNET) if subnet.name.startswith(f"network-{tier}-")]


def names(plan: Plan) -> set[tuple[str, str]]:
    return {(resource.type, resource.name) for resource in plan.made}


def default_routes(plan: Plan) -> dict[str, str]:
    """Subnet -> what its default route points at, by names; subnets without one are absent."""
    by_id = {resource.id: resource.name for resource in plan.made}
    targets = {
        route.inputs["routeTableId"]: by_id[route.inputs.get("natGatewayId") or route.inputs["gatewayId"]]
        for route in plan.of_type(ROUTE)
        if route.inputs["destinationCidrBlock"] == "0.0.0.0/0"
    }
    joined = {by_id[one.inputs["subnetId"]]: one.inputs["routeTableId"] for one in plan.of_type(ASSOCIATION)}
    return {subnet: targets[table] for subnet, table in joined.items() if table in targets}


def test_a_subnet_of_each_tier_stands_in_each_zone(plan: Plan) -> None:
    for tier in ("public", "private", "data", "pod"):
        assert [subnet.inputs["availabilityZoneId"] for subnet in of_tier(plan, tier)] == ZONES
    assert len(plan.of_type(SUBNET)) == 12
    assert plan["network-private-euw1-az2"].inputs["cidrBlock"] == "10.4.16.0/20"


def test_zones_are_meant_by_id_never_by_name(plan: Plan) -> None:
    assert all("availabilityZone" not in subnet.inputs for subnet in plan.of_type(SUBNET))


def test_nothing_gets_a_public_address_by_itself(plan: Plan) -> None:
    assert all(subnet.inputs["mapPublicIpOnLaunch"] is False for subnet in plan.of_type(SUBNET))


def test_load_balancers_find_their_subnets(plan: Plan) -> None:
    """AWS Load Balancer Controller, subnet auto-discovery."""
    roles = {
        subnet.name.split("-")[1]: {key: value for key, value in subnet.inputs["tags"].items() if key.startswith("kubernetes.io/")}
        for subnet in plan.of_type(SUBNET)
    }
    assert roles == {"public": {"kubernetes.io/role/elb": "1"}, "private": {"kubernetes.io/role/internal-elb": "1"}, "data": {}, "pod": {}}


def test_names_of_a_private_endpoint_resolve(plan: Plan) -> None:
    network = plan["network-vpc"].inputs
    assert (network["cidrBlock"], network["enableDnsSupport"], network["enableDnsHostnames"]) == ("10.4.0.0/16", True, True)


def test_the_default_security_group_lets_nothing_through(plan: Plan) -> None:
    (group,) = plan.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])
    assert group.inputs["vpcId"] == plan["network-vpc"].id


def test_pod_subnets_wait_for_their_ranges(plan: Plan) -> None:
    ranges = plan.of_type("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    assert [block.inputs["cidrBlock"] for block in ranges] == ["100.72.0.0/16", "100.73.0.0/16"]
    for subnet in of_tier(plan, "pod"):
        assert {block.urn for block in ranges} <= set(subnet.dependencies)
    for subnet in of_tier(plan, "private"):
        assert not {block.urn for block in ranges} & plan.depends(subnet)


def test_each_zone_leaves_by_its_own_gateway(plan: Plan) -> None:
    expected = {f"network-public-{zone}": "network-internet" for zone in ZONES}
    for tier in ("private", "data", "pod"):
        expected |= {f"network-{tier}-{zone}": f"network-nat-{zone}" for zone in ZONES}
    assert default_routes(plan) == expected
    placed = {gateway.name: gateway.inputs["subnetId"] for gateway in plan.of_type(NAT)}
    assert placed == {f"network-nat-{zone}": plan[f"network-public-{zone}"].id for zone in ZONES}
    addresses = {gateway.inputs["allocationId"] for gateway in plan.of_type(NAT)}
    assert addresses == {address.id for address in plan.of_type("aws:ec2/eip:Eip")}
    assert len(addresses) == 3


def test_one_gateway_serves_all_zones() -> None:
    plan = deploy(lambda: vpc(nat="one", zones=["euw1-az3", "euw1-az1"]))
    routes = default_routes(plan)
    assert [gateway.name for gateway in plan.of_type(NAT)] == ["network-nat-euw1-az3"]
    assert {routes[f"network-{tier}-{zone}"] for tier in ("private", "data", "pod") for zone in ("euw1-az1", "euw1-az3")} == {
        "network-nat-euw1-az3"
    }


def test_without_gateway_only_public_subnets_reach_the_internet() -> None:
    plan = deploy(lambda: vpc(nat="none"))
    assert not plan.of_type(NAT)
    assert not plan.of_type("aws:ec2/eip:Eip")
    assert default_routes(plan) == {f"network-public-{zone}": "network-internet" for zone in ZONES}
    assert len(plan.of_type(ASSOCIATION)) == 12


def test_egress_is_all_that_traffic_needs_and_goes_after_the_gateways(plan: Plan) -> None:
    made: list[Vpc] = []
    again = deploy(lambda: made.append(vpc()))
    kinds = {"aws:ec2/internetGateway:InternetGateway", ROUTE, NAT, ASSOCIATION}
    expected = {resource.urn for resource in again.made if resource.type in kinds}
    gateway = again["network-nat-euw1-az1"]
    assert {resource._type for resource in made[0].egress} == kinds  # pyright: ignore[reportAttributeAccessIssue,reportPrivateUsage] - the SDK's token
    assert len(made[0].egress) == len(expected)
    assert again["network-internet"].urn in again.depends(gateway)
    assert again["network-public-euw1-az1-routes"].urn in again.depends(again["network-nat-address-euw1-az1"])
    assert names(again) == names(plan)


def test_a_zone_that_goes_renames_and_moves_nothing_else(plan: Plan) -> None:
    less = deploy(lambda: vpc(zones=["euw1-az1", "euw1-az3"]))
    assert names(less) < names(plan)
    assert {name for _, name in names(plan) - names(less)} == {name for _, name in names(plan) if "euw1-az2" in name}
    for resource in less.made:
        assert resource.inputs == plan.find(resource.type, resource.name).inputs


def test_two_networks_stand_side_by_side() -> None:
    plan = deploy(lambda: (vpc("one", index=1), vpc("two", index=2)))
    assert len(plan.of_type("aws:ec2/vpc:Vpc")) == 2
    assert len({resource.urn for resource in plan.resources}) == len(plan.resources)


def test_everything_is_a_child_of_the_component(plan: Plan) -> None:
    (component,) = plan.of_type("meridian:network:Vpc")
    assert {resource.parent for resource in plan.made} == {component.urn}
    assert set(component.outputs) == {
        "vpc_id",
        "cidr_block",
        "public_subnet_ids",
        "private_subnet_ids",
        "data_subnet_ids",
        "pod_subnet_ids",
        "public_route_table_id",
        "private_route_table_ids",
    }
    assert component.outputs["pod_subnet_ids"] == {zone: plan[f"network-pod-{zone}"].id for zone in ZONES}


def test_neighbours_get_its_ranges() -> None:
    made: list[Vpc] = []
    deploy(lambda: made.append(vpc(zones=["euw1-az1", "euw1-az2"], cidr_block="10.200.0.0/16")))
    assert made[0].zones == ("euw1-az1", "euw1-az2")
    assert made[0].cidr_block == "10.200.0.0/16"
    assert made[0].pod_cidr_blocks == ("100.72.0.0/16", "100.73.0.0/16")
    assert made[0].private_cidr_blocks == ("10.200.0.0/20", "10.200.16.0/20")


def test_preview_knows_everything_but_ids() -> None:
    plan = deploy(vpc, "preview")
    allowed = {"vpcId", "routeTableId", "subnetId", "gatewayId", "natGatewayId", "allocationId"}
    assert {path for resource in plan.made for path in resource.unknown} <= allowed


def test_defaults_are_those_of_production() -> None:
    assert spec() == NetworkSpec(zones=("euw1-az1", "euw1-az2", "euw1-az3"), nat=NatMode.PER_ZONE, cidr_block=None, readable_buckets=())


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"zones": ["euw1-az1"]}, "zones"),
        ({"zones": ["euw1-az1", "euw1-az1"]}, r"zones: euw1-az1 named twice"),
        ({"zones": ["euw1-az1", "euc1-az2"]}, r"zones euw1-az1, euc1-az2 lie in several regions: a VPC has one"),
        ({"zones": ["eu-west-1a", "eu-west-1b"]}, r"zone 'eu-west-1a' must be a zone id"),
        ({"nat": "two"}, r"nat\n.*'per_zone', 'one' or 'none'"),
        ({"cidr_block": "10.200.0.0/20"}, r"cidr_block '10\.200\.0\.0/20' must be a /16"),
        ({"cidr_block": "100.64.0.0/16"}, r"100\.64\.0\.0/10 is taken by the pods"),
        ({"readable_buckets": ["arn:aws:s3:::data"]}, r"readable_buckets\.0"),
        ({"readable_buckets": ["*"]}, r"readable_buckets\.0"),
        ({"natt": "one"}, "natt"),
    ],
)
def test_a_wrong_knob_is_refused_by_name(knobs: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        spec(**knobs)


def test_a_block_of_another_index_is_refused_when_built() -> None:
    with pytest.raises(ProgramFailed, match=r"cidr_block '10\.5\.0\.0/16' belongs to index 5"):
        deploy(lambda: vpc(cidr_block="10.5.0.0/16"))
