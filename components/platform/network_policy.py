"""Namespaces closed in both directions but for the ports named, each port a NetworkPolicy of its own with its reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Literal

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.eks import EksCluster

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""Label that the API server itself sets on every namespace to its name."""
INSTANCE_METADATA = "169.254.169.254/32"
"""Of EC2: pods have credentials of their own and no business there."""
EVERYWHERE = "0.0.0.0/0"
"""Every IPv4 address but that of the instance metadata. For AWS's own services: a network policy cannot name S3's addresses."""
POD_IDENTITY_AGENT = "169.254.170.23/32"
"""Of the agent on every node that hands out Pod Identity's credentials, at port 80 (EKS user guide, EKS Pod Identity, considerations)."""
HTTPS = 443
"""Of AWS's services and of the API server."""


@dataclass(frozen=True, kw_only=True)
class OpenPort:
    """A port that the software of a namespace needs."""

    port: int
    """Number, as the pod listens: policies see neither Services nor their ports."""
    protocol: Literal["TCP", "UDP"] = "TCP"
    """Protocol."""
    from_namespaces: tuple[str, ...] = ()
    """Other namespaces whose pods may connect to it. Pods of the own one always may, unless `from_blocks` says who."""
    from_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that pods of those namespaces need to connect; empty: none."""
    from_blocks: tuple[str, ...] = ()
    """CIDR blocks that may connect to it, e.g. the control plane's subnets for a webhook."""
    to_namespaces: tuple[str, ...] = ()
    """Outgoing instead: namespaces whose pods it may be reached at."""
    to_blocks: tuple[str, ...] = ()
    """Outgoing instead: CIDR blocks it may be reached at."""
    pods: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the namespace's pods that it is for; empty: all of them."""
    reason: str
    """Who talks to whom, for the policy's description."""

    @property
    def outgoing(self) -> bool:
        """Whether pods of the namespace connect to it elsewhere."""
        return bool(self.to_namespaces or self.to_blocks)

    @property
    def key(self) -> str:
        """Name of its policy, e.g. `from-tcp-4000` or `to-tcp-443`."""
        return f"{'to' if self.outgoing else 'from'}-{self.protocol.lower()}-{self.port}"


def port_faults(ports: Sequence[OpenPort]) -> list[str]:
    """One line for each port that is named twice, or in both directions at once."""
    twice = [f"port {key} is named {count} times: join them" for key, count in Counter(port.key for port in ports).items() if count > 1]
    both = [
        f"port {port.key} is incoming and outgoing: make two"
        for port in ports
        if port.outgoing and (port.from_namespaces or port.from_labels or port.from_blocks)
    ]
    return twice + both


def network_policies(
    prefix: str, namespace: str, ports: Sequence[OpenPort], opts: pulumi.ResourceOptions
) -> tuple[kubernetes.networking.v1.NetworkPolicy, ...]:
    """A policy that denies all, one for DNS and one for each port.

    Args:
        prefix: First part of the logical names.
        namespace: Physical name of the namespace.
        ports: All that its software needs.
        opts: Parent and order: they follow the namespace.

    Raises:
        ValueError: two ports would be one policy, or a port is both incoming and outgoing.
    """
    if faults := port_faults(ports):
        raise ValueError(f"namespace '{namespace}': {'; '.join(faults)}")
    specs = {"deny-all": (_DENY_ALL, "Nothing comes in or goes out unless another policy says so."), "to-dns": (_TO_DNS, "Names.")}
    specs |= {port.key: (_port_policy(port), port.reason) for port in ports}
    return tuple(
        kubernetes.networking.v1.NetworkPolicy(
            f"{prefix}-{key}",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=key, namespace=namespace, annotations={"kubernetes.io/description": reason}),
            spec=spec,
            opts=opts,
        )
        for key, (spec, reason) in specs.items()
    )


def to_api_server(cluster: EksCluster) -> OpenPort:
    """The way to the API server: its Service's address, which is the first of the range (Kubernetes, ClusterIP allocation), and the control
    plane's interfaces behind it. A policy that selects pods cannot name it: the Service `kubernetes` has no selector.
    """
    service = next(IPv4Network(cluster.service_cidr).hosts())
    blocks = (f"{service}/32", *cluster.vpc.private_cidr_blocks)
    return OpenPort(port=HTTPS, to_blocks=blocks, reason="Asks the API server.")


def from_control_plane(cluster: EksCluster, port: int, reason: str) -> OpenPort:
    """A webhook's port, open to the control plane's interfaces, which lie in the private subnets, and to nobody else."""
    return OpenPort(port=port, from_blocks=cluster.vpc.private_cidr_blocks, reason=reason)


def to_pod_identity() -> OpenPort:
    """The way to the credentials of the pod's own role."""
    return OpenPort(port=80, to_blocks=(POD_IDENTITY_AGENT,), reason="Gets the credentials of its role from the Pod Identity agent.")


def to_aws(reason: str) -> OpenPort:
    """The way to AWS's services, the API server included."""
    return OpenPort(port=HTTPS, to_blocks=(EVERYWHERE,), reason=reason)


_Selector = kubernetes.meta.v1.LabelSelectorArgs
_EVERY_POD = _Selector()
_DENY_ALL = kubernetes.networking.v1.NetworkPolicySpecArgs(pod_selector=_EVERY_POD, policy_types=["Ingress", "Egress"])


def _ports(port: int, *protocols: str) -> list[kubernetes.networking.v1.NetworkPolicyPortArgs]:
    return [kubernetes.networking.v1.NetworkPolicyPortArgs(port=port, protocol=protocol) for protocol in protocols]


def _peer(namespace: str | None, labels: Mapping[str, str]) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    """Pods with the labels, in the namespace or in the policy's own."""
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=_Selector(match_labels={NAMESPACE_LABEL: namespace}) if namespace else None,
        pod_selector=_Selector(match_labels=labels or None) if labels or not namespace else None,
    )


_TO_DNS = kubernetes.networking.v1.NetworkPolicySpecArgs(
    pod_selector=_EVERY_POD,
    policy_types=["Egress"],
    egress=[
        kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(
            to=[_peer("kube-system", {"k8s-app": "kube-dns"})], ports=_ports(53, "UDP", "TCP")
        )
    ],
)


def _port_policy(port: OpenPort) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    """Outgoing; or incoming from blocks; or incoming from other namespaces beside the own one, whose pods need both directions."""
    ports, chosen = _ports(port.port, port.protocol), _Selector(match_labels=port.pods or None)
    if port.outgoing:
        to = [*(_peer(namespace, {}) for namespace in port.to_namespaces), *(_block(block) for block in port.to_blocks)]
        egress = [kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(to=to, ports=ports)]
        return kubernetes.networking.v1.NetworkPolicySpecArgs(pod_selector=chosen, policy_types=["Egress"], egress=egress)
    others = [_peer(namespace, port.from_labels) for namespace in port.from_namespaces]
    if port.from_blocks:
        sources = [*others, *(_block(block) for block in port.from_blocks)]
        ingress = [kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(from_=sources, ports=ports)]
        return kubernetes.networking.v1.NetworkPolicySpecArgs(pod_selector=chosen, policy_types=["Ingress"], ingress=ingress)
    own = _peer(None, {})
    return kubernetes.networking.v1.NetworkPolicySpecArgs(
        pod_selector=chosen,
        policy_types=["Ingress", "Egress"],
        ingress=[kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(from_=[own, *others], ports=ports)],
        egress=[kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(to=[own], ports=ports)],
    )


def _block(block: str) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    but = [INSTANCE_METADATA] if block == EVERYWHERE else None
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(ip_block=kubernetes.networking.v1.IPBlockArgs(cidr=block, except_=but))
