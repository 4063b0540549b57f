"""tidb-operator and its CRDs, once per cluster: every TiDB cluster, backup and restore of the region hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.data.namespace import DataNamespace, DataNamespaceArgs
from components.data.tidb.contract import OPERATOR_NAMESPACE
from components.data.tidb.crds import tidb_crds
from components.data.tidb.ports import operator_ports
from components.data.tidb.spec import operator_faults
from components.platform.addon import Addon, AddonArgs, Delivery, node_placement
from components.platform.crd_job import crd_job


@dataclass(frozen=True, kw_only=True)
class TidbOperatorArgs:
    """Wires of a TidbOperator."""

    cluster: EksCluster
    """The cluster it runs in."""
    nodes: NodeGroup
    """System nodes: the operator must not leave with the databases it moves."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. CoreDNS."""
    delivery: Delivery = Delivery.HELM
    """Who installs the chart."""


class TidbOperator(Component, token="meridian:data:TidbOperator"):
    """The operator's CRDs, established, then its chart.

    Raises:
        ValueError: the catalogue's operator does not run on the cluster's Kubernetes.
    """

    namespace: str
    """Where it runs."""

    def __init__(self, name: str, args: TidbOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := operator_faults(args.cluster.version):
            raise ValueError("; ".join(faults))
        super().__init__(name, opts)
        before = (*args.nodes.resources, *args.after)
        vpc = args.cluster.vpc
        namespace = DataNamespace(
            f"{name}-namespace",
            DataNamespaceArgs(
                namespace=OPERATOR_NAMESPACE,
                ports=operator_ports((vpc.cidr_block, *vpc.pod_cidr_blocks)),
                pod_security="baseline",
                after=before,
            ),
            self.child,
        )
        crds = crd_job(
            f"{name}-crds",
            tidb_crds(OPERATOR_NAMESPACE, args.nodes.tolerations),
            self.after(*namespace.resources, *before),
        )
        addon = Addon(
            f"{name}-addon",
            AddonArgs(
                chart=catalog.chart("tidb-operator"),
                namespace=OPERATOR_NAMESPACE,
                values=chart_values(args.nodes),
                after=(*namespace.resources, *crds, *before),
                delivery=args.delivery,
                skip_crds=True,
            ),
            self.child,
        )
        self.crds: tuple[pulumi.Resource, ...] = crds
        self.resources: tuple[pulumi.Resource, ...] = (*crds, *addon.resources)
        self.namespace = OPERATOR_NAMESPACE
        self._seal()


def chart_values(nodes: NodeGroup) -> Mapping[str, Any]:
    """Values of the chart. No failover of its own: on EBS a lost pod comes back to its volume, and Raft has long chosen other leaders."""
    size = {"cpu": "500m", "memory": "512Mi"}
    return {
        "clusterScoped": True,
        "controllerManager": {
            "replicas": 2,
            "autoFailover": False,
            "resources": {"requests": size, "limits": size},
            **node_placement(nodes),
        },
        "scheduler": {"create": False},
        "admissionWebhook": {"create": False},
        "advancedStatefulset": {"create": False},
    }
