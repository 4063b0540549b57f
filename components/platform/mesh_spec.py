"""Knobs of the mesh, and what is refused of them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from components.base import Spec
from components.naming import Kind, physical_name

_HOST = re.compile(r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,}$")


class ExternalProtocol(StrEnum):
    """How something outside is spoken to."""

    TLS = "TLS"
    """The caller encrypts by itself; the proxy reads the name of the host only (SNI)."""
    HTTP = "HTTP"
    """In plain text, for what has no TLS."""


class ExternalServiceSpec(Spec):
    """Something outside the cluster that members of the mesh may call."""

    hosts: tuple[str, ...] = Field(min_length=1)
    """Full names, e.g. `api.stripe.com`; no wildcards, which could be resolved to anything."""
    port: int = Field(default=443, ge=1, le=65535)
    """Port of all of them."""
    protocol: ExternalProtocol = ExternalProtocol.TLS
    """How they are spoken to."""
    callers: tuple[str, ...] = Field(min_length=1)
    """Namespaces that may call. Nobody else does."""


class CollectorSpec(Spec):
    """Where gateways and waypoints send spans."""

    namespace: str = "monitoring"
    """Namespace of the collector and of what scrapes metrics."""
    service: str = "otel-gateway"
    """Its Service."""
    port: int = Field(default=4317, ge=1, le=65535)
    """Its port for OTLP over gRPC (OpenTelemetry, OTLP specification)."""

    @property
    def host(self) -> str:
        """Name of the Service in the cluster."""
        return f"{self.service}.{self.namespace}.svc.cluster.local"


class MeshSpec(Spec):
    """Knobs of a Mesh."""

    external: Mapping[str, ExternalServiceSpec] = Field(default_factory=dict[str, ExternalServiceSpec])
    """What may be called outside, by a name that says what it is. Everything else is not reached from workload namespaces."""
    collector: CollectorSpec = CollectorSpec()
    """Where spans go."""
    span_percent: float = Field(default=100.0, ge=0, le=100)
    """Percentage of requests that are traced. All: the collector's tail sampler can keep only errors it was given."""
    control_plane_min: int = Field(default=2, ge=2, le=10)
    """Fewest pods of istiod: one may leave while a node is replaced."""
    ingress_min: int = Field(default=3, ge=2, le=50)
    """Fewest proxies of the public Gateway: one a zone."""
    ingress_max: int = Field(default=30, ge=2, le=200)
    """Most of them."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if faults := list(_faults(self)):
            raise ValueError("; ".join(faults))
        return self


def _faults(spec: MeshSpec) -> Iterator[str]:
    if spec.ingress_min > spec.ingress_max:
        yield f"ingress_min: {spec.ingress_min} is more than ingress_max: {spec.ingress_max}: raise the latter"
    for name, service in spec.external.items():
        physical_name(Kind.KUBERNETES_LABEL, name)
        for host in service.hosts:
            if not _HOST.match(host):
                yield f"external.{name}.hosts: '{host}' is no full host name: name each host, without scheme, path or wildcard"
            if host.endswith(".cluster.local"):
                yield f"external.{name}.hosts: '{host}' is inside the cluster: let its namespace name the caller instead"
    for host, count in Counter(host for service in spec.external.values() for host in service.hosts).items():
        if count > 1:
            yield f"external: {host} is named {count} times: one entry holds a host, with all its callers"
