"""How a host name reaches its region: through a load balancer or through a tunnel, and what each of them carries."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from components.base import Spec
from components.edge.site import EdgeSite


class OriginMode(StrEnum):
    """The two ways into a region."""

    LOAD_BALANCER = "load_balancer"
    """A network load balancer that only Cloudflare reaches. For APIs: gRPC works, each region is an endpoint of its own with its own health
    checks, and it grows with the load."""
    TUNNEL = "tunnel"
    """Connectors that call out. For admin interfaces and private access: no address to attack. Cloudflare picks the nearest connector and
    balances nothing; the whole tunnel is one endpoint."""


class Traffic(StrEnum):
    """What a host name carries."""

    HTTP = "http"
    """Requests with an end, web pages and web sockets."""
    GRPC = "grpc"
    """HTTP/2 with trailers."""
    STREAMING = "streaming"
    """Answers that last, such as tokens of an inference."""


TUNNEL_REFUSES: Mapping[Traffic, str] = {
    Traffic.GRPC: "Cloudflare Tunnel does not carry gRPC on public host names (Cloudflare, gRPC connections)",
    Traffic.STREAMING: "a connector that is replaced cuts long answers after 30 s (cloudflare/cloudflared#1147)",
}
"""Traffic -> why a tunnel does not carry it."""


class HostSpec(Spec):
    """A host name with its way into the region."""

    hostname: str
    """Full name, in the zone, e.g. `eu.api.example.com`."""
    mode: OriginMode = OriginMode.LOAD_BALANCER
    """Way it takes."""
    traffic: Traffic = Traffic.HTTP
    """What it carries."""


def origin_faults(host: HostSpec, site: EdgeSite) -> Iterator[str]:
    """One line for a host in no zone, and for traffic that its way does not carry."""
    if not site.covers(host.hostname):
        yield f"hostname: {host.hostname} lies in no zone: names must end with .{site.domain}"
    if host.mode is OriginMode.TUNNEL and (reason := TUNNEL_REFUSES.get(host.traffic)) is not None:
        yield f"mode: tunnel, but {host.hostname} carries {host.traffic}: {reason}; take {OriginMode.LOAD_BALANCER}"
