"""The way into the mesh: one Gateway with a door for Cloudflare's edge and one for its tunnel."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.cluster.eks import EksCluster
from components.platform import gateway_api, ingress
from components.platform.istio import (
    GATEWAY_CLASS,
    HBONE_PORT,
    METRICS_PORTS,
    ROOT_NAMESPACE,
    SECURITY,
    XDS_PORT,
    custom_object,
    gateway_target,
)
from components.platform.mesh_spec import MeshSpec
from components.platform.namespace import secured_namespace
from components.platform.network_policy import OpenPort, network_policies

EXPOSED = {"meridian.io/exposed": "true"}
"""Labels of namespaces whose routes may attach to the Gateway."""
EDGE_LISTENER = "https"
"""Listener of Cloudflare's edge, which must show the zone's client certificate."""
TUNNEL_LISTENER = "tunnel"
"""Listener of the tunnel's connectors, for admin hosts."""
ACCOUNT = ingress.INGRESS_SERVICE
"""Service account of the proxies, as istiod names it."""


def mesh_ingress(
    prefix: str, cluster: EksCluster, spec: MeshSpec, opts: pulumi.ResourceOptions, parent: pulumi.Resource
) -> tuple[pulumi.Resource, ...]:
    """Namespace, network policies, the Gateway, and who may come in through it.

    Args:
        prefix: First part of the logical names.
        cluster: The cluster.
        spec: Knobs of the mesh.
        opts: Parent and order: it follows the mesh.
        parent: The component.
    """
    labels = ingress.INGRESS_NAMESPACE_LABELS
    namespace = secured_namespace(f"{prefix}-namespace", ingress.INGRESS_NAMESPACE, "restricted", opts, labels)
    inside = pulumi.ResourceOptions(parent=parent, depends_on=[namespace])
    policies = network_policies(prefix, ingress.INGRESS_NAMESPACE, ingress_ports(cluster, spec), inside)
    behind = pulumi.ResourceOptions(parent=parent, depends_on=[namespace, *policies])
    allowed = custom_object(
        f"{prefix}-allow",
        SECURITY,
        "AuthorizationPolicy",
        authorization(),
        object_name="allow-listeners",
        namespace=ingress.INGRESS_NAMESPACE,
        opts=behind,
    )
    gateway = custom_object(
        f"{prefix}-gateway",
        gateway_api.API_VERSION,
        "Gateway",
        gateway_spec(),
        object_name=ingress.INGRESS_GATEWAY,
        namespace=ingress.INGRESS_NAMESPACE,
        # Not awaited: the global stack, which reads this one's outputs, writes the certificates that make it ready.
        annotations={"pulumi.com/skipAwait": "true"},
        opts=behind,
    )
    return (namespace, *policies, allowed, gateway)


def gateway_spec() -> dict[str, Any]:
    """`spec` of the Gateway. Hosts are those of the routes; only namespaces labelled so may attach one."""
    return {
        "gatewayClassName": GATEWAY_CLASS,
        "listeners": [
            _listener(EDGE_LISTENER, ingress.INGRESS_PORT, {"options": dict(ingress.MUTUAL_TLS)}),
            _listener(TUNNEL_LISTENER, ingress.TUNNEL_PORT, {}),
        ],
    }


def authorization() -> dict[str, Any]:
    """Whoever TLS let in may use the listeners; the policy that denies all binds gateways too, so each needs one that allows.

    Who may ask which service is decided again at its waypoint.
    """
    ports = [str(ingress.INGRESS_PORT), str(ingress.TUNNEL_PORT)]
    return {
        "targetRefs": gateway_target(ingress.INGRESS_GATEWAY),
        "action": "ALLOW",
        "rules": [{"to": [{"operation": {"ports": ports}}]}],
    }


def ingress_ports(cluster: EksCluster, spec: MeshSpec) -> tuple[OpenPort, ...]:
    """All that its namespace needs. The load balancer does not keep callers' addresses, so they are all of the VPC."""
    vpc, collector = (cluster.vpc.cidr_block,), spec.collector
    return (
        OpenPort(port=ingress.INGRESS_PORT, from_blocks=vpc, reason="The load balancer brings what Cloudflare's edge sends."),
        OpenPort(port=ingress.READINESS_PORT, from_blocks=vpc, reason="The load balancer asks whether a proxy is ready."),
        OpenPort(
            port=ingress.TUNNEL_PORT,
            from_namespaces=(ingress.TUNNEL_NAMESPACE,),
            from_labels=ingress.TUNNEL_LABELS,
            reason="The tunnel brings what Cloudflare Access let through.",
        ),
        OpenPort(port=METRICS_PORTS["proxies"], from_namespaces=(collector.namespace,), reason="Metrics of the proxies."),
        OpenPort(port=HBONE_PORT, to_blocks=cluster.vpc.pod_cidr_blocks, reason="Members of the mesh, by mutual TLS."),
        OpenPort(port=XDS_PORT, to_namespaces=(ROOT_NAMESPACE,), reason="Asks istiod for configuration and certificates."),
        OpenPort(port=collector.port, to_namespaces=(collector.namespace,), reason="Sends spans."),
    )


def _listener(name: str, port: int, tls: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "port": port,
        "protocol": "HTTPS",
        "tls": {"mode": "Terminate", "certificateRefs": [{"name": ingress.ORIGIN_TLS_SECRET}], **tls},
        "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": EXPOSED}}},
    }
