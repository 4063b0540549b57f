"""The pod of a tunnel's connector: image, flags, probes, what it may do."""

import pulumi_kubernetes as kubernetes

from components.cluster.node_group import NodeGroup
from components.platform import ingress
from components.platform.addon import node_placement

core = kubernetes.core.v1

IMAGE = "docker.io/cloudflare/cloudflared:2026.8.2"
"""Release 2026.8.2 of cloudflare/cloudflared. Older ones are supported for a year (Cloudflare, update cloudflared).

By version: the digest is to be had from the registry alone (`docker buildx imagetools inspect`). Whoever mirrors it to an ECR of his own
appends `@sha256:…` here; the setting `listedImages` of k8s-09 is what lets a version pass.
"""
SERVICE_ACCOUNT = "cloudflared"
"""Account of the pods; it has no rights and no token."""
TOKEN_SECRET = "tunnel-token"
"""Secret with the tunnel's token."""
TOKEN_PATH = "/etc/cloudflared"
"""Where it is mounted: read from a file the token is in no environment (cloudflared, --token-file, since 2025.4.0)."""
METRICS_PORT = 2000
"""Port of metrics and probes; Cloudflare's own example."""
USER = 65532
"""`nonroot` of the image."""
GRACE_SECONDS = 30
"""How long a connector that ends serves what is open (cloudflared, --grace-period; kept on QUIC since 2024.10.0)."""
ENVIRONMENT = {"TUNNEL_EDGE_IP_VERSION": "4", "TUNNEL_TOKEN_FILE": f"{TOKEN_PATH}/token"}
"""IPv4 only: the default became `auto` in 2026.4.0, and the pods' network has no IPv6."""


def pod_template(nodes: NodeGroup) -> core.PodTemplateSpecArgs:
    """The pods of the Deployment, one zone no fuller than another."""
    place = node_placement(nodes)
    return core.PodTemplateSpecArgs(
        metadata=kubernetes.meta.v1.ObjectMetaArgs(labels=ingress.TUNNEL_LABELS),
        spec=core.PodSpecArgs(
            service_account_name=SERVICE_ACCOUNT,
            automount_service_account_token=False,
            enable_service_links=False,
            termination_grace_period_seconds=GRACE_SECONDS + 15,
            security_context=core.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=USER,
                run_as_group=USER,
                seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            node_selector=place["nodeSelector"],
            tolerations=[core.TolerationArgs(**toleration) for toleration in place["tolerations"]],
            topology_spread_constraints=[_spread("topology.kubernetes.io/zone"), _spread("kubernetes.io/hostname")],
            containers=[_container()],
            volumes=[core.VolumeArgs(name="token", secret=core.SecretVolumeSourceArgs(secret_name=TOKEN_SECRET))],
        ),
    )


def _spread(key: str) -> core.TopologySpreadConstraintArgs:
    """Soft: a connector beside another is better than none, when a zone is lost."""
    return core.TopologySpreadConstraintArgs(
        topology_key=key,
        max_skew=1,
        when_unsatisfiable="ScheduleAnyway",
        label_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=ingress.TUNNEL_LABELS),
    )


def _container() -> core.ContainerArgs:
    metrics, grace = f"0.0.0.0:{METRICS_PORT}", f"{GRACE_SECONDS}s"
    return core.ContainerArgs(
        name="cloudflared",
        image=IMAGE,
        args=["tunnel", "--no-autoupdate", "--metrics", metrics, "--grace-period", grace, "run"],
        env=[core.EnvVarArgs(name=name, value=value) for name, value in ENVIRONMENT.items()],
        volume_mounts=[core.VolumeMountArgs(name="token", mount_path=TOKEN_PATH, read_only=True)],
        ports=[core.ContainerPortArgs(name="metrics", container_port=METRICS_PORT)],
        readiness_probe=_probe("/ready"),
        # Not /ready, as in Cloudflare's sample: when the edge is out of reach every pod would be restarted, again and again.
        liveness_probe=_probe("/healthcheck"),
        resources=core.ResourceRequirementsArgs(requests={"cpu": "100m", "memory": "128Mi"}, limits={"memory": "512Mi"}),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def _probe(path: str) -> core.ProbeArgs:
    return core.ProbeArgs(
        http_get=core.HTTPGetActionArgs(path=path, port=METRICS_PORT), initial_delay_seconds=10, period_seconds=10, failure_threshold=3
    )
