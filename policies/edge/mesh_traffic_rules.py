"""Traffic of the mesh: in by gateways that encrypt, and between workloads in cipher."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, Example, example, resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

_OLD_TLS = ("TLSV1_0", "TLSV1_1")
_CLEAR = ("HTTP", "HTTP2", "GRPC", "TCP", "MONGO")
"""Protocols of an Istio Gateway's port that carry no TLS of their own (Istio, Port)."""


def _destination(host: str = "api.shop.svc.cluster.local", **policy: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "shop"}, "spec": {"host": host, **({"trafficPolicy": policy} if policy else {})}}


@rule(
    "edge-20",
    on=kinds.DESTINATION_RULE,
    severity=Severity.HIGH,
    why="A rule that switches TLS off wins over a strict mesh on the caller's side: requests leave in clear text, or are refused.",
    fix="Set tls.mode: ISTIO_MUTUAL, or SIMPLE with caCertificates for hosts outside of the mesh; name the host.",
    controls=("pci-dss-4.0:4.2.1", "hipaa:164.312(e)(1)"),
    bad=(
        _destination(tls={"mode": "DISABLE"}),
        _destination(portLevelSettings=[{"port": {"number": 80}, "tls": {"mode": "DISABLE"}}]),
        {"spec": {"host": "api", "subsets": [{"name": "a", "trafficPolicy": {"tls": {"mode": "DISABLE"}}}]}},
        _destination("*", tls={"mode": "ISTIO_MUTUAL"}),
        _destination("*"),
        _destination(tls={"mode": "SIMPLE", "insecureSkipVerify": True}),
    ),
    good=(
        _destination(tls={"mode": "ISTIO_MUTUAL"}),
        _destination(),
        _destination("*.shop.svc.cluster.local", tls={"mode": "ISTIO_MUTUAL"}),
        _destination("api.example.com", tls={"mode": "SIMPLE", "caCertificates": "system"}),
    ),
)
def destination_is_called_in_cipher(destination: Subject) -> Iterator[str]:
    spec = destination.properties.section("spec")
    if spec.text("host") == "*":
        yield "it speaks of every host"
    policies = [spec.section("trafficPolicy"), *(each.section("trafficPolicy") for each in spec.sections("subsets"))]
    holders = known_first(policies, lambda policy: [policy, *policy.sections("portLevelSettings")])
    yield from known_first(holders, _tls_faults)


def _tls_faults(holder: Properties) -> Iterator[str]:
    tls = holder.section("tls")
    if tls.text("mode") == "DISABLE":
        yield "it switches TLS off"
    if tls.flag("insecureSkipVerify"):
        yield "it takes any certificate"


def _gateway(*hosts: str, protocol: str = "HTTPS", **tls: Any) -> dict[str, Any]:
    server = {"port": {"number": 443, "name": "main", "protocol": protocol}, "hosts": list(hosts)}
    return {"spec": {"selector": {"istio": "ingress"}, "servers": [{**server, **({"tls": tls} if tls else {})}]}}


def _listener(protocol: str, of_class: str = "istio", **others: Draft) -> Example:
    spec = {"gatewayClassName": of_class, "listeners": [{"name": "main", "port": 80, "protocol": protocol}]}
    return example(resource(kinds.GATEWAY[0], {"metadata": {"namespace": "edge"}, "spec": spec}), **others)


def _virtual(**spec: Any) -> Example:
    return example(resource(kinds.VIRTUAL_SERVICE[0], {"spec": spec}))


_REDIRECT = resource(
    kinds.HTTP_ROUTE[0],
    {"spec": {"rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]}]}},
)


@rule(
    "edge-21",
    on=(*kinds.ISTIO_GATEWAY, *kinds.GATEWAY, *kinds.VIRTUAL_SERVICE),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A door in clear text shows cookies and tokens to the network; one for all hosts answers for names that are not ours.",
    fix="Use HTTPS with tls.minProtocolVersion TLSV1_2 or later, tls.httpsRedirect: true on the port of HTTP, and hosts by name.",
    controls=("pci-dss-4.0:4.2.1",),
    bad=(
        _gateway("api.example.com", protocol="HTTP"),
        _gateway("api.example.com", protocol="HTTP", httpsRedirect=False),
        _gateway("*", mode="SIMPLE", credentialName="api"),
        _gateway("shop/*", mode="SIMPLE", credentialName="api"),
        _gateway("api.example.com", mode="SIMPLE", credentialName="api", minProtocolVersion="TLSV1_1"),
        _listener("HTTP"),
        _virtual(hosts=["*"], gateways=["edge/public"]),
        _virtual(hosts=["*.com"], gateways=["edge/public"]),
    ),
    good=(
        _gateway("api.example.com", mode="SIMPLE", credentialName="api"),
        _gateway("api.example.com", mode="MUTUAL", credentialName="api", minProtocolVersion="TLSV1_3"),
        _gateway("api.example.com", protocol="HTTP", httpsRedirect=True),
        _gateway("*.local", protocol="TLS", mode="AUTO_PASSTHROUGH"),
        _gateway("shop/api.example.com", mode="SIMPLE", credentialName="api"),
        _listener("HTTPS"),
        _listener("HBONE", "istio-waypoint"),
        _listener("HTTP", route=_REDIRECT),
        _virtual(hosts=["api.example.com"], gateways=["edge/public"]),
        _virtual(hosts=["*"]),
    ),
)
def door_is_locked_and_has_a_name(door: Subject) -> Iterator[str]:
    spec = door.properties.section("spec")
    if door.resource.type in kinds.ISTIO_GATEWAY:
        yield from known_first(spec.sections("servers"), _server_faults)
    elif door.resource.type in kinds.GATEWAY:
        clear = (each.text("name") for each in spec.sections("listeners") if each.text("protocol") == "HTTP")
        yield from known_first(clear, lambda name: [] if _redirects(door) else [f"{name} takes requests in clear text"])
    elif any(each != "mesh" for each in spec.texts("gateways")):
        yield from (f"it answers for {each}" for each in spec.texts("hosts") if _is_any(each))


def _server_faults(server: Properties) -> Iterator[str]:
    protocol, tls = server.section("port").text("protocol"), server.section("tls")
    if protocol.upper() in _CLEAR and not tls.flag("httpsRedirect") and "mode" not in tls:
        yield f"it takes {protocol} in clear text"
    if (oldest := tls.text("minProtocolVersion")) in _OLD_TLS:
        yield f"it takes {oldest}"
    yield from (f"it answers for {each}" for each in server.texts("hosts") if _is_any(each))


def _is_any(host: str) -> bool:
    """Whether a host is everybody's: `*`, `shop/*`, `*.com`; `*.local` is the mesh's own."""
    name = host.rpartition("/")[2]
    return name.startswith("*") and name.count(".") < 2 and name != "*.local"


def _redirects(door: Subject) -> bool:
    """Whether a route of the stack sends clear requests to HTTPS (Gateway API, HTTP redirects)."""
    rules = known_first(door.stack.of_type(*kinds.HTTP_ROUTE), lambda route: route.properties.section("spec").sections("rules"))
    filters = known_first(rules, lambda each: each.sections("filters"))
    return any(each.section("requestRedirect").text("scheme") == "https" for each in filters)
