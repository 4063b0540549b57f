"""Only the edge reaches the origins, and the edge reaches more than one."""

from collections.abc import Iterator
from typing import Any

from policies.core import edge_tokens as edge
from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import edge_zones, security_groups
from policies.core.facts.addresses import public_addresses, within
from policies.core.facts.security_groups import Direction
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, Undecided, known_first, known_part

TUNNEL_NAME = ".cfargotunnel.com"
"""End of the name by which a tunnel is an origin (Cloudflare, tunnels: DNS records)."""
_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
_TOKENS = {"zoneId": _ZONE, "name": "www.example.com", "proxied": True}


def _balancer(group: Draft | None, *, internal: bool = False, **others: Draft) -> Example:
    groups = {} if group is None else {"securityGroups": ["${group.id}"]}
    more = {} if group is None else {"group": group}
    inputs = {"loadBalancerType": "network", "internal": internal, **groups}
    return example(resource(edge.AWS_LOAD_BALANCER[0], inputs), **more, **others)


def _opened(*blocks: str) -> Draft:
    ingress = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": list(blocks)}
    return resource(tokens.SECURITY_GROUP, {"ingress": [ingress]})


def _listed(*blocks: str) -> Example:
    return _balancer(
        resource(tokens.SECURITY_GROUP),
        list=resource(tokens.MANAGED_PREFIX_LIST, {"name": "cloudflare", "entries": [{"cidr": block} for block in blocks]}),
        opening=resource(
            tokens.SECURITY_GROUP_INGRESS_RULE,
            {"securityGroupId": "${group.id}", "prefixListId": "${list.id}", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443},
        ),
    )


def _steered(**others: Draft) -> Example:
    pool = resource(edge.LOAD_BALANCER_POOL[0], {"name": "eu", "origins": [{"name": "origin", "address": "origin.example.com"}]})
    pools = {"defaultPools": ["${pool.id}"], "fallbackPool": "${pool.id}"}
    return example(resource(edge.LOAD_BALANCER[0], {**_TOKENS, **pools}), **{"pool": pool, **others})


_PULLS = resource(edge.ORIGIN_PULLS_SETTINGS[0], {"zoneId": _ZONE, "enabled": True})
_CERTIFICATE = resource(edge.ORIGIN_PULLS_CERTIFICATE[0], {"zoneId": _ZONE, "certificate": "PEM", "privateKey": "PEM"})


@rule(
    "edge-11",
    on=(*edge.AWS_LOAD_BALANCER, *edge.LOAD_BALANCER, *edge.ORIGIN_PULLS_SETTINGS),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="An origin that answers anybody has no firewall; one that answers all of Cloudflare answers each of its customers' zones.",
    fix="Let the balancer's group admit a prefix list of Cloudflare's ranges only; make AuthenticatedOriginPullsSettings enabled and "
    "an AuthenticatedOriginPullsCertificate of the zone's own, or lead to origins by tunnel.",
    controls=("pci-dss-4.0:1.4.4",),
    settings=("edge_addresses",),
    bad=(
        _balancer(_opened("0.0.0.0/0")),
        _balancer(None),
        _balancer(_opened("103.21.244.0/22", "203.0.113.0/24")),
        _listed("103.21.244.0/22", "203.0.113.0/24"),
        example(resource(edge.AWS_LOAD_BALANCER[1], {"securityGroups": ["${group.id}"]}), group=_opened("104.0.0.0/8")),
        _steered(),
        _steered(pulls=_PULLS),
        _steered(pulls=resource(edge.ORIGIN_PULLS_SETTINGS[0], {"zoneId": _ZONE, "enabled": False}), own=_CERTIFICATE),
        _steered(shared=resource(edge.ZONE_SETTING[0], {"zoneId": _ZONE, "settingId": "tls_client_auth", "value": "on"})),
        example(resource(edge.ORIGIN_PULLS_SETTINGS[0], {"zoneId": _ZONE, "enabled": False})),
    ),
    good=(
        _balancer(_opened("103.21.244.0/22", "104.16.0.0/13")),
        _listed("103.21.244.0/22", "104.24.0.0/14"),
        _balancer(_opened("10.8.0.0/16")),
        _balancer(_opened("0.0.0.0/0"), internal=True),
        _steered(pulls=_PULLS, own=_CERTIFICATE),
        _steered(
            host=resource(
                edge.ORIGIN_PULLS[0],
                {"zoneId": _ZONE, "configs": [{"hostname": "www.example.com", "certId": "2458ce5a", "enabled": True}]},
            )
        ),
        _steered(
            pool=resource(
                edge.LOAD_BALANCER_POOL[0], {"name": "eu", "origins": [{"name": "tunnel", "address": "c1744f8b.cfargotunnel.com"}]}
            )
        ),
        example(_PULLS),
    ),
)
def origin_answers_the_edge_only(origin: Subject) -> Iterator[str]:
    if origin.resource.type in edge.AWS_LOAD_BALANCER:
        yield from _admits_others(origin)
    elif origin.resource.type in edge.ORIGIN_PULLS_SETTINGS:
        if not origin.properties.flag("enabled"):
            yield "authenticated origin pulls are switched off"
    elif not _shows_certificate(origin) and not _by_tunnel(origin):
        yield "origins cannot tell this zone from another one: it shows them no certificate of its own"


def _admits_others(balancer: Subject) -> Iterator[str]:
    bounds = balancer.settings.edge_addresses
    if not bounds or balancer.properties.flag("internal"):
        return
    listed = balancer.properties.texts("securityGroups")
    if not listed:
        yield "no security group: the whole world may connect"
    groups = balancer.referents("securityGroups", *security_groups.GROUPS)
    yield from known_first(groups, lambda group: _beyond(balancer, group, bounds))
    if len(groups) < len(listed):
        raise Undecided(f"{balancer.resource.name}.securityGroups (a group outside this stack)")


def _beyond(balancer: Subject, group: Resource, bounds: frozenset[str]) -> Iterator[str]:
    blocks, missing = known_part(security_groups.any_traffic(balancer.stack, group, Direction.INGRESS))
    foreign = sorted(block for block in set(blocks) if public_addresses((block,)) and not within(block, bounds))
    if foreign:
        yield f"{group.name} admits {', '.join(foreign[:3])}, which {'is' if len(foreign) == 1 else 'are'} not the edge's"
    elif missing:
        raise missing


def _by_tunnel(balancer: Subject) -> bool:
    """Whether every pool of the stack that it uses leads to tunnels, which origins open themselves."""
    pools = balancer.referents("defaultPools", *edge.LOAD_BALANCER_POOL)
    return bool(pools) and all(_is_tunnel(each) for pool in pools for each in pool.properties.sections("origins"))


def _is_tunnel(origin: Properties) -> bool:
    return "virtualNetworkId" in origin or origin.text("address").endswith(TUNNEL_NAME)


def _shows_certificate(balancer: Subject) -> bool:
    """One of its own: that which Cloudflare shows for all its customers (setting tls_client_auth) proves only that it is Cloudflare."""
    stack, resource = balancer.stack, balancer.resource
    switched_on = any(each.properties.flag("enabled") for each in edge_zones.of_zone(stack, resource, *edge.ORIGIN_PULLS_SETTINGS))
    if switched_on and any(True for _ in edge_zones.of_zone(stack, resource, *edge.ORIGIN_PULLS_CERTIFICATE)):
        return True
    hosts = edge_zones.of_zone(stack, resource, *edge.ORIGIN_PULLS)
    return any(_names(each, balancer) for pulls in hosts for each in pulls.properties.sections("configs"))


def _names(config: Properties, balancer: Subject) -> bool:
    return config.flag("enabled") and "certId" in config and config.text("hostname") == balancer.properties.text("name")


def _pool(*origins: str, **inputs: Any) -> Draft:
    named = [{"name": f"origin-{n}", "address": address} for n, address in enumerate(origins)]
    return resource(edge.LOAD_BALANCER_POOL[0], {"name": "pool", "origins": named, **inputs})


_WATCHED = _pool("origin.example.com", monitor="f1aba936b94213e5b8dca0c0dbf1f9cc")
_PAGE = _pool("maintenance.pages.dev")


def _spread(fallback: str = "${page.id}", *pools: str, **others: Draft) -> Example:
    default = [f"${{{name}.id}}" for name in pools or ("one", "two")]
    inputs = {**_TOKENS, "defaultPools": default, "fallbackPool": fallback}
    return example(resource(edge.LOAD_BALANCER[0], inputs), **{"one": _WATCHED, "two": _WATCHED, "page": _PAGE, **others})


@rule(
    "edge-13",
    on=edge.LOAD_BALANCER,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A pool that nobody watches stays in use when it is dead; the fallback gets everything when all others are, so it is another.",
    fix="Give two defaultPools, or one with two origins, a monitor on every pool that serves, and a fallbackPool that is none of them.",
    controls=("soc2:A1.2",),
    bad=(
        _spread("${page.id}", "one"),
        _spread("${one.id}"),
        _spread(two=_pool("origin-2.example.com")),
        _spread("${page.id}", "one", one=_pool("a.example.com", "b.example.com")),
        example(resource(edge.LOAD_BALANCER[0], {**_TOKENS, "defaultPools": ["a", "b"], "fallbackPool": "b"})),
    ),
    good=(
        _spread(),
        _spread("${page.id}", "one", one=_pool("a.example.com", "b.example.com", monitor="f1aba936b94213e5b8dca0c0dbf1f9cc")),
        _spread(one=_pool("a.example.com", monitorGroup="7c5b2a31")),
    ),
)
def load_balancer_has_somewhere_to_go(balancer: Subject) -> Iterator[str]:
    default = balancer.referents("defaultPools", *edge.LOAD_BALANCER_POOL)
    yield from _same_fallback(balancer, default)
    yield from known_first(_serving(balancer), _unwatched)
    listed = len(balancer.properties.texts("defaultPools"))
    if len(default) < listed:
        raise Undecided(f"{balancer.resource.name}.defaultPools (a pool outside this stack)")
    if listed < 2 and sum(len(pool.properties.sections("origins")) for pool in default) < 2:
        yield "there is one origin"


def _same_fallback(balancer: Subject, default: tuple[Resource, ...]) -> Iterator[str]:
    fallback = balancer.referents("fallbackPool", *edge.LOAD_BALANCER_POOL)
    if fallback:
        same = bool(set(fallback) & set(default))
    else:
        same = balancer.properties.text("fallbackPool") in balancer.properties.texts("defaultPools")
    if same:
        yield "the fallback pool is one of those that it stands in for"


def _serving(balancer: Subject) -> Iterator[Resource]:
    """Pools of the stack that clients are sent to while they are well."""
    keys = ("defaultPools", "countryPools", "regionPools", "popPools")
    yield from dict.fromkeys(pool for key in keys for pool in balancer.referents(key, *edge.LOAD_BALANCER_POOL))


def _unwatched(pool: Resource) -> Iterator[str]:
    if "monitor" not in pool.properties and "monitorGroup" not in pool.properties:
        yield f"nothing watches pool {pool.name}"
