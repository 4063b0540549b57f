"""Whatever runs the machines is behind Access."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.core import edge_tokens as edge
from policies.core.example import Draft, example, resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

ADDRESSED = frozenset({"A", "AAAA", "CNAME"})
"""Types of records that lead to a host."""
_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def _record(name: str, *, proxied: bool = True, type: str = "CNAME", token: str = edge.DNS_RECORD[0]) -> Draft:
    return resource(token, {"zoneId": _ZONE, "name": name, "type": type, "content": "203.0.113.7", "ttl": 1, "proxied": proxied})


def _application(uri: str, *, kind: str = "public") -> Draft:
    return resource(edge.ACCESS_APPLICATION[0], {"name": "app", "type": "self_hosted", "destinations": [{"type": kind, "uri": uri}]})


def _tunnel(*hosts: str) -> Draft:
    rules = [{"hostname": host, "service": "https://gateway:8443"} for host in hosts]
    return resource(edge.TUNNEL_CONFIG[0], {"tunnelId": "t", "config": {"ingresses": [*rules, {"service": "http_status:404"}]}})


@rule(
    "edge-17",
    on=(*edge.DNS_RECORD, *edge.TUNNEL_CONFIG),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="A sign-in page of an admin interface is found within hours, and its next hole is used before it is mended.",
    fix="Make a ZeroTrustAccessApplication with a public destination of the whole host name, and set proxied: true on its record.",
    controls=("soc2:CC6.6", "pci-dss-4.0:1.4.4"),
    settings=("admin_hosts",),
    bad=(
        example(_record("argocd.example.com")),
        example(_record("Grafana-eu-west-1.example.com", type="A", token=edge.DNS_RECORD[1])),
        example(_record("grafana.example.com"), app=_application("kibana.example.com")),
        example(_record("grafana.example.com"), app=_application("grafana.example.com/admin")),
        example(_record("grafana.example.com"), app=_application("grafana.example.com", kind="private")),
        example(_record("vault.example.com", proxied=False), app=_application("vault.example.com")),
        example(_tunnel("www.example.com", "tidb-dashboard.example.com")),
    ),
    good=(
        example(_record("grafana.example.com"), app=_application("grafana.example.com")),
        example(_record("grafana.example.com"), app=_application("*.example.com")),
        example(
            _record("grafana", token=edge.DNS_RECORD[1]),
            app=resource(edge.ACCESS_APPLICATION[1], {"name": "grafana", "domain": "grafana.example.com"}),
        ),
        example(
            _record("vault.example.com"),
            app=resource(edge.ACCESS_APPLICATION[0], {"name": "vault", "selfHostedDomains": ["vault.example.com"]}),
        ),
        example(_record("www.example.com", proxied=False)),
        example(_record("grafana.example.com", type="TXT")),
        example(_tunnel("grafana.example.com"), app=_application("grafana.example.com")),
    ),
)
def admin_hosts_are_behind_access(names: Subject) -> Iterator[str]:
    yield from known_first(_hosts(names), lambda host: _open(names, host))


def _hosts(names: Subject) -> Iterator[str]:
    """Names that the subject makes answer, in lower case."""
    if names.resource.type in edge.TUNNEL_CONFIG:
        config = names.properties.section("config")
        rules = config.sections("ingresses" if "ingresses" in config else "ingressRules")
        yield from known_first(rules, lambda each: (each.text("hostname").lower(),))
    elif names.properties.text("type") in ADDRESSED:
        yield names.properties.text("name").lower()


def _open(names: Subject, host: str) -> Iterator[str]:
    if not any(fnmatchcase(host.split(".", maxsplit=1)[0], pattern) for pattern in names.settings.admin_hosts):
        return
    if names.resource.type in edge.DNS_RECORD and not names.properties.flag("proxied"):
        yield f"{host} leads past Access, as its record is not proxied"
    applications = names.stack.of_type(*edge.ACCESS_APPLICATION)
    guarded = known_first(applications, lambda each: _guarded(each.properties))
    if not any(_covers(pattern, host) for pattern in guarded):
        yield f"{host} is behind no Access application"


def _guarded(application: Properties) -> Iterator[str]:
    """Names of which an application guards every path, in each of the three ways to say so."""
    yield application.text("domain").lower()
    yield from (name.lower() for name in application.texts("selfHostedDomains"))
    for destination in application.sections("destinations"):
        if destination.text("type", "public") == "public":
            yield destination.text("uri").lower()


def _covers(pattern: str, host: str) -> bool:
    """A record may be named without its zone."""
    pattern = pattern.removesuffix("/*").removesuffix("/")
    return "/" not in pattern and (fnmatchcase(host, pattern) or pattern.startswith(f"{host}."))
