"""Istio's names and objects: what mesh, namespaces and traffic share."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.platform import gateway_api

ROOT_NAMESPACE = "istio-system"
"""Namespace of istiod, whose policies hold for the whole mesh."""
NODE_NAMESPACE = "kube-system"
"""Namespace of the CNI agent and ztunnel, with the other agents of nodes: they mount the node's folders and enter pods' networks, which
the root namespace refuses. istiod gives its certificate there for ztunnel's sake (Istio 1.30, namespacecontroller.go)."""
EGRESS_NAMESPACE = "istio-egress"
"""Namespace of what lies outside the cluster, and of the waypoint through which all of it is reached."""
GATEWAY_CLASS = "istio"
"""Class of gateways from outside into the mesh; istiod makes the GatewayClass itself."""
WAYPOINT_CLASS = "istio-waypoint"
"""Class of waypoints: proxies of a namespace that understand HTTP."""
WAYPOINT = "waypoint"
"""Name of a namespace's waypoint, and so of its service account."""
HBONE_PORT = 15008
"""Port of the mesh's mutually authenticated tunnels; all traffic between members arrives there (Istio, ambient and NetworkPolicy)."""
XDS_PORT = 15012
"""Port at which proxies ask istiod for configuration and certificates."""
METRICS_PORTS = {"istiod": 15014, "proxies": 15020}
"""Who -> port of their metrics (Istio, ports used by Istio)."""
PROBE_BLOCKS = ("169.254.7.127/32", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128")
"""Addresses that the CNI agent gives to the kubelet's probes, so that they come in beside the mesh (Istio, ambient and NetworkPolicy)."""
IN_MESH = {"istio.io/dataplane-mode": "ambient"}
"""Labels of a namespace whose pods are members."""
OUT_OF_MESH = {"istio.io/dataplane-mode": "none", "istio-injection": "disabled"}
"""Labels of a namespace whose software encrypts by itself: a proxy between databases breaks them (pingcap/tidb-operator#4445)."""
BY_WAYPOINT = {"istio.io/use-waypoint": WAYPOINT, "istio.io/ingress-use-waypoint": "true"}
"""Labels of a namespace whose services are reached through its waypoint. Without the second, gateways pass it by (Istio, waypoints)."""
SECURITY = "security.istio.io/v1"
"""API version of who may talk to whom, and how."""
NETWORKING = "networking.istio.io/v1"
"""API version of destinations."""
TELEMETRY = "telemetry.istio.io/v1"
"""API version of telemetry."""


def custom_object(
    name: str,
    api_version: str,
    kind: str,
    spec: Mapping[str, Any],
    *,
    object_name: str,
    namespace: str,
    opts: pulumi.ResourceOptions,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> kubernetes.apiextensions.CustomResource:
    """An object of one of the mesh's CRDs.

    Args:
        name: Logical name.
        api_version: Of its CRD.
        kind: Of its CRD.
        spec: As the CRD says.
        object_name: Physical name.
        namespace: Where it lies.
        opts: Parent and order: it follows `Mesh.resources`.
        labels: Labels, if any.
        annotations: Annotations, if any.
    """
    metadata = kubernetes.meta.v1.ObjectMetaArgs(name=object_name, namespace=namespace, labels=labels, annotations=annotations)
    return kubernetes.apiextensions.CustomResource(name, api_version=api_version, kind=kind, metadata=metadata, spec=spec, opts=opts)


def waypoint(name: str, namespace: str, opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    """The waypoint of a namespace; istiod makes its deployment, service and account. Finished when it can be sent to."""
    return custom_object(
        name,
        gateway_api.API_VERSION,
        "Gateway",
        {
            "gatewayClassName": WAYPOINT_CLASS,
            "listeners": [{"name": "mesh", "port": HBONE_PORT, "protocol": "HBONE", "allowedRoutes": {"namespaces": {"from": "Same"}}}],
        },
        object_name=WAYPOINT,
        namespace=namespace,
        labels={"istio.io/waypoint-for": "service"},
        annotations={"pulumi.com/waitFor": "condition=Programmed"},
        opts=opts,
    )


def gateway_target(gateway: str) -> list[dict[str, str]]:
    """`targetRefs` of a policy that a gateway or waypoint of the same namespace enforces; without them only ztunnel does."""
    return [{"group": gateway_api.GROUP, "kind": "Gateway", "name": gateway}]


def workload_principal(trust_domain: str, namespace: str, account: str) -> str:
    """Identity of a workload as policies spell it: its SPIFFE id without the scheme."""
    return f"{trust_domain}/ns/{namespace}/sa/{account}"
