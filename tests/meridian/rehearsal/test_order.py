"""The order of a teardown: what the facts forbid is found, whatever the graph allows."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from meridian.plan import Plan
from meridian.rehearsal.order import order_faults, stages_of
from tests.deploy import deploy


def build() -> None:
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/20")
    cni = aws.eks.Addon("cni", cluster_name="c", addon_name="vpc-cni", opts=pulumi.ResourceOptions(depends_on=[subnet]))
    chart = kubernetes.helm.v3.Release(
        "chart", chart="oci://public.ecr.aws/karpenter/karpenter", opts=pulumi.ResourceOptions(depends_on=[cni])
    )
    kubernetes.apiextensions.CustomResource(
        "pool", api_version="karpenter.sh/v1", kind="NodePool", opts=pulumi.ResourceOptions(depends_on=[chart])
    )


def plan() -> Plan:
    return deploy(build)


def urns(found: Plan, *names: str) -> list[str]:
    return [found[name].urn for name in names]


def test_the_right_order_has_no_fault() -> None:
    found = plan()
    assert stages_of(found) == ("NodePools and load balancers", "controllers", "vpc-cni", "network")
    assert list(order_faults(found, urns(found, "pool", "chart", "cni", "subnet", "vpc"))) == []


def test_what_goes_before_its_dependant_is_named() -> None:
    found = plan()
    faults = list(order_faults(found, urns(found, "pool", "chart", "cni", "vpc", "subnet")))
    assert "vpc went before subnet, which needs it" in faults


def test_a_stage_out_of_turn_is_named() -> None:
    found = plan()
    faults = list(order_faults(found, urns(found, "chart", "pool", "cni", "subnet", "vpc")))
    assert "controllers began to go before all of NodePools and load balancers were gone" in faults


def test_what_never_went_is_no_fault_of_order() -> None:
    found = plan()
    assert list(order_faults(found, urns(found, "pool", "chart"))) == []
