"""The edge's end of a region's Cloudflare Tunnel: admin hosts, private network, and the token that the region's connectors need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.origin_mode import HostSpec, OriginMode, origin_faults
from components.edge.region_secret import SecretPlace, region_secret
from components.edge.site import EdgeSite
from components.platform.ingress import INGRESS_NAMESPACE, INGRESS_SERVICE, TUNNEL_PORT, tunnel_secret

CATCH_ALL = "http_status:404"
"""Service of the last rule: what no rule before it names is answered here and reaches no origin (Cloudflare, ingress rules)."""
GATEWAY = f"https://{INGRESS_SERVICE}.{INGRESS_NAMESPACE}.svc.cluster.local:{TUNNEL_PORT}"
"""Listener for admin hosts of the region's Gateway."""

Rule = tuple[str | None, str]
"""Host (none: every host) and service."""

_Ingress = cloudflare.ZeroTrustTunnelCloudflaredConfigConfigIngressArgs


@dataclass(frozen=True, kw_only=True)
class TunnelArgs:
    """Wires of a Tunnel."""

    site: EdgeSite
    """The zone of the hosts."""
    place: SecretPlace
    """Region, cluster and key: where the token is left."""
    cidr_block: pulumi.Input[str]
    """Network of the region that devices may reach, e.g. the VPC's."""
    team: str
    """Zero Trust organisation, `<team>.cloudflareaccess.com`."""
    audiences: Mapping[str, pulumi.Input[str]]
    """Admin host of the region -> audience tag of its Access application. Connectors refuse requests without a token of it."""


class Tunnel(Component, token="meridian:edge:Tunnel"):
    """A tunnel whose rules are kept at Cloudflare and end in 404, its hosts' DNS records, and a virtual network with one route.

    A virtual network per region lets regions with equal addresses coexist (Cloudflare, virtual networks).

    Raises:
        ValueError: a host lies in no zone, or the rules do not end in 404.
    """

    tunnel_id: pulumi.Output[str]
    """Identifier of the tunnel; `<id>.cfargotunnel.com` is its name."""
    virtual_network_id: pulumi.Output[str]
    """Identifier of the region's virtual network."""

    def __init__(self, name: str, args: TunnelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := [*tunnel_faults(args.site, tuple(args.audiences)), *ingress_faults(tunnel_rules(args.audiences))]:
            raise ValueError(f"tunnel '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        account = args.site.account_id
        tunnel = cloudflare.ZeroTrustTunnelCloudflared(
            name, account_id=account, name=args.place.cluster_name, config_src="cloudflare", opts=self.child
        )
        config = self._config(name, args, tunnel)
        network = cloudflare.ZeroTrustTunnelCloudflaredVirtualNetwork(
            f"{name}-network",
            account_id=account,
            name=args.place.cluster_name,
            comment=f"Private network of {args.place.region}",
            is_default_network=False,
            opts=self.child,
        )
        route = cloudflare.ZeroTrustTunnelCloudflaredRoute(
            f"{name}-route",
            account_id=account,
            network=args.cidr_block,
            tunnel_id=tunnel.id,
            virtual_network_id=network.id,
            comment=f"VPC of {args.place.region}",
            opts=self.child,
        )
        given = pulumi.InvokeOutputOptions(parent=self)  # a function takes no provider from what encloses it
        token = cloudflare.get_zero_trust_tunnel_cloudflared_token_output(account_id=account, tunnel_id=tunnel.id, opts=given).apply(_token)
        left = region_secret(f"{name}-token", args.place, tunnel_secret(args.place.cluster_name), {"token": token}, self.child)
        records = [self._record(name, host, args.site, tunnel, config) for host in args.audiences]
        self.resources: tuple[pulumi.Resource, ...] = (route, left, *records)
        self.tunnel_id, self.virtual_network_id = tunnel.id, network.id
        self._seal()

    def _config(
        self, name: str, args: TunnelArgs, tunnel: cloudflare.ZeroTrustTunnelCloudflared
    ) -> cloudflare.ZeroTrustTunnelCloudflaredConfig:
        rules = [_rule(host, service, args) for host, service in tunnel_rules(args.audiences)]
        return cloudflare.ZeroTrustTunnelCloudflaredConfig(
            f"{name}-config",
            account_id=args.site.account_id,
            tunnel_id=tunnel.id,
            source="cloudflare",
            config=cloudflare.ZeroTrustTunnelCloudflaredConfigConfigArgs(ingresses=rules),
            opts=self.child,
        )

    def _record(
        self, name: str, host: str, site: EdgeSite, tunnel: cloudflare.ZeroTrustTunnelCloudflared, config: pulumi.Resource
    ) -> cloudflare.DnsRecord:
        """Proxied, or the name would lead past Access; after the rules, or it would answer 404 for a while."""
        return cloudflare.DnsRecord(
            f"{name}-{host.removesuffix(f'.{site.domain}')}",
            zone_id=site.zone_id,
            name=host,
            type="CNAME",
            content=tunnel.id.apply("{}.cfargotunnel.com".format),
            ttl=1,
            proxied=True,
            comment="Admin interface behind Access",
            opts=self.after(config),
        )


def tunnel_rules(hosts: Iterable[str]) -> list[Rule]:
    """The Gateway for each host, and 404 for all others."""
    return [*((host, GATEWAY) for host in hosts), (None, CATCH_ALL)]


def tunnel_faults(site: EdgeSite, hosts: Sequence[str]) -> Iterator[str]:
    """One line for each host in no zone."""
    for host in hosts:
        yield from origin_faults(HostSpec(hostname=host, mode=OriginMode.TUNNEL), site)


def ingress_faults(rules: Sequence[Rule]) -> Iterator[str]:
    """What is wrong with a tunnel's rules, in their order."""
    if not rules or rules[-1] != (None, CATCH_ALL):
        last = rules[-1][1] if rules else "no rule at all"
        yield f"ingress: ends in {last}: the last rule must be {CATCH_ALL} for every host, or strange names reach an origin"
    for position, (host, service) in enumerate(rules[:-1], start=1):
        if not host:
            yield f"ingress: rule {position} ({service}) is for every host, so the rules after it never apply: name a hostname"


def _rule(host: str | None, service: str, args: TunnelArgs) -> _Ingress:
    """TLS with the host's own name, checked; and Access's token checked once more behind the edge (cloudflared, origin parameters)."""
    if host is None:
        return _Ingress(service=service)
    request = cloudflare.ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs(
        origin_server_name=host,
        no_tls_verify=False,
        connect_timeout=10,
        access=cloudflare.ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestAccessArgs(
            required=True, team_name=args.team, aud_tags=[args.audiences[host]]
        ),
    )
    return _Ingress(hostname=host, service=service, origin_request=request)


def _token(result: cloudflare.GetZeroTrustTunnelCloudflaredTokenResult) -> str:
    return result.token
