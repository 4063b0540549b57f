"""A network and a cluster in Ireland, for the tests of what stands in them."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.addons import NodeAddons, NodeAddonsArgs, NodeAddonsSpec
from components.cluster.eks import EksCluster, EksClusterArgs, EksClusterSpec
from components.cluster.node_group import NodeGroup, NodeGroupArgs, NodeGroupSpec
from components.location import Location
from components.network.vpc import NetworkSpec, Vpc, VpcArgs

ACCOUNT = "123456789012"
LOCATION = Location(account_id=ACCOUNT, region="eu-west-1")
ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")
CLUSTER_NAME = "meridian-eu-west-1"
CLUSTER_ARN = f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{CLUSTER_NAME}"
VOLUME_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-4333-8444-555555555555"
DEPLOY = {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/deploy", "policy": "AmazonEKSClusterAdminPolicy"}


def network(**knobs: Any) -> Vpc:
    spec = NetworkSpec.from_yaml({"zones": list(ZONES), **knobs})
    return Vpc("network", VpcArgs(spec=spec, index=4, location=LOCATION, cluster_name=CLUSTER_NAME))


def cluster_spec(**knobs: Any) -> EksClusterSpec:
    return EksClusterSpec.from_yaml({"access": {"deploy": DEPLOY}, **knobs})


def cluster(vpc: Vpc | None = None, **knobs: Any) -> EksCluster:
    args = EksClusterArgs(spec=cluster_spec(**knobs), cluster_name=CLUSTER_NAME, location=LOCATION, vpc=vpc or network())
    return EksCluster("cluster", args)


def node_addons(to: EksCluster, **knobs: Any) -> NodeAddons:
    return NodeAddons("node-addons", NodeAddonsArgs(spec=NodeAddonsSpec.from_yaml(knobs), cluster=to))


def system_nodes(to: EksCluster, addons: NodeAddons, **knobs: Any) -> NodeGroup:
    spec = NodeGroupSpec.from_yaml({"instance_types": ["m6i.large"], **knobs})
    subnets = to.vpc.private_subnet_ids
    return NodeGroup("system", NodeGroupArgs(spec=spec, cluster=to, addons=addons, subnet_ids=subnets, volume_key_arn=VOLUME_KEY, tags={}))


def kubernetes_provider(to: EksCluster) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(providers=[kubernetes.Provider("kubernetes", kubeconfig=to.kubeconfig)])
