"""Karpenter: nodes on demand, for everything that has no node group of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pydantic import Field, field_validator

from components import catalog
from components.base import Component, Spec
from components.cluster.eks import EksCluster
from components.cluster.gpu_offers import Accelerator
from components.cluster.helm import chart_release
from components.cluster.identity import WorkloadRole, WorkloadRoleArgs
from components.cluster.karpenter_policies import controller_policies
from components.cluster.karpenter_pool_spec import TRAITS, KarpenterPoolSpec, PoolKind, pool_faults
from components.cluster.karpenter_pools import NodeClassArgs, node_class, node_pool
from components.cluster.karpenter_queue import InterruptionQueue, InterruptionQueueArgs
from components.cluster.node_group import NodeGroup
from components.cluster.node_role import NodeRole, NodeRoleArgs
from components.naming import Kind, physical_name
from components.network.address_plan import ZoneId

NAMESPACE = "kube-system"
"""Where the API server treats the controller's requests as those of the system (Karpenter 1.14, getting started)."""
SERVICE_ACCOUNT = "karpenter"
"""Service account of the controller; its IAM role is tied to this name."""
AWS_CALL_MINUTES = 30
"""How long a NodePool's deletion may take beyond its nodes' draining: ending instances, one budget after the other."""

_DEFAULT_POOLS = {
    "general": KarpenterPoolSpec(kind=PoolKind.GENERAL),
    "compute": KarpenterPoolSpec(kind=PoolKind.COMPUTE),
    "spot": KarpenterPoolSpec(kind=PoolKind.SPOT),
    "gpu": KarpenterPoolSpec(
        kind=PoolKind.GPU, accelerators=(Accelerator.T4, Accelerator.A10G, Accelerator.L4, Accelerator.L40S), gpu_limit=16
    ),
}
"""The GPUs for inference that every region has at least one of; Karpenter takes the cheapest that fits."""


class KarpenterSpec(Spec):
    """Knobs of Karpenter."""

    pools: Mapping[str, KarpenterPoolSpec] = Field(default_factory=_DEFAULT_POOLS.copy)
    """Pools by name, which is the NodePool's name and the value of the nodes' label `karpenter.sh/nodepool`."""

    @field_validator("pools")
    @classmethod
    def _names(cls, pools: Mapping[str, KarpenterPoolSpec]) -> Mapping[str, KarpenterPoolSpec]:
        for name in pools:
            physical_name(Kind.KUBERNETES_OBJECT, name)
            physical_name(Kind.KUBERNETES_LABEL, name)
        return pools

    @property
    def starts_gpus(self) -> bool:
        """Whether any pool starts GPU nodes, so that a GPU runtime must be installed."""
        return any(pool.kind is PoolKind.GPU for pool in self.pools.values())


def karpenter_faults(spec: KarpenterSpec, region: str, zones: Sequence[ZoneId]) -> list[str]:
    """One line for each pool that could never start a node in the region."""
    return [f"pools.{name}.{fault}" for name, pool in spec.pools.items() for fault in pool_faults(pool, region, zones)]


@dataclass(frozen=True, kw_only=True)
class KarpenterArgs:
    """Wires of Karpenter."""

    spec: KarpenterSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster that gets the nodes, in its VPC's private subnets."""
    nodes: NodeGroup
    """Nodes the controller runs on; never its own, or it could end itself."""
    volume_key_arn: pulumi.Input[str]
    """KMS key of the volumes; its policy holds `launch_template.volume_key_grant`."""
    tags: Mapping[str, str]
    """Tags of what Karpenter starts, which the provider's default tags do not reach."""
    needed: Sequence[pulumi.Resource] = ()
    """What must outlive Karpenter's nodes beside `nodes`: the EBS CSI driver, as a node ends only when its volumes are detached (Karpenter
    1.14, disruption, termination controller)."""


class Karpenter(Component, token="meridian:cluster:Karpenter"):
    """The controller with its identity and queue, the node role, and a NodePool with its EC2NodeClass for each pool.

    Deletion goes NodePools, node classes, controller, CRDs: a NodePool is deleted in the foreground, so the controller is still there to
    end its instances, which otherwise go on running and billing (aws/karpenter-provider-aws#1134).

    Role and queue are named after the cluster, so that the controller's permissions are known in a preview. IAM is global: cluster names
    must differ between the regions of an account.

    Raises:
        ValueError: a GPU pool finds no offer in the region, lists what is offered; or the cluster's name is too long to name a role after.
    """

    node_role_arn: pulumi.Output[str]
    """IAM role of the nodes that Karpenter starts."""
    queue_arn: pulumi.Output[str]
    """Queue of interruption events."""

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := karpenter_faults(args.spec, args.cluster.location.region, args.cluster.vpc.zones):
            raise ValueError(f"karpenter '{name}': {'; '.join(faults)}")
        cluster = args.cluster
        self._role_name = physical_name(Kind.IAM_ROLE, f"{cluster.cluster_name}-karpenter-node")
        self._queue_name = physical_name(Kind.SQS_QUEUE, f"{cluster.cluster_name}-karpenter")
        super().__init__(name, opts)
        role = NodeRole(f"{name}-node-role", NodeRoleArgs(role_name=self._role_name), self.child)
        profile = aws.iam.InstanceProfile(f"{name}-node-profile", role=role.name, opts=self.child)
        entry = aws.eks.AccessEntry(
            f"{name}-node-access", cluster_name=cluster.name, principal_arn=role.arn, type="EC2_LINUX", opts=self.child
        )
        queue = InterruptionQueue(
            f"{name}-interruption", InterruptionQueueArgs(location=cluster.location, queue_name=self._queue_name), self.child
        )
        controller = self._controller(name, args, (*queue.resources, *role.resources, profile, entry))
        shared = NodeClassArgs(
            instance_profile=profile.name,
            ami_date=catalog.eks_version(cluster.version).ami_date,
            subnet_ids=list(cluster.vpc.private_subnet_ids.values()),
            security_group_id=cluster.security_group_id,
            volume_key_arn=args.volume_key_arn,
            tags=args.tags,
        )
        self.resources: tuple[pulumi.Resource, ...] = tuple(self._pool(name, pool, args, shared, controller) for pool in args.spec.pools)
        self.node_role_arn, self.queue_arn = role.arn, queue.arn
        self._seal()

    def _controller(self, name: str, args: KarpenterArgs, aws_side: Sequence[pulumi.Resource]) -> kubernetes.helm.v3.Release:
        cluster = args.cluster
        identity = WorkloadRole(
            f"{name}-controller",
            WorkloadRoleArgs(
                cluster=cluster,
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                policies=controller_policies(
                    cluster.location,
                    cluster_name=cluster.cluster_name,
                    node_role_name=self._role_name,
                    queue_name=self._queue_name,
                ),
            ),
            self.child,
        )
        before = (*args.nodes.resources, *args.needed)
        crds = chart_release(f"{name}-crds", catalog.chart("karpenter-crd"), namespace=NAMESPACE, values={}, opts=self.after(*before))
        return chart_release(
            f"{name}-chart",
            catalog.chart("karpenter"),
            namespace=NAMESPACE,
            values=chart_values(cluster.cluster_name, self._queue_name, args.nodes),
            skip_crds=True,
            opts=self.after(*before, *aws_side, *identity.resources, crds),
        )

    def _pool(
        self, name: str, pool: str, args: KarpenterArgs, shared: NodeClassArgs, controller: pulumi.Resource
    ) -> kubernetes.apiextensions.CustomResource:
        spec, cluster = args.spec.pools[pool], args.cluster
        class_ = kubernetes.apiextensions.CustomResource(
            f"{name}-{pool}-class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata=_metadata(pool),
            spec=node_class(spec, shared),
            opts=self.after(controller),
        )
        return kubernetes.apiextensions.CustomResource(
            f"{name}-{pool}-pool",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=_metadata(pool),
            spec=node_pool(pool, spec, cluster.location.region, cluster.vpc.zones),
            opts=pulumi.ResourceOptions.merge(
                self.after(class_),
                pulumi.ResourceOptions(
                    custom_timeouts=pulumi.CustomTimeouts(delete=f"{TRAITS[spec.kind].drain_minutes + AWS_CALL_MINUTES}m")
                ),
            ),
        )


def _metadata(pool: str) -> kubernetes.meta.v1.ObjectMetaArgs:
    """Deleted in the foreground: NodeClaims block their NodePool's deletion until their instances are gone. Used only when Ready."""
    annotations = {"pulumi.com/deletionPropagationPolicy": "foreground", "pulumi.com/waitFor": "condition=Ready"}
    return kubernetes.meta.v1.ObjectMetaArgs(name=pool, annotations=annotations)


def chart_values(cluster_name: str, queue_name: str, nodes: NodeGroup) -> Mapping[str, Any]:
    """Values of Karpenter's chart."""
    size = {"cpu": "1", "memory": "1Gi"}
    return {
        "settings": {
            "clusterName": cluster_name,
            "interruptionQueue": queue_name,
            "enableZonalShift": True,
            "reservedENIs": "1",  # custom networking: the first interface carries no pods (Karpenter 1.14, settings)
        },
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        # The controller must reach AWS while CoreDNS waits for nodes, or is gone already on the way down.
        "dnsPolicy": "Default",
        "nodeSelector": nodes.node_selector,
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, *nodes.tolerations],
        "controller": {"resources": {"requests": size, "limits": size}},
    }
