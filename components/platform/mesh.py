"""The mesh of a cluster: Istio in ambient mode. One mesh per cluster; regions meet at their gateways only.

A mesh over ten clusters would have every istiod watch ten API servers and carry addresses and identities across jurisdictions. What calls
another region does so through its public name, like everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.platform.addon import Addon, AddonArgs, Delivery
from components.platform.gateway_api import GatewayApi, GatewayApiArgs
from components.platform.istio import NODE_NAMESPACE, ROOT_NAMESPACE
from components.platform.mesh_egress import mesh_egress
from components.platform.mesh_ingress import mesh_ingress
from components.platform.mesh_policies import control_plane_ports, mesh_policies
from components.platform.mesh_spec import MeshSpec
from components.platform.mesh_values import base_values, cni_values, istiod_values, ztunnel_values
from components.platform.namespace import secured_namespace
from components.platform.network_policy import network_policies


@dataclass(frozen=True, kw_only=True)
class MeshArgs:
    """Wires of a Mesh."""

    spec: MeshSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster; its name is the mesh's trust domain, so no other cluster's certificate is believed."""
    nodes: NodeGroup
    """Nodes of the control plane and of the public Gateway."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. CoreDNS."""
    delivery: Delivery = Delivery.HELM
    """Who installs the charts."""


class Mesh(Component, token="meridian:platform:Mesh"):
    """Gateway API's CRDs, then the charts base, istiod, cni and ztunnel, each after the last; then policies, the way in and the way out.

    The chart `gateway` is not among them: istiod itself makes proxies for a Gateway of Gateway API. Workloads follow `resources`, so none
    of them starts outside the mesh. Databases stay out of it (`istio.OUT_OF_MESH`): they encrypt by themselves.
    """

    trust_domain: str
    """First part of every identity, e.g. `meridian-eu-west-1`."""

    def __init__(self, name: str, args: MeshArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.trust_domain, self.collector = args.cluster.cluster_name, args.spec.collector
        before = (*args.nodes.resources, *args.after)
        crds = GatewayApi(f"{name}-gateway-api", GatewayApiArgs(nodes=args.nodes, after=args.after), self.child)
        namespace = secured_namespace(f"{name}-namespace", ROOT_NAMESPACE, "restricted", self.after(*before))
        ports = control_plane_ports(args.cluster, args.spec)
        policies = network_policies(name, ROOT_NAMESPACE, ports, self.after(namespace))
        installed = self._charts(name, args, (*crds.resources, namespace, *policies, *before))
        rules = mesh_policies(f"{name}-rules", args.spec, self.after(*installed))
        way_in = mesh_ingress(f"{name}-ingress", args.cluster, args.spec, self.after(*installed, *rules), self)
        way_out = mesh_egress(f"{name}-egress", args.cluster, args.spec, self.after(*installed, *rules), self)
        self.resources: tuple[pulumi.Resource, ...] = (*installed, *rules, *way_in, *way_out)
        self._seal()

    def _charts(self, name: str, args: MeshArgs, before: Sequence[pulumi.Resource]) -> tuple[pulumi.Resource, ...]:
        """One chart after the other: ztunnel needs the CNI agent, both need istiod, which needs the CRDs (Istio, install with Helm)."""
        charts: Mapping[str, tuple[str, Mapping[str, Any]]] = {
            "base": (ROOT_NAMESPACE, base_values()),
            "istiod": (ROOT_NAMESPACE, istiod_values(args.spec, self.trust_domain, args.nodes)),
            "cni": (NODE_NAMESPACE, cni_values()),
            "ztunnel": (NODE_NAMESPACE, ztunnel_values(self.trust_domain)),
        }
        done: tuple[pulumi.Resource, ...] = ()
        for chart, (namespace, values) in charts.items():
            addon = AddonArgs(
                chart=catalog.chart(chart),
                namespace=namespace,
                values=values,
                after=(*before, *done),
                delivery=args.delivery,
                set_at_run_time=chart in {"base", "istiod"},
            )
            done = (*done, *Addon(f"{name}-{chart}", addon, self.child).resources)
        return done
