"""What holds in the whole mesh: mutual TLS everywhere, nobody may talk to anybody unless allowed, and what is recorded of it."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.cluster.eks import EksCluster
from components.platform.gateway_api import GROUP
from components.platform.istio import METRICS_PORTS, ROOT_NAMESPACE, SECURITY, TELEMETRY, WAYPOINT_CLASS, XDS_PORT, custom_object
from components.platform.mesh_spec import MeshSpec
from components.platform.mesh_values import ACCESS_LOG, TRACING
from components.platform.network_policy import OpenPort, from_control_plane, to_api_server

WEBHOOK_PORT = 15017
"""Port of istiod's admission webhooks, as the pod listens (Istio, ports used by Istio)."""


def mesh_policies(prefix: str, spec: MeshSpec, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """The policies of the root namespace.

    Denial needs two: ztunnel and gateways heed a policy without target, waypoints only one that targets their class (Istio 1.30,
    pilot/pkg/model/policyattachment.go).
    """
    rows: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
        "strict": (SECURITY, "PeerAuthentication", {"mtls": {"mode": "STRICT"}}),
        "deny-all": (SECURITY, "AuthorizationPolicy", {}),
        "deny-all-waypoints": (
            SECURITY,
            "AuthorizationPolicy",
            {"targetRefs": [{"group": GROUP, "kind": "GatewayClass", "name": WAYPOINT_CLASS}]},
        ),
        "default": (TELEMETRY, "Telemetry", telemetry(spec)),
    }
    return tuple(
        custom_object(f"{prefix}-{name}", version, kind, body, object_name=name, namespace=ROOT_NAMESPACE, opts=opts)
        for name, (version, kind, body) in rows.items()
    )


def telemetry(spec: MeshSpec) -> dict[str, Any]:
    """Spans to the collector, and a line for each request that failed."""
    return {
        "tracing": [{"providers": [{"name": TRACING}], "randomSamplingPercentage": spec.span_percent}],
        "accessLogging": [{"providers": [{"name": ACCESS_LOG}], "filter": {"expression": "response.code >= 400"}}],
    }


def control_plane_ports(cluster: EksCluster, spec: MeshSpec) -> tuple[OpenPort, ...]:
    """All that the root namespace needs. ztunnel works elsewhere: what it does for pods happens in their network, under their policies."""
    return (
        from_control_plane(cluster, WEBHOOK_PORT, "The API server asks istiod about Istio's objects (istio#36955, #46746)."),
        OpenPort(port=XDS_PORT, from_blocks=cluster.vpc.pod_cidr_blocks, reason="Proxies ask for configuration and certificates."),
        to_api_server(cluster),
        OpenPort(port=METRICS_PORTS["istiod"], from_namespaces=(spec.collector.namespace,), reason="Metrics of istiod."),
    )
