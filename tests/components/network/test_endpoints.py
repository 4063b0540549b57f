"""Endpoints: which services, reachable from where, and who may do what through them."""

import json
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.network.endpoints import Endpoints, EndpointsArgs
from meridian.plan import Plan, Planned
from tests.components.network.network import LOCATION, ZONES, spec, vpc
from tests.deploy import deploy

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ASKED = {
    "ecr.api",
    "ecr.dkr",
    "ec2",
    "sts",
    "eks",
    "eks-auth",
    "logs",
    "ssm",
    "ssmmessages",
    "ec2messages",
    "kms",
    "elasticloadbalancing",
    "autoscaling",
}


def build(**knobs: Any) -> Endpoints:
    return Endpoints("endpoints", EndpointsArgs(spec=spec(**knobs), vpc=vpc(**knobs), location=LOCATION))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(build)


def interfaces(plan: Plan) -> list[Planned]:
    return [endpoint for endpoint in plan.of_type(ENDPOINT) if endpoint.inputs["vpcEndpointType"] == "Interface"]


def statements(endpoint: Planned) -> list[dict[str, Any]]:
    return json.loads(endpoint.inputs["policy"])["Statement"]


def test_the_services_a_private_cluster_needs(plan: Plan) -> None:
    assert {endpoint.inputs["serviceName"] for endpoint in interfaces(plan)} == {f"com.amazonaws.eu-west-1.{name}" for name in ASKED}
    gateways = [endpoint for endpoint in plan.of_type(ENDPOINT) if endpoint.inputs["vpcEndpointType"] == "Gateway"]
    assert [gateway.inputs["serviceName"] for gateway in gateways] == ["com.amazonaws.eu-west-1.s3"]


def test_services_answer_to_their_usual_names_in_every_zone(plan: Plan) -> None:
    for endpoint in interfaces(plan):
        assert endpoint.inputs["privateDnsEnabled"] is True
        assert endpoint.inputs["subnetIds"] == [plan[f"network-private-{zone}"].id for zone in ZONES]


def test_storage_is_on_every_route_table(plan: Plan) -> None:
    tables = {table.id for table in plan.of_type("aws:ec2/routeTable:RouteTable")}
    assert len(tables) == 4
    assert set(plan["endpoints-s3"].inputs["routeTableIds"]) == tables


def test_only_https_from_the_vpcs_own_ranges_comes_in(plan: Plan) -> None:
    (group,) = plan.of_type("aws:ec2/securityGroup:SecurityGroup")
    assert not {"ingress", "egress"} & set(group.inputs)
    rules = plan.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {rule.inputs["cidrIpv4"] for rule in rules} == {"10.4.0.0/16", "100.72.0.0/16", "100.73.0.0/16"}
    assert {(rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) for rule in rules} == {("tcp", 443, 443)}
    assert {rule.inputs["securityGroupId"] for rule in rules} == {group.id}
    assert not plan.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {tuple(endpoint.inputs["securityGroupIds"]) for endpoint in interfaces(plan)} == {(group.id,)}


def test_only_own_principals_use_a_service(plan: Plan) -> None:
    own = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
    for endpoint in interfaces(plan):
        prefix = endpoint.inputs["serviceName"].split(".")[3]
        first, *others = statements(endpoint)
        assert (first["Effect"], first["Action"], first["Resource"], first["Condition"]) == ("Allow", f"{prefix}:*", "*", own)
        assert bool(others) is (prefix == "sts")


def test_a_service_account_may_become_own_roles_only(plan: Plan) -> None:
    """The call carries a token instead of a principal (STS API, AssumeRoleWithWebIdentity), so no condition on the principal can hold."""
    (token,) = statements(plan["endpoints-sts"])[1:]
    assert token["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert token["Resource"] == "arn:aws:iam::123456789012:role/*"
    assert "Condition" not in token


def test_storage_is_own_buckets_and_what_nodes_need(plan: Plan) -> None:
    own, published = statements(plan["endpoints-s3"])
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}}
    assert published["Action"] == "s3:GetObject"
    assert {
        "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*",
        "arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/*",
        "arn:aws:s3:::patch-baseline-snapshot-eu-west-1/*",
        "arn:aws:s3:::eu-west-1-birdwatcher-prod/*",
        "arn:aws:s3:::prod-registry-k8s-io-eu-west-1/*",
    } <= set(published["Resource"])
    assert all("eu-west-1" in resource and resource.endswith("/*") and resource.count("*") == 1 for resource in published["Resource"])


def test_buckets_of_others_are_read_when_named() -> None:
    plan = deploy(lambda: build(readable_buckets=["open-models"]))
    *_, others = statements(plan["endpoints-s3"])
    assert set(others["Action"]) == {"s3:GetObject", "s3:ListBucket"}
    assert others["Resource"] == ["arn:aws:s3:::open-models", "arn:aws:s3:::open-models/*"]


def test_policies_fit_whatever_the_knobs_say() -> None:
    """20,480 characters at most (VPC quota L-3248932A); a bucket's name has 63 at most, AWS's longest region code 14."""
    longest = [f"{number:063}" for number in range(100)]
    plan = deploy(lambda: build(readable_buckets=longest))
    assert max(len(endpoint.inputs["policy"]) for endpoint in plan.of_type(ENDPOINT)) < 20_480
    with pytest.raises(ValidationError, match=r"readable_buckets\n.*at most 100"):
        spec(readable_buckets=[*longest, "one-more"])


def test_policies_are_known_in_a_preview() -> None:
    plan = deploy(build, "preview")
    assert all("OwnPrincipals" in endpoint.inputs["policy"] for endpoint in interfaces(plan))
    assert {resource.parent for resource in plan.of_type(ENDPOINT)} == {plan["endpoints"].urn}
    assert set(plan["endpoints"].inputs) <= {"security_group_id"}


def test_what_depends_on_the_component_waits_for_every_endpoint() -> None:
    def program() -> None:
        endpoints = build()
        vpc("later", index=5, options=pulumi.ResourceOptions(depends_on=[endpoints]))

    plan = deploy(program)
    waited = plan.depends(plan["later-vpc"])
    assert {endpoint.urn for endpoint in plan.of_type(ENDPOINT)} <= waited
    assert {rule.urn for rule in plan.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")} <= waited
