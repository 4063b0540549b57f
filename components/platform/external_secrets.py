"""External Secrets: Kubernetes secrets that follow those of AWS Secrets Manager in the region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.identity import Document, WorkloadRole, WorkloadRoleArgs
from components.cluster.node_group import NodeGroup
from components.location import Location
from components.platform.addon import Addon, AddonArgs, Delivery, node_placement
from components.platform.namespace import secured_namespace
from components.platform.network_policy import OpenPort, from_control_plane, network_policies, to_aws, to_pod_identity

NAMESPACE = "external-secrets"
"""Namespace of the controller."""
SERVICE_ACCOUNT = "external-secrets"
"""Service account of the controller; its IAM role is tied to this name."""
API_VERSION = "external-secrets.io/v1"
"""Of stores and external secrets."""
STORE = "secrets-manager"
"""The store of the region's Secrets Manager."""
STORE_KIND = "ClusterSecretStore"
"""Its kind: secrets of all namespaces may refer to it."""
WEBHOOK_PORT = 10250
"""Of its webhook (chart, `webhook.port`)."""
REFRESH = "1h0m0s"
"""How often a secret is compared with its source: a rotated password arrives within the hour."""


@dataclass(frozen=True, kw_only=True)
class ExternalSecretsArgs:
    """Wires of an ExternalSecrets."""

    cluster: EksCluster
    """The cluster; it sees the secrets whose name begins with the cluster's."""
    nodes: NodeGroup
    """Nodes the controller runs on."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. CoreDNS."""
    delivery: Delivery = Delivery.HELM
    """Who installs the chart."""


class ExternalSecrets(Component, token="meridian:platform:ExternalSecrets"):
    """The controller with its CRDs, an identity for this cluster's secrets only, and the store of the region."""

    store: str
    """Name of the ClusterSecretStore."""

    def __init__(self, name: str, args: ExternalSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cluster = args.cluster
        namespace = secured_namespace(f"{name}-namespace", NAMESPACE, "restricted", self.after(*args.nodes.resources, *args.after))
        policies = network_policies(name, NAMESPACE, open_ports(cluster), self.after(namespace))
        identity = WorkloadRole(
            f"{name}-controller",
            WorkloadRoleArgs(
                cluster=cluster,
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                policies={"read": reading_policy(cluster.location, cluster.cluster_name)},
            ),
            self.child,
        )
        addon = Addon(
            f"{name}-addon",
            AddonArgs(
                chart=catalog.chart("external-secrets"),
                namespace=NAMESPACE,
                values=chart_values(args.nodes),
                after=(namespace, *policies, *args.nodes.resources, *args.after, *identity.resources),
                delivery=args.delivery,
            ),
            self.child,
        )
        self.resources: tuple[pulumi.Resource, ...] = (_store(f"{name}-store", cluster.location.region, self.after(*addon.resources)),)
        self.store = STORE
        self._seal()


def remote_name(cluster_name: str, name: str) -> str:
    """Name in Secrets Manager of a secret that the cluster may read."""
    return f"{cluster_name}/{name}"


def external_secret(
    name: str,
    *,
    namespace: str,
    secret_name: str,
    remote: str,
    keys: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    secret_type: str | None = None,
    awaited: bool = True,
) -> kubernetes.apiextensions.CustomResource:
    """A secret of Kubernetes that follows one of Secrets Manager.

    Args:
        name: Logical name.
        namespace: Namespace of the secret.
        secret_name: Name of the secret, and of the ExternalSecret.
        remote: Name in Secrets Manager, see `remote_name`.
        keys: Key of the Kubernetes secret -> property of the remote one's JSON.
        opts: Parent and order: it follows `ExternalSecrets.resources`.
        secret_type: Type of the secret where its reader wants one, e.g. `kubernetes.io/tls`.
        awaited: Whether it is finished only with the secret there. Not where another stack, which reads this one's outputs, writes it.
    """
    annotations = {"pulumi.com/waitFor": "condition=Ready"} if awaited else {"pulumi.com/skipAwait": "true"}
    template = {"template": {"type": secret_type}} if secret_type else {}
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind="ExternalSecret",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=secret_name, namespace=namespace, annotations=annotations),
        spec={
            "refreshInterval": REFRESH,
            "secretStoreRef": {"name": STORE, "kind": STORE_KIND},
            # Retained: a store that is out of reach must not take a password from a running database.
            "target": {"name": secret_name, "creationPolicy": "Owner", "deletionPolicy": "Retain", **template},
            "data": [{"secretKey": key, "remoteRef": {"key": remote, "property": item}} for key, item in keys.items()],
        },
        opts=opts,
    )


def reading_policy(location: Location, cluster_name: str) -> Document:
    """Reads the secrets under the cluster's prefix and decrypts them, through Secrets Manager only.

    The key is told by its use, not by its ARN, which a preview does not know: Secrets Manager names the secret in the encryption context
    (Secrets Manager user guide, encryption and decryption).
    """
    secrets = location.arn("secretsmanager", f"secret:{remote_name(cluster_name, '*')}")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"],
                "Resource": secrets,
            },
            {
                "Sid": "Decrypt",
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": location.arn("kms", "key/*"),
                "Condition": {
                    "StringEquals": {"kms:ViaService": f"secretsmanager.{location.region}.amazonaws.com"},
                    "StringLike": {"kms:EncryptionContext:SecretARN": secrets},
                },
            },
        ],
    }


def open_ports(cluster: EksCluster) -> tuple[OpenPort, ...]:
    """All that its namespace needs."""
    return (
        to_aws("Reads Secrets Manager; asks the API server."),
        to_pod_identity(),
        from_control_plane(cluster, WEBHOOK_PORT, "The API server asks the webhook about stores and external secrets."),
    )


def chart_values(nodes: NodeGroup) -> Mapping[str, Any]:
    """Values of External Secrets' chart. One of the two controllers leads, the other waits."""
    place = node_placement(nodes)
    disruption = {"enabled": True, "minAvailable": 1}
    return {
        "installCRDs": True,
        "replicaCount": 2,
        "leaderElect": True,
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT},
        "podDisruptionBudget": disruption,
        **place,
        "webhook": {"replicaCount": 2, "podDisruptionBudget": disruption, **place},
        "certController": {"replicaCount": 2, "podDisruptionBudget": disruption, **place},
    }


def _store(name: str, region: str, opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    """The region's Secrets Manager; without `auth` the controller's own identity counts (External Secrets, AWS access)."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind=STORE_KIND,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=STORE, annotations={"pulumi.com/waitFor": "condition=Ready"}),
        spec={"provider": {"aws": {"service": "SecretsManager", "region": region}}},
        opts=opts,
    )
