"""EKS add-ons at the versions the catalogue pins: what a node needs before it can be ready, and what needs nodes to run on.

What stands here is what runs: EKS overwrites other settings, on creation and on update. Configuration keys are those of each add-on's own
schema (`aws eks describe-addon-configuration`), which for these follow the charts of their projects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components import catalog
from components.base import Component, Spec
from components.cluster.eks import EksCluster
from components.cluster.identity import WorkloadRole, WorkloadRoleArgs
from components.cluster.storage_class import default_storage_class

if TYPE_CHECKING:
    from components.cluster.node_group import NodeGroup

ZONE_LABEL = "topology.k8s.aws/zone-id"
"""Node label that holds the zone id, set by EKS since 1.30 (EKS user guide, 1.30). Zone names differ between accounts."""

CRITICAL = {"key": "CriticalAddonsOnly", "operator": "Exists"}
"""Toleration that EKS's own defaults give to what a cluster cannot do without."""


class NodeAddonsSpec(Spec):
    """Knobs of NodeAddons."""

    warm_prefixes: int = Field(default=1, ge=1, le=16)
    """Blocks of 16 addresses that a node holds ready. One is the CNI's default and AWS's advice; more start bursts of pods faster."""


@dataclass(frozen=True, kw_only=True)
class NodeAddonsArgs:
    """Wires of NodeAddons."""

    spec: NodeAddonsSpec
    """Knobs."""
    cluster: EksCluster
    """Cluster that gets them."""


class NodeAddons(Component, token="meridian:cluster:NodeAddons"):
    """vpc-cni, kube-proxy and the Pod Identity agent: made before any node and deleted after the last.

    A node that comes earlier never gets ready, or ignores prefix delegation (terraform-aws-eks#3446); a CNI that goes earlier leaves
    interfaces that keep subnets from being deleted (terraform-aws-eks#285). The agent comes first, as the CNI gets its credentials from it
    (terraform-aws-eks#3260, amazon-vpc-cni-k8s#3840); it lives in the host's network, so it needs no CNI itself. Pods get addresses of the
    pod subnet in their node's zone.
    """

    def __init__(self, name: str, args: NodeAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        role = WorkloadRole(
            f"{name}-vpc-cni",
            WorkloadRoleArgs(
                cluster=args.cluster,
                namespace="kube-system",
                service_account="aws-node",
                managed_policy_arns=["arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"],
            ),
            self.child,
        )
        agent = _addon(name, "eks-pod-identity-agent", args.cluster, self.child, preserve=True)
        proxy = _addon(name, "kube-proxy", args.cluster, self.child, preserve=True)
        settings = _network_settings(args.spec, args.cluster)
        network = _addon(name, "vpc-cni", args.cluster, self.after(agent, *role.resources), settings, preserve=True)
        self.resources: tuple[pulumi.Resource, ...] = (agent, proxy, network)
        self._seal()


class ClusterAddonsSpec(Spec):
    """Knobs of ClusterAddons."""

    dns_min_replicas: int = Field(default=3, ge=2, le=1000)
    """Fewest CoreDNS pods: one a zone."""
    dns_max_replicas: int = Field(default=30, ge=2, le=1000)
    """Most CoreDNS pods; EKS adds them with nodes and cores (EKS user guide, CoreDNS autoscaling)."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.dns_min_replicas > self.dns_max_replicas:
            raise ValueError(f"dns_min_replicas: {self.dns_min_replicas} is more than dns_max_replicas: {self.dns_max_replicas}")
        return self


@dataclass(frozen=True, kw_only=True)
class ClusterAddonsArgs:
    """Wires of ClusterAddons."""

    spec: ClusterAddonsSpec
    """Knobs."""
    cluster: EksCluster
    """Cluster that gets them."""
    nodes: "NodeGroup"
    """Group they run on first; what it is tainted with, they tolerate."""
    volume_key_arn: pulumi.Input[str]
    """KMS key of volumes. Its policy must hold `launch_template.volume_key_grant`: the driver's role has no rights on keys, as only EC2
    asks KMS, on its behalf (kops#18671)."""


class ClusterAddons(Component, token="meridian:cluster:ClusterAddons"):
    """DNS, volumes, snapshots, metrics, node health, default StorageClass: made once there are nodes, as EKS waits until their pods run."""

    def __init__(self, name: str, args: ClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        role = WorkloadRole(
            f"{name}-ebs-csi",
            WorkloadRoleArgs(
                cluster=args.cluster,
                namespace="kube-system",
                service_account="ebs-csi-controller-sa",
                managed_policy_arns=["arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2"],
            ),
            self.child,
        )
        after = self.after(*args.nodes.resources, *role.resources)
        addons = {kind: _addon(name, kind, args.cluster, after, settings) for kind, settings in _settings(args).items()}
        storage = default_storage_class(f"{name}-gp3", args.volume_key_arn, self.after(addons["aws-ebs-csi-driver"]))
        self.resources: tuple[pulumi.Resource, ...] = (*addons.values(), storage)
        self._seal()


def _addon(
    name: str,
    kind: str,
    cluster: EksCluster,
    opts: pulumi.ResourceOptions,
    settings: Mapping[str, Any] | None = None,
    *,
    preserve: bool = False,
) -> aws.eks.Addon:
    """One add-on. Where `preserve`, its pods stay when EKS stops managing them, so that no running node is ever left without."""
    return aws.eks.Addon(
        f"{name}-{kind}",
        addon_name=kind,
        addon_version=catalog.eks_version(cluster.version).addons[kind],
        cluster_name=cluster.name,
        configuration_values=pulumi.Output.json_dumps(settings) if settings else None,
        preserve=preserve,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        opts=opts,
    )


def _network_settings(spec: NodeAddonsSpec, cluster: EksCluster) -> Mapping[str, Any]:
    """Chart aws-vpc-cni 1.23: switches are strings. An ENIConfig is named by the value of the node label that selects it."""
    return {
        "env": {
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
            "ENI_CONFIG_LABEL_DEF": ZONE_LABEL,
            "ENABLE_PREFIX_DELEGATION": "true",
            "WARM_PREFIX_TARGET": str(spec.warm_prefixes),
        },
        "enableNetworkPolicy": "true",
        "eniConfig": {
            "create": True,
            "region": cluster.location.region,
            "subnets": {
                zone: {"id": subnet, "securityGroups": [cluster.security_group_id]} for zone, subnet in cluster.vpc.pod_subnet_ids.items()
            },
        },
    }


def _settings(args: ClusterAddonsArgs) -> Mapping[str, Mapping[str, Any] | None]:
    """Add-on -> configuration; none where the defaults do, which for the node monitoring agent tolerate every taint."""
    tolerations = [CRITICAL, *args.nodes.tolerations]
    return {
        "coredns": {
            "autoScaling": {"enabled": True, "minReplicas": args.spec.dns_min_replicas, "maxReplicas": args.spec.dns_max_replicas},
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
            "tolerations": tolerations,
            "topologySpreadConstraints": [{**_over_zones(), "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
        },
        "aws-ebs-csi-driver": {"controller": {"tolerations": tolerations, "topologySpreadConstraints": [_over_zones()]}},
        "metrics-server": {"tolerations": tolerations},
        "snapshot-controller": None,
        "eks-node-monitoring-agent": None,
    }


def _over_zones() -> dict[str, Any]:
    """Pods spread over zones where they can; a lost zone must not keep replacements from starting."""
    return {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
