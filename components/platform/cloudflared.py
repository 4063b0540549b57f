"""The region's end of the Cloudflare Tunnel: connectors that call out, so that admin interfaces have no address to attack."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import Field

from components.base import Component, Spec
from components.catalog.cloudflare_ranges import cloudflare_ranges
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.platform import ingress
from components.platform.cloudflared_pod import METRICS_PORT, SERVICE_ACCOUNT, TOKEN_SECRET, pod_template
from components.platform.external_secrets import external_secret
from components.platform.namespace import secured_namespace
from components.platform.network_policy import OpenPort, network_policies

NAMESPACE = ingress.TUNNEL_NAMESPACE
"""Namespace of the connectors."""
OUTSIDE_MESH = {"istio.io/dataplane-mode": "none"}
"""Connectors speak TLS to the Gateway themselves (Istio, ambient: leaving workloads out)."""
FEWEST_REPLICAS = 3
"""One in each zone."""
EDGE_PORT = 7844
"""Port of the tunnel at Cloudflare (Cloudflare, tunnel with firewall)."""
MOST_REPLICAS = 25
"""Replicas that a tunnel takes (Cloudflare, tunnel availability)."""


class CloudflaredSpec(Spec):
    """Knobs of the connectors."""

    replicas: int = Field(default=FEWEST_REPLICAS, ge=FEWEST_REPLICAS, le=MOST_REPLICAS)
    """Connectors. A fixed number: no autoscaler, as taking one away cuts its connections (Cloudflare, tunnel availability). Each holds four
    connections, and Cloudflare takes the nearest, so more of them carry more and are not balanced."""


@dataclass(frozen=True, kw_only=True)
class CloudflaredArgs:
    """Wires of a Cloudflared."""

    spec: CloudflaredSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster, after which the token is named in Secrets Manager."""
    nodes: NodeGroup
    """Nodes it runs on."""
    scraped_from: Sequence[str] = ()
    """Namespaces whose pods may read the metrics."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before: External Secrets, CoreDNS."""


class Cloudflared(Component, token="meridian:platform:Cloudflared"):
    """Connectors in a restricted namespace of their own, spread over the zones, two of them always there.

    The token comes from Secrets Manager, where the global stack writes it after this one has told its outputs. So neither the secret nor
    the pods are waited for: until then the pods say that the secret is missing. It stands in no state of Kubernetes.
    """

    namespace: str
    """Namespace of the connectors."""

    def __init__(self, name: str, args: CloudflaredArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        before = self.after(*args.nodes.resources, *args.after)
        namespace = secured_namespace(f"{name}-namespace", NAMESPACE, "restricted", before, OUTSIDE_MESH)
        inside = self.after(namespace, *args.after)
        policies = network_policies(name, NAMESPACE, open_ports(args.scraped_from), inside)
        token = external_secret(
            f"{name}-token",
            namespace=NAMESPACE,
            secret_name=TOKEN_SECRET,
            remote=ingress.tunnel_secret(args.cluster.cluster_name),
            keys={"token": "token"},
            awaited=False,
            opts=inside,
        )
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account", metadata=_metadata(SERVICE_ACCOUNT), automount_service_account_token=False, opts=inside
        )
        deployment = self._deployment(name, args, (account, token, *policies))
        self.resources: tuple[pulumi.Resource, ...] = (deployment, self._budget(name, namespace))
        self.namespace = NAMESPACE
        self._seal()

    def _deployment(self, name: str, args: CloudflaredArgs, before: Sequence[pulumi.Resource]) -> kubernetes.apps.v1.Deployment:
        """A new pod is ready before an old one goes; cloudflared#1147 reports errors in rolling updates otherwise."""
        return kubernetes.apps.v1.Deployment(
            name,
            metadata=_metadata("cloudflared", {"pulumi.com/skipAwait": "true"}),
            spec=kubernetes.apps.v1.DeploymentSpecArgs(
                replicas=args.spec.replicas,
                revision_history_limit=3,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=ingress.TUNNEL_LABELS),
                strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
                ),
                template=pod_template(args.nodes),
            ),
            opts=self.after(*before),
        )

    def _budget(self, name: str, namespace: pulumi.Resource) -> kubernetes.policy.v1.PodDisruptionBudget:
        return kubernetes.policy.v1.PodDisruptionBudget(
            f"{name}-budget",
            metadata=_metadata("cloudflared"),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                min_available=FEWEST_REPLICAS - 1,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=ingress.TUNNEL_LABELS),
            ),
            opts=self.after(namespace),
        )


def open_ports(scraped_from: Sequence[str]) -> tuple[OpenPort, ...]:
    """All that connectors need. The edge of the tunnel (198.41.192.0/24, 198.41.200.0/24) and Access's certificates lie in the ranges that
    Cloudflare publishes, so nothing else of the world is opened (Cloudflare, tunnel with firewall).
    """
    cloudflare = cloudflare_ranges().ipv4
    outgoing = (
        OpenPort(port=EDGE_PORT, protocol="UDP", to_blocks=cloudflare, reason="The tunnel, on QUIC."),
        OpenPort(port=EDGE_PORT, to_blocks=cloudflare, reason="The tunnel on HTTP/2, where UDP does not pass."),
        OpenPort(port=443, to_blocks=cloudflare, reason="Certificates of Access, by which connectors check its tokens."),
        OpenPort(port=ingress.TUNNEL_PORT, to_namespaces=(ingress.INGRESS_NAMESPACE,), reason="Admin hosts at the Gateway."),
    )
    scraped = OpenPort(port=METRICS_PORT, from_namespaces=tuple(scraped_from), reason="Metrics.")
    return (*outgoing, scraped) if scraped_from else outgoing


def _metadata(name: str, annotations: dict[str, str] | None = None) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=NAMESPACE, labels=ingress.TUNNEL_LABELS, annotations=annotations)
