"""Ports on which the control plane calls pods: admission webhooks, aggregated APIs, the kubelet.

EKS puts its cluster security group on its own interfaces and on every managed node, and that group lets everything through from itself
(EKS user guide, security group requirements); Meridian's pods carry it too (`addons.NodeAddons`). So between them nothing needs opening. A
group of one's own is where webhooks time out (istio#36955, terraform-aws-eks#1748): there, `ControlPlaneIngress` opens these ports.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.cluster.eks import EksCluster


@dataclass(frozen=True, kw_only=True)
class ControlPlanePort:
    """A TCP port that the control plane calls."""

    port: int
    """As the pod listens, not as the Service says: the API server calls endpoints."""
    name: str
    """Who listens; part of the rule's logical name."""
    reason: str
    """Why the control plane calls, and who says so."""


CONTROL_PLANE_PORTS = (
    ControlPlanePort(port=10250, name="kubelet", reason="Logs, exec and port-forward (Kubernetes, ports and protocols)"),
    ControlPlanePort(port=10251, name="metrics-server", reason="Aggregated metrics API of EKS's add-on (containers-roadmap#2589)"),
    ControlPlanePort(port=15017, name="istiod", reason="Sidecar injection and validation (Istio, application requirements)"),
    ControlPlanePort(port=9443, name="admission", reason="Default webhook port of controller-runtime, which most operators keep"),
)
"""What Meridian's own add-ons listen on. A component that brings a webhook hands in its port beside these."""


@dataclass(frozen=True, kw_only=True)
class ControlPlaneIngressArgs:
    """Wires of a ControlPlaneIngress."""

    cluster: EksCluster
    """Cluster whose control plane calls."""
    security_group_id: pulumi.Input[str]
    """Group of the nodes or pods that are called; another than EKS's cluster security group."""
    ports: Sequence[ControlPlanePort] = CONTROL_PLANE_PORTS
    """What to open."""


class ControlPlaneIngress(Component, token="meridian:cluster:ControlPlaneIngress"):
    """Lets the control plane reach a security group of one's own, port by port."""

    def __init__(self, name: str, args: ControlPlaneIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for port in args.ports:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{port.name}",
                security_group_id=args.security_group_id,
                referenced_security_group_id=args.cluster.security_group_id,
                ip_protocol="tcp",
                from_port=port.port,
                to_port=port.port,
                description=f"control plane to {port.name}",
                opts=self.child,
            )
        self._seal()
