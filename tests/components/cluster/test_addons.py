"""NodeAddons and ClusterAddons: pinned versions, what is asked of each, and the order around the nodes."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components import catalog
from components.cluster.addons import ClusterAddons, ClusterAddonsArgs, ClusterAddonsSpec, NodeAddonsSpec
from meridian.plan import Plan
from tests.components.cluster.ireland import VOLUME_KEY, ZONES, cluster, kubernetes_provider, network, node_addons, system_nodes
from tests.deploy import deploy

ADDON = "aws:eks/addon:Addon"
BEFORE_NODES = {"vpc-cni", "kube-proxy", "eks-pod-identity-agent"}
AFTER_NODES = {"coredns", "aws-ebs-csi-driver", "snapshot-controller", "metrics-server", "eks-node-monitoring-agent"}


def build() -> None:
    made = cluster()
    nodes = system_nodes(made, node_addons(made), taints=[{"key": "dedicated", "value": "system"}])
    ClusterAddons(
        "cluster-addons",
        ClusterAddonsArgs(spec=ClusterAddonsSpec(), cluster=made, nodes=nodes, volume_key_arn=VOLUME_KEY),
        kubernetes_provider(made),
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(build)


def settings(plan: Plan, name: str) -> dict[str, Any]:
    return json.loads(plan[name].inputs["configurationValues"])


def test_all_addons_are_there_at_the_catalogues_versions(plan: Plan) -> None:
    versions = {made.inputs["addonName"]: made.inputs["addonVersion"] for made in plan.of_type(ADDON)}
    assert versions.keys() == BEFORE_NODES | AFTER_NODES
    assert versions == dict(catalog.eks_version("1.35").addons)


def test_conflicts_are_decided_not_left_to_chance(plan: Plan) -> None:
    for made in plan.of_type(ADDON):
        assert (made.inputs["resolveConflictsOnCreate"], made.inputs["resolveConflictsOnUpdate"]) == ("OVERWRITE", "OVERWRITE"), made.name


def test_what_nodes_need_comes_before_them_and_goes_after_them(plan: Plan) -> None:
    [nodes] = plan.of_type("aws:eks/nodeGroup:NodeGroup")
    before = plan.depends(nodes)
    order = {made.inputs["addonName"]: made.urn in before for made in plan.of_type(ADDON)}
    assert order == dict.fromkeys(BEFORE_NODES, True) | dict.fromkeys(AFTER_NODES, False)


def test_what_needs_nodes_follows_them(plan: Plan) -> None:
    [nodes] = plan.of_type("aws:eks/nodeGroup:NodeGroup")
    for made in plan.of_type(ADDON):
        assert (nodes.urn in plan.depends(made)) is (made.inputs["addonName"] in AFTER_NODES), made.name


def test_the_network_outlives_the_cni(plan: Plan) -> None:
    routes = {route.urn for route in plan.of_type("aws:ec2/route:Route")}
    assert routes <= plan.depends(plan.find(ADDON, "node-addons-vpc-cni"))


def test_no_running_node_is_left_without_network_or_credentials(plan: Plan) -> None:
    assert {made.inputs["addonName"] for made in plan.of_type(ADDON) if made.inputs["preserve"]} == BEFORE_NODES


def test_the_cni_has_an_identity_of_its_own_and_the_agent_is_there_to_serve_it(plan: Plan) -> None:
    association = plan.find("aws:eks/podIdentityAssociation:PodIdentityAssociation", "node-addons-vpc-cni")
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("kube-system", "aws-node")
    attachment = plan["node-addons-vpc-cni-AmazonEKS_CNI_Policy"]
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    agent = plan["node-addons-eks-pod-identity-agent"]
    assert {association.urn, attachment.urn, agent.urn} <= set(plan.find(ADDON, "node-addons-vpc-cni").dependencies)


def test_the_cni_gives_pods_whole_prefixes_of_their_zones_pod_subnet(plan: Plan) -> None:
    found = json.loads(plan.find(ADDON, "node-addons-vpc-cni").inputs["configurationValues"])
    assert found["env"] == {
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
        "ENI_CONFIG_LABEL_DEF": "topology.k8s.aws/zone-id",
        "ENABLE_PREFIX_DELEGATION": "true",
        "WARM_PREFIX_TARGET": "1",
    }
    assert found["enableNetworkPolicy"] == "true"
    assert (found["eniConfig"]["create"], found["eniConfig"]["region"]) == (True, "eu-west-1")
    subnets = {zone: entry["id"] for zone, entry in found["eniConfig"]["subnets"].items()}
    assert subnets == {zone: plan[f"network-pod-{zone}"].id for zone in ZONES}


def test_pods_carry_the_clusters_own_security_group(plan: Plan) -> None:
    found = json.loads(plan.find(ADDON, "node-addons-vpc-cni").inputs["configurationValues"])
    group = plan["cluster-cluster"].outputs["vpcConfig"]["clusterSecurityGroupId"]
    assert group.startswith("sg-")
    assert [entry["securityGroups"] for entry in found["eniConfig"]["subnets"].values()] == [[group]] * 3


def test_the_volume_driver_has_an_identity_of_its_own(plan: Plan) -> None:
    association = plan.find("aws:eks/podIdentityAssociation:PodIdentityAssociation", "cluster-addons-ebs-csi")
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("kube-system", "ebs-csi-controller-sa")
    attachment = plan["cluster-addons-ebs-csi-AmazonEBSCSIDriverPolicyV2"]
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2"
    assert {association.urn, attachment.urn} <= set(plan["cluster-addons-aws-ebs-csi-driver"].dependencies)


def test_controllers_tolerate_the_system_nodes_taints(plan: Plan) -> None:
    tolerations = [
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"},
    ]
    assert settings(plan, "cluster-addons-coredns")["tolerations"] == tolerations
    assert settings(plan, "cluster-addons-aws-ebs-csi-driver")["controller"]["tolerations"] == tolerations
    assert settings(plan, "cluster-addons-metrics-server")["tolerations"] == tolerations


def test_dns_survives_the_loss_of_a_zone(plan: Plan) -> None:
    dns = settings(plan, "cluster-addons-coredns")
    assert dns["autoScaling"] == {"enabled": True, "minReplicas": 3, "maxReplicas": 30}
    assert dns["podDisruptionBudget"] == {"enabled": True, "maxUnavailable": 1}
    [spread] = dns["topologySpreadConstraints"]
    assert spread == {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }


def test_the_storage_class_follows_the_driver_through_the_clusters_provider(plan: Plan) -> None:
    storage = plan["cluster-addons-gp3"]
    assert plan["cluster-addons-aws-ebs-csi-driver"].urn in storage.dependencies
    assert storage.provider == plan.find("pulumi:providers:kubernetes", "kubernetes").urn
    assert storage.inputs["parameters"]["kmsKeyId"] == VOLUME_KEY


def test_all_of_it_hangs_below_its_component(plan: Plan) -> None:
    for made in plan.of_type(ADDON):
        side = "node-addons" if made.inputs["addonName"] in BEFORE_NODES else "cluster-addons"
        assert plan.by_urn[made.parent].name == side


def test_a_zone_taken_away_renames_no_other() -> None:
    def only(*zones: str) -> set[str]:
        plan = deploy(lambda: node_addons(cluster(network(zones=list(zones)))))
        return {made.urn for made in plan if "network" not in made.name}

    assert only("euw1-az1", "euw1-az3") == only(*ZONES)


def test_burst_ready_nodes_hold_more_prefixes() -> None:
    found = deploy(lambda: node_addons(cluster(), warm_prefixes=4))
    values = json.loads(found.find(ADDON, "node-addons-vpc-cni").inputs["configurationValues"])
    assert values["env"]["WARM_PREFIX_TARGET"] == "4"


@pytest.mark.parametrize(
    ("spec", "knobs", "message"),
    [
        (ClusterAddonsSpec, {"dns_min_replicas": 5, "dns_max_replicas": 4}, "dns_min_replicas: 5 is more than dns_max_replicas: 4"),
        (ClusterAddonsSpec, {"dns_min_replicas": 1}, "dns_min_replicas"),
        (NodeAddonsSpec, {"warm_prefixes": 0}, "warm_prefixes"),
        (NodeAddonsSpec, {"warm_prefix": 1}, "warm_prefix"),
    ],
)
def test_refuses(spec: Any, knobs: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec.from_yaml(knobs)
