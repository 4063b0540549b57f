"""A namespace for workloads: its level of Pod Security, closed network, share of the cluster, and how its traffic is encrypted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import Field, model_validator

from components.base import Component, Spec
from components.platform import ingress
from components.platform.istio import (
    BY_WAYPOINT,
    EGRESS_NAMESPACE,
    HBONE_PORT,
    IN_MESH,
    METRICS_PORTS,
    NETWORKING,
    OUT_OF_MESH,
    PROBE_BLOCKS,
    ROOT_NAMESPACE,
    SECURITY,
    WAYPOINT,
    XDS_PORT,
    custom_object,
    gateway_target,
    waypoint,
    workload_principal,
)
from components.platform.mesh import Mesh
from components.platform.mesh_ingress import ACCOUNT, EXPOSED
from components.platform.mesh_spec import CollectorSpec
from components.platform.namespace import PodSecurity, secured_namespace
from components.platform.network_policy import OpenPort, network_policies
from components.platform.traffic import circuit_breaker


class Encryption(StrEnum):
    """Who encrypts what leaves a pod of the namespace."""

    MESH = "mesh"
    """The mesh, with identities; only its port is open."""
    NATIVE_TLS = "native_tls"
    """The software itself, e.g. a database between its members; its ports are named one by one."""


class ShareSpec(Spec):
    """What a namespace may take of the cluster; a pod that names nothing gets a container's defaults."""

    cpu: str = Field(default="64", pattern=r"^[0-9]+$")
    """Sum of CPU requests, in cores."""
    memory: str = Field(default="256Gi", pattern=r"^[0-9]+(Mi|Gi|Ti)$")
    """Sum of memory requests, and of memory limits: memory over-committed is pods killed."""
    pods: int = Field(default=250, ge=1)
    """Number of pods."""
    container_cpu: str = Field(default="100m", pattern=r"^[0-9]+m?$")
    """CPU request of a container that names none. No limit is set: it would throttle with the node idle."""
    container_memory: str = Field(default="256Mi", pattern=r"^[0-9]+(Mi|Gi)$")
    """Memory request and limit of a container that names none."""


class WorkloadNamespaceSpec(Spec):
    """Knobs of a WorkloadNamespace."""

    encryption: Encryption = Encryption.MESH
    """Who encrypts."""
    pod_security: PodSecurity = "restricted"
    """Pod Security level that the API server enforces. The mesh needs no rights in pods."""
    client_namespaces: tuple[str, ...] = ()
    """Namespaces whose pods may call this one's services."""
    called_namespaces: tuple[str, ...] = ()
    """Namespaces of the mesh whose services this one's pods call."""
    exposed: bool = False
    """Whether its routes may attach to the public Gateway."""
    calls_outside: bool = False
    """Whether its pods call hosts outside; which ones stands in the mesh's `external`."""
    share: ShareSpec = ShareSpec()
    """What it may take of the cluster."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if faults := list(_faults(self)):
            raise ValueError("; ".join(faults))
        return self


def _faults(spec: WorkloadNamespaceSpec) -> Iterator[str]:
    if spec.encryption is Encryption.NATIVE_TLS:
        knobs = ("client_namespaces", "called_namespaces", "exposed", "calls_outside")
        yield from (f"{knob}: only with encryption mesh: name an OpenPort instead" for knob in knobs if getattr(spec, knob))
    if spec.pod_security == "privileged":
        yield "pod_security: privileged pods leave every policy: use restricted or baseline, and a namespace of the platform for agents"


@dataclass(frozen=True, kw_only=True)
class WorkloadNamespaceArgs:
    """Wires of a WorkloadNamespace."""

    spec: WorkloadNamespaceSpec
    """Knobs."""
    namespace: str
    """Physical name."""
    mesh: Mesh
    """The mesh: its policies stand before any workload does."""
    ports: tuple[OpenPort, ...] = ()
    """Ports beside the mesh's, e.g. to a database, which is no member."""


class WorkloadNamespace(Component, token="meridian:platform:WorkloadNamespace"):
    """The namespace with quota, default sizes and network policies; as a member of the mesh with waypoint, breaker and who may call.

    Raises:
        ValueError: two ports would be one policy, or a port is both incoming and outgoing.
    """

    namespace: str
    """Physical name."""

    def __init__(self, name: str, args: WorkloadNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.namespace = args.namespace
        labels = namespace_labels(args.spec)
        space = secured_namespace(f"{name}-namespace", args.namespace, args.spec.pod_security, self.after(*args.mesh.resources), labels)
        inside = self.after(space)
        member = args.spec.encryption is Encryption.MESH
        ports = (*(mesh_ports(args.spec, args.mesh.collector) if member else ()), *args.ports)
        policies: list[pulumi.Resource] = [*network_policies(name, args.namespace, ports, inside), *_share(name, args, inside)]
        if member:
            policies += [_from_probes(name, args.namespace, inside), *_membership(name, args, inside)]
        self.resources: tuple[pulumi.Resource, ...] = (space, *policies)
        self._seal()


def namespace_labels(spec: WorkloadNamespaceSpec) -> dict[str, str]:
    """Labels beside those of Pod Security."""
    if spec.encryption is Encryption.NATIVE_TLS:
        return dict(OUT_OF_MESH)
    return {**IN_MESH, **BY_WAYPOINT, **(EXPOSED if spec.exposed else {})}


def mesh_ports(spec: WorkloadNamespaceSpec, collector: CollectorSpec) -> tuple[OpenPort, ...]:
    """What a member of the mesh needs of the network: the mesh's own port, whoever the service is; who may call is decided behind it."""
    clients = (*spec.client_namespaces, collector.namespace, *((ingress.INGRESS_NAMESPACE,) if spec.exposed else ()))
    called = (*spec.called_namespaces, *((EGRESS_NAMESPACE,) if spec.calls_outside else ()))
    outgoing = OpenPort(port=HBONE_PORT, to_namespaces=called, reason="Services it calls, by mutual TLS.")
    return (
        OpenPort(port=HBONE_PORT, from_namespaces=tuple(dict.fromkeys(clients)), reason="Members of the mesh, by mutual TLS."),
        *((outgoing,) if called else ()),
        OpenPort(port=METRICS_PORTS["proxies"], from_namespaces=(collector.namespace,), reason="Metrics of the waypoint."),
        OpenPort(port=XDS_PORT, to_namespaces=(ROOT_NAMESPACE,), reason="The waypoint asks istiod."),
        OpenPort(port=collector.port, to_namespaces=(collector.namespace,), reason="Sends spans."),
    )


def authorizations(spec: WorkloadNamespaceSpec, namespace: str, trust_domain: str, monitoring: str) -> Mapping[str, Mapping[str, Any]]:
    """Name -> `spec` of the AuthorizationPolicies.

    Pods take only what comes through their waypoint: otherwise a caller with a pod's address would pass the waypoint's rules by. Metrics
    are scraped at pods' addresses, so they come without it.
    """
    by_waypoint = workload_principal(trust_domain, namespace, WAYPOINT)
    gateway = workload_principal(trust_domain, ingress.INGRESS_NAMESPACE, ACCOUNT)
    callers: list[dict[str, Any]] = [{"source": {"namespaces": [namespace, *spec.client_namespaces]}}]
    callers += [{"source": {"principals": [gateway]}}] if spec.exposed else []
    scraped = {"source": {"namespaces": [monitoring]}}
    return {
        "allow-waypoint": {"action": "ALLOW", "rules": [{"from": [{"source": {"principals": [by_waypoint]}}, scraped]}]},
        "allow-callers": {"targetRefs": gateway_target(WAYPOINT), "action": "ALLOW", "rules": [{"from": callers}]},
    }


def _membership(name: str, args: WorkloadNamespaceArgs, opts: pulumi.ResourceOptions) -> Iterator[pulumi.Resource]:
    space = args.namespace
    yield waypoint(f"{name}-waypoint", space, opts)
    rules = authorizations(args.spec, space, args.mesh.trust_domain, args.mesh.collector.namespace)
    for key, spec in rules.items():
        yield custom_object(f"{name}-{key}", SECURITY, "AuthorizationPolicy", spec, object_name=key, namespace=space, opts=opts)
    breaker = circuit_breaker(f"*.{space}.svc.cluster.local")
    yield custom_object(f"{name}-breaker", NETWORKING, "DestinationRule", breaker, object_name="breaker", namespace=space, opts=opts)


def _from_probes(name: str, namespace: str, opts: pulumi.ResourceOptions) -> kubernetes.networking.v1.NetworkPolicy:
    """The kubelet's probes come from the addresses that the CNI agent gives them, on whichever port the workload chose."""
    network = kubernetes.networking.v1
    sources = [network.NetworkPolicyPeerArgs(ip_block=network.IPBlockArgs(cidr=block)) for block in PROBE_BLOCKS]
    return network.NetworkPolicy(
        f"{name}-from-probes",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name="from-probes", namespace=namespace, annotations={"kubernetes.io/description": "The kubelet's probes."}
        ),
        spec=network.NetworkPolicySpecArgs(
            pod_selector=kubernetes.meta.v1.LabelSelectorArgs(),
            policy_types=["Ingress"],
            ingress=[network.NetworkPolicyIngressRuleArgs(from_=sources)],
        ),
        opts=opts,
    )


def _share(name: str, args: WorkloadNamespaceArgs, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    share, core = args.spec.share, kubernetes.core.v1
    hard = {
        "requests.cpu": share.cpu,
        "requests.memory": share.memory,
        "limits.memory": share.memory,
        "pods": str(share.pods),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    sizes = core.LimitRangeItemArgs(
        type="Container",
        default={"memory": share.container_memory},
        default_request={"cpu": share.container_cpu, "memory": share.container_memory},
    )
    metadata = kubernetes.meta.v1.ObjectMetaArgs(name="share", namespace=args.namespace)
    return (
        core.ResourceQuota(f"{name}-quota", metadata=metadata, spec=core.ResourceQuotaSpecArgs(hard=hard), opts=opts),
        core.LimitRange(f"{name}-sizes", metadata=metadata, spec=core.LimitRangeSpecArgs(limits=[sizes]), opts=opts),
    )
