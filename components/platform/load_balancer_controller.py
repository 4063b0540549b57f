"""AWS Load Balancer Controller, as a binder only: it registers pods in target groups that Pulumi has made, and makes nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.identity import Document, WorkloadRole, WorkloadRoleArgs
from components.cluster.node_group import NodeGroup
from components.location import Location
from components.platform.addon import Addon, AddonArgs, Delivery, node_placement

NAMESPACE = "kube-system"
"""Where the chart is installed by its own instructions; its priority class is of the system."""
SERVICE_ACCOUNT = "aws-load-balancer-controller"
"""Service account of the controller; its IAM role is tied to this name."""
CLUSTER_TAG = "eks-cluster"
"""Tag of the target groups that the controller may touch; the value is the cluster's name."""
UNUSED = (
    "EnableServiceController",
    "NLBGatewayAPI",
    "ALBGatewayAPI",
    "GatewayListenerSet",
)
"""Feature gates of what would make load balancers on behalf of Kubernetes objects: they would be in no Plan."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerControllerArgs:
    """Wires of a LoadBalancerController."""

    cluster: EksCluster
    """The cluster, in whose VPC the targets are."""
    nodes: NodeGroup
    """Nodes the controller runs on."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before: cert-manager, which signs the controller's webhooks, and CoreDNS."""
    delivery: Delivery = Delivery.HELM
    """Who installs the chart."""


class LoadBalancerController(Component, token="meridian:platform:LoadBalancerController"):
    """The controller with its CRDs and an identity that may register targets in this cluster's target groups, and nothing else."""

    def __init__(self, name: str, args: LoadBalancerControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cluster = args.cluster
        identity = WorkloadRole(
            f"{name}-controller",
            WorkloadRoleArgs(
                cluster=cluster,
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                policies={"bind": binding_policy(cluster.location, cluster.cluster_name)},
            ),
            self.child,
        )
        addon = Addon(
            f"{name}-addon",
            AddonArgs(
                chart=catalog.chart("aws-load-balancer-controller"),
                namespace=NAMESPACE,
                values=chart_values(cluster, args.nodes),
                after=(*args.nodes.resources, *args.after, *identity.resources),
                delivery=args.delivery,
            ),
            self.child,
        )
        self.resources: tuple[pulumi.Resource, ...] = addon.resources
        self._seal()


def binding_policy(location: Location, cluster_name: str) -> Document:
    """Finds target groups and pods' addresses, and registers them in target groups tagged with the cluster's name.

    A part of the controller's own document (kubernetes-sigs/aws-load-balancer-controller, docs/install/iam_policy.json): what
    TargetGroupBindings need. The Describe actions know no resource (Service Authorization Reference).
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Find",
                "Effect": "Allow",
                "Action": [
                    "ec2:DescribeAvailabilityZones",
                    "ec2:DescribeInstances",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                    "elasticloadbalancing:DescribeTags",
                    "elasticloadbalancing:DescribeTargetGroupAttributes",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": location.region}},
            },
            {
                "Sid": "Register",
                "Effect": "Allow",
                "Action": ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
                "Resource": location.arn("elasticloadbalancing", "targetgroup/*"),
                "Condition": {"StringEquals": {f"aws:ResourceTag/{CLUSTER_TAG}": cluster_name}},
            },
        ],
    }


def chart_values(cluster: EksCluster, nodes: NodeGroup) -> Mapping[str, Any]:
    """Values of the chart. Region and VPC are named: pods do not reach the instance metadata, where it would look for them."""
    return {
        "clusterName": cluster.name,
        "region": cluster.location.region,
        "vpcId": cluster.vpc.vpc_id,
        "replicaCount": 2,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT},
        # Helm would sign the webhooks anew at every render, which Argo CD shows as drift for ever.
        "enableCertManager": True,
        "createIngressClassResource": False,
        "ingressClassParams": {"create": False},
        "enableServiceMutatorWebhook": False,
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        "controllerConfig": {"featureGates": dict.fromkeys(UNUSED, False)},
        **node_placement(nodes),
    }
