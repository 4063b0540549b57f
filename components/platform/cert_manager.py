"""cert-manager and the certification authority of the cluster, which signs every certificate inside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.platform.addon import Addon, AddonArgs, Delivery, node_placement
from components.platform.namespace import secured_namespace
from components.platform.network_policy import OpenPort, from_control_plane, network_policies, to_api_server

NAMESPACE = "cert-manager"
"""Namespace of the controller, and so of the secrets that a ClusterIssuer reads (cert-manager, CA issuer)."""
API_VERSION = "cert-manager.io/v1"
"""Of certificates and issuers."""
ISSUER = "meridian-ca"
"""Issuer of the cluster's own authority."""
ISSUER_KIND = "ClusterIssuer"
"""Its kind: certificates of all namespaces may ask it."""
CA_SECRET = "meridian-ca"
"""Secret that holds the authority's certificate and key."""
WEBHOOK_PORT = 10250
"""Of its webhook (chart, `webhook.securePort`)."""
LEAF_HOURS = 2160
"""90 days: short enough that a stolen key ages, long enough for an outage of the controller."""
RENEWAL_HOURS = 720
"""30 days before a certificate's end it is made anew."""
CA_HOURS = 87600
"""Ten years; it is renewed a year before the end, with the key it has."""


@dataclass(frozen=True, kw_only=True)
class CertManagerArgs:
    """Wires of a CertManager."""

    cluster: EksCluster
    """The cluster whose authority it is; its name stands in the authority's certificate."""
    nodes: NodeGroup
    """Nodes it runs on."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. CoreDNS."""
    delivery: Delivery = Delivery.HELM
    """Who installs the chart."""


class CertManager(Component, token="meridian:platform:CertManager"):
    """cert-manager with its CRDs, a self-signed issuer that signs only the authority, and the ClusterIssuer of that authority.

    The chart's hook `startupapicheck` ends only when the webhook answers, so an issuer is never refused for coming too early.
    """

    issuer: str
    """Name of the ClusterIssuer."""

    def __init__(self, name: str, args: CertManagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        namespace = secured_namespace(f"{name}-namespace", NAMESPACE, "restricted", self.after(*args.nodes.resources, *args.after))
        policies = network_policies(name, NAMESPACE, open_ports(args.cluster), self.after(namespace))
        addon = Addon(
            f"{name}-addon",
            AddonArgs(
                chart=catalog.chart("cert-manager"),
                namespace=NAMESPACE,
                values=chart_values(args.nodes),
                after=(namespace, *policies, *args.nodes.resources, *args.after),
                delivery=args.delivery,
            ),
            self.child,
        )
        bootstrap = _issuer(f"{name}-bootstrap", "meridian-bootstrap", {"selfSigned": {}}, self.after(*addon.resources))
        root = authority(f"{name}-authority", args.cluster.cluster_name, self.after(bootstrap))
        issuer = _issuer(f"{name}-issuer", ISSUER, {"ca": {"secretName": CA_SECRET}}, self.after(root))
        self.resources: tuple[pulumi.Resource, ...] = (issuer,)
        self.issuer = ISSUER
        self._seal()


def certificate(
    name: str,
    *,
    namespace: str,
    secret_name: str,
    common_name: str,
    dns_names: Sequence[str],
    usages: Sequence[str],
    opts: pulumi.ResourceOptions,
    ip_addresses: Sequence[str] = (),
) -> kubernetes.apiextensions.CustomResource:
    """A certificate of the cluster's authority in a secret with `tls.crt`, `tls.key` and `ca.crt`; a new key at every renewal.

    Args:
        name: Logical name.
        namespace: Namespace of the secret.
        secret_name: Name of the secret, and of the Certificate.
        common_name: Subject; at most 64 characters (RFC 5280, upper bounds).
        dns_names: Subject alternative names.
        usages: As cert-manager spells them: `server auth`, `client auth`.
        opts: Parent and order: it follows `CertManager.resources`.
        ip_addresses: Subject alternative addresses.

    Raises:
        ValueError: the common name is too long.
    """
    if len(common_name) > 64:
        raise ValueError(f"common name '{common_name}' has {len(common_name)} characters, X.509 takes 64: put it into dns_names")
    return _certificate(
        name,
        namespace,
        secret_name,
        {
            "commonName": common_name,
            "dnsNames": list(dns_names),
            "usages": list(usages),
            **({"ipAddresses": list(ip_addresses)} if ip_addresses else {}),
            "duration": f"{LEAF_HOURS}h0m0s",
            "renewBefore": f"{RENEWAL_HOURS}h0m0s",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "issuerRef": _reference(ISSUER),
        },
        opts,
    )


def authority(name: str, cluster_name: str, opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    """The authority's own certificate.

    Its key stays at renewal: a new one would make every certificate signed before untrusted to all that hold the new `ca.crt`, until each
    of them is renewed (cert-manager, trust: a CA's rotation needs a bundle of both).
    """
    return _certificate(
        name,
        NAMESPACE,
        CA_SECRET,
        {
            "isCA": True,
            "commonName": ISSUER,
            "subject": {"organizations": ["meridian"], "organizationalUnits": [cluster_name]},
            "usages": ["cert sign", "crl sign"],
            "duration": f"{CA_HOURS}h0m0s",
            "renewBefore": f"{CA_HOURS // 10}h0m0s",
            "privateKey": {"algorithm": "ECDSA", "size": 384, "rotationPolicy": "Never"},
            "issuerRef": _reference("meridian-bootstrap"),
        },
        opts,
    )


def open_ports(cluster: EksCluster) -> tuple[OpenPort, ...]:
    """All that its namespace needs: an authority of the cluster's own asks nobody outside."""
    return (to_api_server(cluster), from_control_plane(cluster, WEBHOOK_PORT, "The API server asks the webhook about certificates."))


def chart_values(nodes: NodeGroup) -> Mapping[str, Any]:
    """Values of cert-manager's chart. CRDs come with it and stay when it goes: with them every certificate would go."""
    place = node_placement(nodes)
    disruption = {"enabled": True, "maxUnavailable": 1}
    return {
        "crds": {"enabled": True, "keep": True},
        "replicaCount": 2,
        "podDisruptionBudget": disruption,
        **place,
        "webhook": {"replicaCount": 3, "podDisruptionBudget": disruption, **place},
        "cainjector": {"replicaCount": 2, "podDisruptionBudget": disruption, **place},
        "startupapicheck": {"enabled": True, "timeout": "5m", **place},
    }


def _issuer(name: str, issuer: str, spec: Mapping[str, Any], opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name, api_version=API_VERSION, kind=ISSUER_KIND, metadata=_metadata(issuer), spec=spec, opts=opts
    )


def _certificate(
    name: str, namespace: str, secret: str, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind="Certificate",
        metadata=_metadata(secret, namespace),
        spec={"secretName": secret, **spec},
        opts=opts,
    )


def _metadata(name: str, namespace: str | None = None) -> kubernetes.meta.v1.ObjectMetaArgs:
    """Finished when Ready: a pod that mounts the secret before it exists waits minutes for the kubelet's next try."""
    return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, annotations={"pulumi.com/waitFor": "condition=Ready"})


def _reference(issuer: str) -> dict[str, str]:
    return {"name": issuer, "kind": ISSUER_KIND, "group": "cert-manager.io"}
