"""What every cluster carries before any workload: secrets, certificates, the mesh, and the private ways in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.platform.cert_manager import CertManager, CertManagerArgs
from components.platform.cloudflared import Cloudflared, CloudflaredArgs
from components.platform.external_secrets import ExternalSecrets, ExternalSecretsArgs
from components.platform.load_balancer_controller import LoadBalancerController, LoadBalancerControllerArgs
from components.platform.mesh import Mesh, MeshArgs
from components.platform.origin import Origin, OriginArgs
from stacks.spec import PlatformSpec


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What neighbours need of it."""

    external_secrets: ExternalSecrets
    """Brings secrets of the region's Secrets Manager into the cluster."""
    cert_manager: CertManager
    """Signs certificates inside the cluster."""
    mesh: Mesh
    """Encryption and policies between workloads: it stands before the first of them, and goes after the last (D-30 of the requirements)."""
    origin: Origin
    """Load balancer that Cloudflare alone reaches."""


def build(
    spec: PlatformSpec, cluster: EksCluster, nodes: NodeGroup, needed: Sequence[pulumi.Resource], both: pulumi.ResourceOptions
) -> Platform:
    """Make it on the system nodes, after `needed`: the cluster's add-ons. What calls a webhook follows what serves it."""
    secrets = ExternalSecrets("external-secrets", ExternalSecretsArgs(cluster=cluster, nodes=nodes, after=needed), both)
    certificates = CertManager("cert-manager", CertManagerArgs(cluster=cluster, nodes=nodes, after=needed), both)
    controller = LoadBalancerController(
        "load-balancer-controller",
        LoadBalancerControllerArgs(cluster=cluster, nodes=nodes, after=(*needed, *certificates.resources)),
        both,
    )
    mesh = Mesh("mesh", MeshArgs(spec=spec.mesh, cluster=cluster, nodes=nodes, after=needed), both)
    behind = (*mesh.resources, *secrets.resources, *controller.resources)
    origin = Origin("origin", OriginArgs(spec=spec.origin, cluster=cluster, after=behind), both)
    Cloudflared("tunnel", CloudflaredArgs(spec=spec.tunnel, cluster=cluster, nodes=nodes, after=(*needed, *secrets.resources)), both)
    return Platform(external_secrets=secrets, cert_manager=certificates, mesh=mesh, origin=origin)
