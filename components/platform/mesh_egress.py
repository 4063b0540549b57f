"""The way out of the mesh: hosts that are named, each for the namespaces that may call it, through one waypoint.

ztunnel itself lets pods call what it does not know. So members' network policies open no port but the mesh's, and what lies outside is
reached through this waypoint only, which refuses what it does not know and whom it does not know (Istio, ambient: egress gateways).
"""

from typing import Any

import pulumi

from components.cluster.eks import EksCluster
from components.platform.istio import (
    EGRESS_NAMESPACE,
    HBONE_PORT,
    IN_MESH,
    METRICS_PORTS,
    NETWORKING,
    ROOT_NAMESPACE,
    SECURITY,
    WAYPOINT,
    XDS_PORT,
    custom_object,
    waypoint,
)
from components.platform.mesh_spec import ExternalServiceSpec, MeshSpec
from components.platform.namespace import secured_namespace
from components.platform.network_policy import EVERYWHERE, OpenPort, network_policies


def mesh_egress(
    prefix: str, cluster: EksCluster, spec: MeshSpec, opts: pulumi.ResourceOptions, parent: pulumi.Resource
) -> tuple[pulumi.Resource, ...]:
    """Namespace, network policies and waypoint; for each service its entry and who may call it.

    Args:
        prefix: First part of the logical names.
        cluster: The cluster.
        spec: Knobs of the mesh.
        opts: Parent and order: it follows the mesh.
        parent: The component.
    """
    labels = {**IN_MESH, "istio.io/use-waypoint": WAYPOINT}
    namespace = secured_namespace(f"{prefix}-namespace", EGRESS_NAMESPACE, "restricted", opts, labels)
    inside = pulumi.ResourceOptions(parent=parent, depends_on=[namespace])
    policies = network_policies(prefix, EGRESS_NAMESPACE, egress_ports(cluster, spec), inside)
    behind = pulumi.ResourceOptions(parent=parent, depends_on=[namespace, *policies])
    made: list[pulumi.Resource] = [namespace, *policies, waypoint(f"{prefix}-waypoint", EGRESS_NAMESPACE, behind)]
    for name, service in spec.external.items():
        rows = {
            "entry": (NETWORKING, "ServiceEntry", service_entry(name, service)),
            "callers": (SECURITY, "AuthorizationPolicy", callers(name, service)),
        }
        made += [
            custom_object(f"{prefix}-{name}-{noun}", version, kind, body, object_name=name, namespace=EGRESS_NAMESPACE, opts=behind)
            for noun, (version, kind, body) in rows.items()
        ]
    return tuple(made)


def service_entry(name: str, service: ExternalServiceSpec) -> dict[str, Any]:
    """`spec` of the ServiceEntry; the proxy asks for the address by itself, so nobody's answer can lead it elsewhere."""
    return {
        "hosts": list(service.hosts),
        "location": "MESH_EXTERNAL",
        "resolution": "DNS",
        "ports": [{"name": f"{service.protocol.lower()}-{name}"[:63].rstrip("-"), "number": service.port, "protocol": service.protocol}],
    }


def callers(name: str, service: ExternalServiceSpec) -> dict[str, Any]:
    """`spec` of the AuthorizationPolicy that lets the namespaces call it."""
    return {
        "targetRefs": [{"group": "networking.istio.io", "kind": "ServiceEntry", "name": name}],
        "action": "ALLOW",
        "rules": [{"from": [{"source": {"namespaces": list(service.callers)}}]}],
    }


def egress_ports(cluster: EksCluster, spec: MeshSpec) -> tuple[OpenPort, ...]:
    """All that its namespace needs."""
    collector = spec.collector
    outside = sorted({service.port for service in spec.external.values()})
    return (
        OpenPort(port=HBONE_PORT, from_blocks=cluster.vpc.pod_cidr_blocks, reason="Members of the mesh, by mutual TLS."),
        OpenPort(port=METRICS_PORTS["proxies"], from_namespaces=(collector.namespace,), reason="Metrics of the waypoint."),
        OpenPort(port=XDS_PORT, to_namespaces=(ROOT_NAMESPACE,), reason="Asks istiod for configuration and certificates."),
        OpenPort(port=collector.port, to_namespaces=(collector.namespace,), reason="Sends spans."),
        *(OpenPort(port=port, to_blocks=(EVERYWHERE,), reason="Hosts that are named.") for port in outside if port != collector.port),
    )
