"""The CRDs of Gateway API, at the version that the mesh's release was built with."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base import Component
from components.cluster.node_group import NodeGroup
from components.platform.crd_job import CrdJobArgs, crd_job
from components.platform.namespace import secured_namespace
from components.platform.network_policy import network_policies, to_aws

NAMESPACE = "gateway-api"
"""Namespace of the job that applies them."""
VERSION = "1.5.1"
"""What go.mod of istio/istio says at tag 1.30.3; a newer set of CRDs has fields that this istiod does not read."""
COMMIT = "e7677b70ae75d14a4448fba94870e7deea6cf0ad"
"""Commit of kubernetes-sigs/gateway-api's tag v1.5.1."""
GROUP = "gateway.networking.k8s.io"
"""API group of all of them."""
API_VERSION = f"{GROUP}/v1"
"""Of gateways and HTTP routes."""
KINDS = (
    "backendtlspolicies",
    "gatewayclasses",
    "gateways",
    "grpcroutes",
    "httproutes",
    "listenersets",
    "referencegrants",
    "tlsroutes",
)
"""The standard channel, in plural (config/crd/standard of that commit)."""


@dataclass(frozen=True, kw_only=True)
class GatewayApiArgs:
    """Wires of a GatewayApi."""

    nodes: NodeGroup
    """Nodes whose taints the job bears."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. CoreDNS."""


class GatewayApi(Component, token="meridian:platform:GatewayApi"):
    """A namespace of its own and the job in it: finished when the API server serves gateways and routes."""

    def __init__(self, name: str, args: GatewayApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        before = (*args.nodes.resources, *args.after)
        namespace = secured_namespace(f"{name}-namespace", NAMESPACE, "restricted", self.after(*before))
        way_out = to_aws("Asks the API server; fetches the CRDs from their release.")
        policies = network_policies(name, NAMESPACE, (way_out,), self.after(namespace))
        job = CrdJobArgs(owner=NAMESPACE, namespace=NAMESPACE, manifests=manifests(), crds=crd_names(), tolerations=args.nodes.tolerations)
        self.resources: tuple[pulumi.Resource, ...] = crd_job(f"{name}-crds", job, self.after(*policies, *before))
        self._seal()


def crd_names() -> list[str]:
    """Names of the CRDs."""
    return [f"{kind}.{GROUP}" for kind in KINDS]


def manifests() -> list[str]:
    """Addresses of the CRDs, one file each."""
    folder = f"https://raw.githubusercontent.com/kubernetes-sigs/gateway-api/{COMMIT}/config/crd/standard"
    return [f"{folder}/{GROUP}_{kind}.yaml" for kind in KINDS]
