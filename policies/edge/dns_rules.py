"""What a zone's records tell, and what they lead to."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from policies.core import edge_tokens as edge
from policies.core.example import Draft, example, resource
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

ADDRESSED = frozenset({"A", "AAAA", "CNAME"})
"""Types of records that lead to a host; only these can be proxied (Cloudflare, proxy status)."""
_BALANCER_NAME = re.compile(r"\.elb(\.[a-z0-9-]+)?\.amazonaws\.com\.?$|\.elb\.[a-z0-9-]+\.amazonaws\.com\.?$")
PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "fe80::/10")))
"""Addresses of private networks and hosts (RFC 1918, 6598, 1122, 4193, 4291). The discard prefix 100::/64 (RFC 6666) is none: names that
only redirect are given an address of it."""
CLAIMABLE = re.compile(
    r"\.(s3[a-z0-9.-]*\.amazonaws\.com|elasticbeanstalk\.com|cloudfront\.net|elb\.amazonaws\.com|elb\.[a-z0-9-]+\.amazonaws\.com|"
    r"[a-z0-9-]+\.elb\.amazonaws\.com|awsglobalaccelerator\.com|github\.io|gitlab\.io|herokuapp\.com|herokudns\.com|azurewebsites\.net|"
    r"cloudapp\.azure\.com|trafficmanager\.net|blob\.core\.windows\.net|azureedge\.net|netlify\.app|vercel\.app|pages\.dev|"
    r"cfargotunnel\.com|readthedocs\.io|myshopify\.com|zendesk\.com|fastly\.net)\.?$"
)
"""Names that go back to their provider's stock when what bears them is deleted, so that the next customer may take them (list of
EdOverflow/can-i-take-over-xyz, read 2026-11-20; and those whose random part makes a claim unlikely but leaves the name dead)."""
_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
_NAME = "origin-1234.elb.eu-west-1.amazonaws.com"


def _record(name: str, type: str, content: str, *, proxied: bool | None = None, token: str = edge.DNS_RECORD[0]) -> Draft:
    flag = {} if proxied is None else {"proxied": proxied}
    return resource(token, {"zoneId": _ZONE, "name": name, "type": type, "content": content, "ttl": 1, **flag})


def _pool(address: str) -> Draft:
    return resource(edge.LOAD_BALANCER_POOL[0], {"name": "eu", "origins": [{"name": "origin", "address": address}]})


_BALANCER = resource(edge.AWS_LOAD_BALANCER[0], {"loadBalancerType": "network", "internal": False})


@rule(
    "edge-05",
    on=(*edge.DNS_RECORD, *edge.LOAD_BALANCER),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="An attacker who knows an origin's address goes there directly, past firewall, rate limits and DDoS protection.",
    fix="Set proxied: true on the record or the load balancer; no other record may lead to the same origin without.",
    controls=("pci-dss-4.0:1.4.4",),
    bad=(
        example(_record("www.example.com", "CNAME", _NAME)),
        example(_record("www.example.com", "CNAME", "${balancer.dnsName}", proxied=False), balancer=_BALANCER),
        example(_record("direct.example.com", "A", "203.0.113.7"), www=_record("www.example.com", "A", "203.0.113.7", proxied=True)),
        example(_record("ssh.example.com", "A", "203.0.113.7", token=edge.DNS_RECORD[1]), pool=_pool("203.0.113.7")),
        example(
            _record("direct.example.com", "CNAME", "${service.hostname}"),
            www=_record("www.example.com", "CNAME", "${service.hostname}", proxied=True),
            service=resource("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer"}}),
        ),
        example(resource(edge.LOAD_BALANCER[0], {"zoneId": _ZONE, "name": "www.example.com", "defaultPools": ["p"], "fallbackPool": "m"})),
    ),
    good=(
        example(_record("www.example.com", "CNAME", _NAME, proxied=True)),
        example(_record("www.example.com", "CNAME", "${balancer.dnsName}", proxied=True), balancer=_BALANCER),
        example(_record("mail.example.com", "A", "203.0.113.8"), www=_record("www.example.com", "A", "203.0.113.7", proxied=True)),
        example(_record("example.com", "TXT", "v=spf1 -all"), www=_record("www.example.com", "A", "203.0.113.7", proxied=True)),
        example(
            resource(
                edge.LOAD_BALANCER[0],
                {"zoneId": _ZONE, "name": "www.example.com", "defaultPools": ["p"], "fallbackPool": "m", "proxied": True},
            )
        ),
    ),
)
def origin_hides_behind_the_edge(record: Subject) -> Iterator[str]:
    if record.properties.flag("proxied"):
        return
    if record.resource.type in edge.LOAD_BALANCER:
        yield "the load balancer answers with the addresses of its origins"
    elif record.properties.text("type") in ADDRESSED:
        if _is_balancer(record):
            yield "visitors reach the load balancer past the edge"
        yield from known_first(_hidden(record), lambda other: _told(record.resource, other))


def _is_balancer(record: Subject) -> bool:
    if record.referents("content", *edge.AWS_LOAD_BALANCER):
        return True
    return not record.resource.property_dependencies.get("content") and bool(_BALANCER_NAME.search(record.properties.text("content")))


def _hidden(record: Subject) -> Iterator[Resource]:
    yield from record.stack.of_type(*edge.LOAD_BALANCER_POOL)
    yield from (each for each in record.stack.of_type(*edge.DNS_RECORD) if each is not record.resource)


def _told(record: Resource, other: Resource) -> Iterator[str]:
    """A finding where the record gives away what the other hides: the same resource by dependency, else the same literal."""
    if other.type in edge.DNS_RECORD and not (other.properties.flag("proxied") and other.properties.text("type") in ADDRESSED):
        return
    key = "origins" if other.type in edge.LOAD_BALANCER_POOL else "content"
    mine, its = _sources(record, "content"), _sources(other, key)
    shared = mine & its if mine or its else {record.properties.text("content")}.intersection(_targets(other))
    if shared:
        yield f"its address is that of the origin that {other.name} hides"


def _sources(resource: Resource, key: str) -> set[str]:
    """Resources that a value comes from. A stack reference is none: it hands over many things."""
    return {urn for urn in resource.property_dependencies.get(key, ()) if "::pulumi:pulumi:StackReference::" not in urn}


def _targets(other: Resource) -> Iterator[str]:
    if other.type in edge.LOAD_BALANCER_POOL:
        yield from known_first(other.properties.sections("origins"), lambda origin: (origin.text("address"),))
    else:
        yield other.properties.text("content")


@rule(
    "edge-06",
    on=edge.DNS_RECORD,
    severity=Severity.LOW,
    why="A private address in public DNS draws the inner network for everybody, and lets pages elsewhere reach into it by rebinding.",
    fix="Delete the record and serve the name by a private zone, or through a tunnel with the record's content <tunnel>.cfargotunnel.com.",
    controls=(),
    bad=(
        example(_record("db.example.com", "A", "10.8.0.4")),
        example(_record("db.example.com", "A", "192.168.1.1", proxied=True)),
        example(_record("db.example.com", "A", "172.31.255.1", token=edge.DNS_RECORD[1])),
        example(_record("db.example.com", "AAAA", "fd00:0:0:0::1")),
        example(resource(edge.DNS_RECORD[1], {"zoneId": _ZONE, "name": "db", "type": "A", "content": "100.64.0.9"})),
    ),
    good=(
        example(_record("www.example.com", "A", "203.0.113.7", proxied=True)),
        example(_record("api.example.com", "AAAA", "100::", proxied=True)),
        example(_record("www.example.com", "A", "172.32.0.1")),
        example(_record("example.com", "TXT", "10.8.0.4")),
    ),
)
def private_addresses_stay_private(record: Subject) -> Iterator[str]:
    if record.properties.text("type") not in ("A", "AAAA"):
        return
    content = record.properties.text("content")
    if any(ip_address(content) in block for block in PRIVATE):
        yield f"{content} is an address of a private network"


@rule(
    "edge-07",
    on=edge.DNS_RECORD,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="When what a name leads to is gone, somebody else may take it over and answer under our name, with our cookies.",
    fix="Take the record's content from the resource that it leads to, e.g. bucket.websiteEndpoint; delete records that lead to nothing.",
    controls=(),
    bad=(
        example(_record("docs.example.com", "CNAME", "meridian-docs.s3-website.eu-west-1.amazonaws.com")),
        example(_record("shop.example.com", "CNAME", "example.myshopify.com", proxied=True)),
        example(_record("status.example.com", "CNAME", "Example.GitHub.io.", token=edge.DNS_RECORD[1])),
        example(_record("app.example.com", "CNAME", "app.eu-west-1.elasticbeanstalk.com")),
        example(_record("admin.example.com", "CNAME", "c1744f8b-faa1-48a4-9e5c-02ac921467fa.cfargotunnel.com", proxied=True)),
    ),
    good=(
        example(
            _record("docs.example.com", "CNAME", "${bucket.websiteEndpoint}"),
            bucket=resource("aws:s3/bucket:Bucket", {}),
        ),
        example(_record("www.example.com", "CNAME", "example.com")),
        example(_record("www.example.com", "A", "203.0.113.7")),
        example(_record("example.com", "MX", "meridian.github.io")),
    ),
)
def name_leads_to_something_of_ours(record: Subject) -> Iterator[str]:
    if record.properties.text("type") != "CNAME" or record.resource.property_dependencies.get("content"):
        return
    content = record.properties.text("content").lower()
    if CLAIMABLE.search(content):
        yield f"nothing of the stack makes {content}, which others may claim once it is gone"
