"""A namespace for a data store: closed in both directions but for the ports its engine names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Component
from components.platform.namespace import NO_MESH, PodSecurity, secured_namespace

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""Label that the API server itself sets on every namespace to its name."""
INSTANCE_METADATA = "169.254.169.254/32"
"""Of EC2: pods have credentials of their own and no business there."""
EVERYWHERE = "0.0.0.0/0"
"""Every IPv4 address but that of the instance metadata. For AWS's own services: a network policy cannot name S3's addresses."""


@dataclass(frozen=True, kw_only=True)
class OpenPort:
    """A port that the engine needs."""

    port: int
    """Number."""
    protocol: Literal["TCP", "UDP"] = "TCP"
    """Protocol."""
    from_namespaces: tuple[str, ...] = ()
    """Other namespaces whose pods may connect to it. Pods of the own one always may."""
    from_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that pods of those namespaces need to connect; empty: none."""
    to_namespaces: tuple[str, ...] = ()
    """Outgoing instead: namespaces whose pods it may be reached at."""
    to_blocks: tuple[str, ...] = ()
    """Outgoing instead: CIDR blocks it may be reached at."""
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


@dataclass(frozen=True, kw_only=True)
class DataNamespaceArgs:
    """Wires of a DataNamespace."""

    namespace: str
    """Physical name."""
    ports: tuple[OpenPort, ...]
    """All ports the engine needs; each a policy of its own with its reason."""
    pod_security: PodSecurity = "restricted"
    """Pod Security level that the API server enforces."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. the VPC CNI, which enforces the policies."""


class DataNamespace(Component, token="meridian:data:DataNamespace"):
    """The namespace, outside the mesh, with a policy that denies all, one for DNS and one for each port.

    Raises:
        ValueError: two ports would be one policy, or a port is both incoming and outgoing.
    """

    namespace: str
    """Physical name."""

    def __init__(self, name: str, args: DataNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := port_faults(args.ports):
            raise ValueError(f"namespace '{args.namespace}': {'; '.join(faults)}")
        super().__init__(name, opts)
        space = secured_namespace(f"{name}-namespace", args.namespace, args.pod_security, self.after(*args.after), NO_MESH)
        specs = {"deny-all": (_DENY_ALL, "Nothing comes in or goes out unless another policy says so."), "to-dns": (_TO_DNS, "Names.")}
        specs |= {port.key: (_port_policy(port), port.reason) for port in args.ports}
        policies = [
            kubernetes.networking.v1.NetworkPolicy(
                f"{name}-{key}",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=key, namespace=args.namespace, annotations={"kubernetes.io/description": reason}
                ),
                spec=spec,
                opts=self.after(space),
            )
            for key, (spec, reason) in specs.items()
        ]
        self.resources: tuple[pulumi.Resource, ...] = (space, *policies)
        self.namespace = args.namespace
        self._seal()


def port_faults(ports: Sequence[OpenPort]) -> list[str]:
    """One line for each port that is named twice, or in both directions at once."""
    twice = [f"port {key} is named {count} times: join them" for key, count in Counter(port.key for port in ports).items() if count > 1]
    both = [
        f"port {port.key} is incoming and outgoing: make two"
        for port in ports
        if port.outgoing and (port.from_namespaces or port.from_labels)
    ]
    return twice + both


_EVERY_POD = kubernetes.meta.v1.LabelSelectorArgs()
_DENY_ALL = kubernetes.networking.v1.NetworkPolicySpecArgs(pod_selector=_EVERY_POD, policy_types=["Ingress", "Egress"])


def _ports(port: int, *protocols: str) -> list[kubernetes.networking.v1.NetworkPolicyPortArgs]:
    return [kubernetes.networking.v1.NetworkPolicyPortArgs(port=port, protocol=protocol) for protocol in protocols]


def _peer(namespace: str | None, labels: Mapping[str, str]) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    """Pods with the labels, in the namespace or in the policy's own."""
    selector = kubernetes.meta.v1.LabelSelectorArgs
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=selector(match_labels={NAMESPACE_LABEL: namespace}) if namespace else None,
        pod_selector=selector(match_labels=labels or None) if labels or not namespace else None,
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
    """Outgoing, or incoming from other namespaces beside the own one, whose pods need both directions to reach each other."""
    ports = _ports(port.port, port.protocol)
    own = _peer(None, {})
    if port.outgoing:
        to = [*(_peer(namespace, {}) for namespace in port.to_namespaces), *(_block(block) for block in port.to_blocks)]
        egress = [kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(to=to, ports=ports)]
        return kubernetes.networking.v1.NetworkPolicySpecArgs(pod_selector=_EVERY_POD, policy_types=["Egress"], egress=egress)
    others = [_peer(namespace, port.from_labels) for namespace in port.from_namespaces]
    return kubernetes.networking.v1.NetworkPolicySpecArgs(
        pod_selector=_EVERY_POD,
        policy_types=["Ingress", "Egress"],
        ingress=[kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(from_=[own, *others], ports=ports)],
        egress=[kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(to=[own], ports=ports)],
    )


def _block(block: str) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    but = [INSTANCE_METADATA] if block == EVERYWHERE else None
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(ip_block=kubernetes.networking.v1.IPBlockArgs(cidr=block, except_=but))
