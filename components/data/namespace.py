"""A namespace for a data store: closed in both directions but for the ports its engine names."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base import Component
from components.platform.namespace import NO_MESH, PodSecurity, secured_namespace
from components.platform.network_policy import OpenPort, network_policies, port_faults


@dataclass(frozen=True, kw_only=True)
class DataNamespaceArgs:
    """Wires of a DataNamespace."""

    namespace: str
    """Physical name."""
    ports: tuple[OpenPort, ...]
    """All ports the engine needs; each a policy of its own with its reason."""
    pod_security: PodSecurity = "restricted"
    """Pod Security level that the API server enforces."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before, e.g. the VPC CNI, which enforces the policies."""


class DataNamespace(Component, token="meridian:data:DataNamespace"):
    """The namespace, outside the mesh, with a policy that denies all, one for DNS and one for each port.

    Raises:
        ValueError: two ports would be one policy, or a port is both incoming and outgoing.
    """

    namespace: str
    """Physical name."""

    def __init__(self, name: str, args: DataNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := port_faults(args.ports):
            raise ValueError(f"namespace '{args.namespace}': {'; '.join(faults)}")
        super().__init__(name, opts)
        space = secured_namespace(f"{name}-namespace", args.namespace, args.pod_security, self.after(*args.after), NO_MESH)
        policies = network_policies(name, args.namespace, args.ports, self.after(space))
        self.resources: tuple[pulumi.Resource, ...] = (space, *policies)
        self.namespace = args.namespace
        self._seal()
