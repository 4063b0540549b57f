"""The picture of the edge: host names, who balances them, the pools, the origins; and what is reached through a tunnel."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
FALLBACK = "fallbackPool"
WAYS = {"countryPools": "countries", "regionPools": "regions of Cloudflare", "defaultPools": "default", FALLBACK: "fallback"}
"""How a load balancer comes to a pool, in the order in which Cloudflare decides."""


def edge_picture(plan: Plan) -> Picture:
    """From left to right: who asks, who decides, who answers."""
    columns = {
        "Host names and applications": [*map(_record, _named(plan)), *map(_applications, _alike(plan))],
        "Load balancers and tunnels": [
            *map(_balancer, plan.of_type(BALANCER)),
            *([_tunnels(tunnels)] if (tunnels := plan.of_type(TUNNEL)) else []),
        ],
        "Pools": [_pool(plan, pool) for pool in _ordered(plan)],
        "Origins": [_origin(pool, origin) for pool in _ordered(plan) for origin in _origins(pool)],
    }
    boxes = tuple(Box(key=title, title=title, kind=Kind.GROUP, inside=tuple(inside)) for title, inside in columns.items() if inside)
    return Picture(
        title=f"{plan.stack}: who answers whom",
        boxes=boxes,
        links=(*_to_balancers(plan), *_to_pools(plan), *_to_origins(plan), *_to_tunnels(plan)),
        arrangement=Arrangement.ROW,
    )


def _named(plan: Plan) -> list[Planned]:
    """Proxied names that neither a load balancer nor an application has as its own."""
    owned = {host for application in plan.of_type(APPLICATION) for host in _hosts(application)}
    proxied = (record for record in plan.of_type(RECORD) if value(record.inputs, "proxied", default=False))
    return [record for record in proxied if value(record.inputs, "name") not in owned]


def _record(record: Planned) -> Box:
    return Box(key=record.urn, title=str(value(record.inputs, "name")), kind=Kind.HOST, lines=(str(value(record.inputs, "comment", "")),))


def _alike(plan: Plan) -> list[list[Planned]]:
    """Applications that the same policies guard: one interface, and one application of it for each region."""
    found: defaultdict[tuple[str, ...], list[Planned]] = defaultdict(list)
    for application in plan.of_type(APPLICATION):
        found[application.property_dependencies.get("policies", (application.urn,))].append(application)
    return list(found.values())


def _applications(alike: Sequence[Planned]) -> Box:
    """One interface: its applications are named by it and their region."""
    first = alike[0]
    hosts = sorted(host for application in alike for host in _hosts(application))
    session = value(first.inputs, "sessionDuration", "")
    name = str(value(first.inputs, "name")).partition(" ")[0]
    shown = hosts if len(hosts) == 1 else [f"{hosts[0]} and {len(hosts) - 1} more"]
    return Box(key=first.urn, title=name, kind=Kind.ACCESS, lines=(*shown, *([f"session {session}"] if session else [])))


def _hosts(application: Planned) -> set[str]:
    listed = cast(list[dict[str, Any]], value(application.inputs, "destinations", []))
    uris = [*(str(value(one, "uri", "")) for one in listed), str(value(application.inputs, "domain", ""))]
    return {uri.split("/")[0] for uri in uris if uri}


def _balancer(balancer: Planned) -> Box:
    countries = cast(Mapping[str, Any], value(balancer.inputs, "countryPools", {}))
    named = f"{len(countries)} countries" if len(countries) > 1 else ", ".join(countries)
    lines = (f"steering {value(balancer.inputs, 'steeringPolicy')}", *([f"by name: {named}"] if countries else []))
    return Box(key=balancer.urn, title=str(value(balancer.inputs, "name")), kind=Kind.BALANCER, lines=lines)


def _tunnels(tunnels: Sequence[Planned]) -> Box:
    """One box for all: every interface is behind every one of them."""
    names = tuple(str(value(tunnel.inputs, "name")) for tunnel in tunnels)
    return Box(key=tunnels[0].urn, title=count(len(tunnels), "tunnel"), kind=Kind.ACCESS, lines=names)


def _ordered(plan: Plan) -> list[Planned]:
    """Pools, each at the mean height of the load balancers that steer to it, so that few arrows cross (barycentre method); what is a
    fallback only comes last.
    """
    heights: defaultdict[str, list[int]] = defaultdict(list)
    for height, balancer in enumerate(plan.of_type(BALANCER)):
        for key in WAYS.keys() - {FALLBACK}:
            for pool in pointed_at(plan, balancer, key, POOL):
                heights[pool.urn].append(height)
    last = len(plan.of_type(BALANCER))
    mean = {urn: sum(found) / len(found) for urn, found in heights.items()}
    return sorted(plan.of_type(POOL), key=lambda pool: (mean.get(pool.urn, last), pool.name))


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
    carried = {host for config in plan.of_type(TUNNEL_CONFIG) for host in _carried(config)}
    for alike in _alike(plan):
        if shared := carried.intersection(host for application in alike for host in _hosts(application)):
            yield Link(source=alike[0].urn, target=plan.of_type(TUNNEL)[0].urn, label=count(len(shared), "host"))


def _carried(config: Planned) -> Iterator[str]:
    rules = cast(list[dict[str, Any]], value(config.inputs, "config.ingresses", []))
    yield from (str(value(rule, "hostname")) for rule in rules if "hostname" in rule)
