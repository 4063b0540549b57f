"""The picture of the edge: host names, who balances them, the pools, the origins; and what is reached through a tunnel."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from meridian.picture.model import Arrangement, Box, Kind, Link, Picture
from meridian.picture.reading import NOT_YET, count, pointed_at, value
from meridian.plan import Plan, Planned

BALANCER = "cloudflare:index/loadBalancer:LoadBalancer"
POOL = "cloudflare:index/loadBalancerPool:LoadBalancerPool"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication"
TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"
TUNNEL_CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig"
WAYS = {"countryPools": "countries", "regionPools": "regions of Cloudflare", "defaultPools": "default", "fallbackPool": "fallback"}
"""How a load balancer comes to a pool, in the order in which Cloudflare decides."""


def edge_picture(plan: Plan) -> Picture:
    """From left to right: who asks, who decides, who answers."""
    columns = {
        "Host names and applications": [*map(_record, _named(plan)), *map(_application, plan.of_type(APPLICATION))],
        "Load balancers and tunnels": [*map(_balancer, plan.of_type(BALANCER)), *map(_tunnel, plan.of_type(TUNNEL))],
        "Pools": [_pool(plan, pool) for pool in plan.of_type(POOL)],
        "Origins": [_origin(pool, origin) for pool in plan.of_type(POOL) for origin in _origins(pool)],
    }
    boxes = tuple(Box(key=title, title=title, kind=Kind.GROUP, inside=tuple(inside)) for title, inside in columns.items() if inside)
    return Picture(
        title=f"{plan.stack}: who answers whom",
        boxes=boxes,
        links=(*_to_balancers(plan), *_to_pools(plan), *_to_origins(plan), *_to_tunnels(plan)),
        arrangement=Arrangement.ROW,
    )


def _named(plan: Plan) -> list[Planned]:
    """Proxied names that are no load balancer's own."""
    return [record for record in plan.of_type(RECORD) if value(record.inputs, "proxied", default=False)]


def _record(record: Planned) -> Box:
    return Box(key=record.urn, title=str(value(record.inputs, "name")), kind=Kind.HOST, lines=(str(value(record.inputs, "comment", "")),))


def _application(application: Planned) -> Box:
    hosts = sorted(_hosts(application))
    session = value(application.inputs, "sessionDuration", "")
    lines = (*hosts, f"session {session}") if session else tuple(hosts)
    return Box(key=application.urn, title=str(value(application.inputs, "name")), kind=Kind.ACCESS, lines=lines)


def _hosts(application: Planned) -> set[str]:
    listed = cast(list[dict[str, Any]], value(application.inputs, "destinations", []))
    uris = [*(str(value(one, "uri", "")) for one in listed), str(value(application.inputs, "domain", ""))]
    return {uri.split("/")[0] for uri in uris if uri}


def _balancer(balancer: Planned) -> Box:
    countries = cast(Mapping[str, Any], value(balancer.inputs, "countryPools", {}))
    lines = (f"steering {value(balancer.inputs, 'steeringPolicy')}", *([f"{len(countries)} countries by name"] if countries else []))
    return Box(key=balancer.urn, title=str(value(balancer.inputs, "name")), kind=Kind.BALANCER, lines=lines)


def _tunnel(tunnel: Planned) -> Box:
    return Box(key=tunnel.urn, title=f"Tunnel {value(tunnel.inputs, 'name')}", kind=Kind.ACCESS)


def _pool(plan: Plan, pool: Planned) -> Box:
    watched = pointed_at(plan, pool, "monitor", "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor")
    lines = tuple(f"probed every {int(value(monitor.inputs, 'interval', 0))} s" for monitor in watched) or ("not probed",)
    return Box(key=pool.urn, title=str(value(pool.inputs, "name")), kind=Kind.POOL, lines=lines)


def _origins(pool: Planned) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], value(pool.inputs, "origins", []))


def _origin(pool: Planned, origin: Mapping[str, Any]) -> Box:
    address = str(value(origin, "address"))
    title = "address known once it is made" if address == NOT_YET else address
    return Box(key=_origin_key(pool, origin), title=title, kind=Kind.ORIGIN)


def _origin_key(pool: Planned, origin: Mapping[str, Any]) -> str:
    return f"{pool.urn}/{value(origin, 'name')}"


def _to_balancers(plan: Plan) -> Iterator[Link]:
    """A name below which the load balancers' own names lie sends its callers there."""
    for record in _named(plan):
        for balancer in plan.of_type(BALANCER):
            if str(value(balancer.inputs, "name")).endswith(f".{value(record.inputs, 'name')}"):
                yield Link(source=record.urn, target=balancer.urn, label="redirect by country")


def _to_pools(plan: Plan) -> Iterator[Link]:
    for balancer in plan.of_type(BALANCER):
        ways: dict[str, list[str]] = {}
        for key, way in WAYS.items():
            for pool in pointed_at(plan, balancer, key, POOL):
                ways.setdefault(pool.urn, []).append(way)
        yield from (Link(source=balancer.urn, target=pool, label=", ".join(found)) for pool, found in ways.items())


def _to_origins(plan: Plan) -> Iterator[Link]:
    for pool in plan.of_type(POOL):
        yield from (Link(source=pool.urn, target=_origin_key(pool, origin)) for origin in _origins(pool))


def _to_tunnels(plan: Plan) -> Iterator[Link]:
    for config in plan.of_type(TUNNEL_CONFIG):
        rules = cast(list[dict[str, Any]], value(config.inputs, "config.ingresses", []))
        hosts = {str(value(rule, "hostname", "")) for rule in rules}
        for tunnel in pointed_at(plan, config, "tunnelId", TUNNEL):
            for application in plan.of_type(APPLICATION):
                if shared := _hosts(application) & hosts:
                    yield Link(source=application.urn, target=tunnel.urn, label=count(len(shared), "host"))
