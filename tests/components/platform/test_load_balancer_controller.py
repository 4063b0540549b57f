"""The load balancer controller: a binder that can touch only its own cluster's target groups, and values the chart knows."""

import json

import pytest

from components.platform.load_balancer_controller import LoadBalancerController, LoadBalancerControllerArgs
from meridian.plan import Plan
from tests.components.cluster.surroundings import ACCOUNT, CLUSTER, Region, region_plan
from tests.shared import unknown_values

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
RELEASE = "kubernetes:helm.sh/v3:Release"


def build(region: Region) -> None:
    LoadBalancerController("balancers", LoadBalancerControllerArgs(cluster=region.cluster, nodes=region.node_group()))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


def test_every_value_is_known_to_the_chart(plan: Plan) -> None:
    (release,) = plan.of_type(RELEASE)
    assert unknown_values("aws-load-balancer-controller", release.inputs["values"], free=("controllerConfig.featureGates",)) == []
    assert release.inputs["version"] == "3.5.0"


def test_identity_chart_and_association_name_one_service_account(plan: Plan) -> None:
    association, (release,) = plan.find(ASSOCIATION, "balancers-controller"), plan.of_type(RELEASE)
    assert association.inputs["serviceAccount"] == release.inputs["values"]["serviceAccount"]["name"] == "aws-load-balancer-controller"
    assert association.inputs["namespace"] == release.inputs["namespace"] == "kube-system"
    assert association.urn in release.dependencies


def test_it_registers_targets_of_this_cluster_and_makes_nothing(plan: Plan) -> None:
    document = json.loads(plan.find("aws:iam/policy:Policy", "balancers-controller-bind").inputs["policy"])
    changing = [statement for statement in document["Statement"] if not all(":Describe" in action for action in statement["Action"])]
    (register,) = changing
    assert register["Action"] == ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
    assert register["Resource"] == f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:targetgroup/*"
    assert register["Condition"] == {"StringEquals": {"aws:ResourceTag/eks-cluster": CLUSTER}}


def test_no_object_of_kubernetes_makes_a_load_balancer(plan: Plan) -> None:
    values = plan.of_type(RELEASE)[0].inputs["values"]
    assert not any(values["controllerConfig"]["featureGates"].values())
    assert {"EnableServiceController", "NLBGatewayAPI", "ALBGatewayAPI"} <= set(values["controllerConfig"]["featureGates"])
    assert values["enableServiceMutatorWebhook"] is values["createIngressClassResource"] is False


def test_region_and_vpc_are_named_as_pods_do_not_reach_the_instance_metadata(plan: Plan) -> None:
    values = plan.of_type(RELEASE)[0].inputs["values"]
    assert (values["region"], values["clusterName"]) == ("eu-west-1", CLUSTER)
    assert values["vpcId"] == plan.of_type("aws:ec2/vpc:Vpc")[0].id


def test_webhooks_are_signed_by_cert_manager_and_served_by_two(plan: Plan) -> None:
    values = plan.of_type(RELEASE)[0].inputs["values"]
    assert values["enableCertManager"] is True
    assert (values["replicaCount"], values["podDisruptionBudget"]) == (2, {"maxUnavailable": 1})
