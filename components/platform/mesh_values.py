"""Values of Istio's charts, release 1.30 in ambient mode."""

from typing import Any

from components.cluster.node_group import NodeGroup
from components.platform.addon import node_placement
from components.platform.istio import GATEWAY_CLASS, NODE_NAMESPACE, WAYPOINT_CLASS
from components.platform.mesh_spec import MeshSpec

TRACING = "otel"
"""Extension provider that spans go to."""
ACCESS_LOG = "envoy"
"""Istio's built-in provider of access logs on standard output, where the node's collector reads them (Istio, Telemetry API)."""
TLS_FLOOR = "TLSV1_3"
"""Oldest TLS of Envoy's listeners, within the mesh and from Cloudflare, which speaks 1.3 to origins. ztunnel knows no other."""
AMBIENT = {"profile": "ambient"}
"""Values that each chart merges from its own file profile-ambient.yaml (templates/zzz_profile.yaml)."""
_SPREAD = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
_SECCOMP = {"type": "RuntimeDefault"}


def base_values() -> dict[str, Any]:
    """Chart `base`: CRDs and the webhook that checks Istio's objects, for the one revision there is."""
    return {"defaultRevision": "default"}


def istiod_values(spec: MeshSpec, trust_domain: str, nodes: NodeGroup) -> dict[str, Any]:
    """Chart `istiod`. Its own NetworkPolicy stays off: it lets everything out and everybody in; `mesh_policies` has narrower ones."""
    return {
        **AMBIENT,
        "autoscaleMin": spec.control_plane_min,
        "autoscaleMax": max(5, spec.control_plane_min),
        "pdb": {"minAvailable": 1},
        "trustedZtunnelNamespace": NODE_NAMESPACE,
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
        "seccompProfile": _SECCOMP,
        "topologySpreadConstraints": [{**_SPREAD, "labelSelector": {"matchLabels": {"app": "istiod"}}}],
        "meshConfig": mesh_config(spec, trust_domain),
        "global": {
            "meshID": trust_domain,
            "network": trust_domain,
            "multiCluster": {"clusterName": trust_domain},
            "logAsJson": True,
            "priorityClassName": "system-cluster-critical",
            "waypoint": {
                "topologySpreadConstraints": [
                    {**_SPREAD, "labelSelector": {"matchLabels": {"gateway.networking.k8s.io/gateway-class-name": WAYPOINT_CLASS}}}
                ]
            },
        },
        "gateways": {"seccompProfile": _SECCOMP},
        "gatewayClasses": gateway_classes(spec, nodes),
        **node_placement(nodes),
    }


def mesh_config(spec: MeshSpec, trust_domain: str) -> dict[str, Any]:
    """MeshConfig. REGISTRY_ONLY binds gateways and waypoints; ztunnel lets unknown hosts pass, which is why workload namespaces' network
    policies let nothing out but towards the mesh (Istio, ambient: egress gateways).
    """
    collector = {"service": spec.collector.host, "port": spec.collector.port}
    return {
        "trustDomain": trust_domain,
        "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
        "meshMTLS": {"minProtocolVersion": TLS_FLOOR},
        "tlsDefaults": {"minProtocolVersion": TLS_FLOOR},
        "accessLogEncoding": "JSON",
        "extensionProviders": [{"name": TRACING, "opentelemetry": collector}],
    }


def gateway_classes(spec: MeshSpec, nodes: NodeGroup) -> dict[str, Any]:
    """What istiod lays over the deployments it makes for Gateways (chart, `gatewayClasses`).

    Services are ClusterIP: a load balancer is made by Pulumi or not at all. The annotation `networking.istio.io/service-type` would say it
    for one Gateway only, and 1.30 reports it as deprecated (istio, pilot/pkg/config/kube/gateway/conversion.go).
    """
    here = node_placement(nodes)
    spread = [{**_SPREAD, "labelSelector": {"matchLabels": {"gateway.networking.k8s.io/gateway-class-name": GATEWAY_CLASS}}}]
    return {
        GATEWAY_CLASS: {
            "service": {"spec": {"type": "ClusterIP"}},
            "deployment": {"spec": {"template": {"spec": {"topologySpreadConstraints": spread, **here}}}},
            **_scaled(spec.ingress_min, spec.ingress_max),
        },
        WAYPOINT_CLASS: _scaled(2, 10),
    }


def cni_values() -> dict[str, Any]:
    """Chart `cni`: the agent that leads pods' traffic to ztunnel, on every node. Names too: hosts outside are known by them."""
    return {**AMBIENT, "ambient": {"dnsCapture": True}, "seccompProfile": _SECCOMP, "global": {"logAsJson": True}}


def ztunnel_values(trust_domain: str) -> dict[str, Any]:
    """Chart `ztunnel`: the node's proxy. Its names must be those of istiod."""
    return {
        "variant": "distroless",
        "network": trust_domain,
        "multiCluster": {"clusterName": trust_domain},
        "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "logAsJson": True,
    }


def _scaled(fewest: int, most: int) -> dict[str, Any]:
    """Autoscaler and disruption budget, which istiod makes only for classes that have an overlay for them."""
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
    return {
        "horizontalPodAutoscaler": {"spec": {"minReplicas": fewest, "maxReplicas": most, "metrics": [cpu]}},
        "podDisruptionBudget": {"spec": {"maxUnavailable": 1}},
    }
