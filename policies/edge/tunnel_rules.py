"""Tunnels: what they let through, and what carries them."""

from collections.abc import Iterator
from typing import Any

from policies.core import edge_tokens as edge
from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts import workloads
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

CONNECTOR = "cloudflare/cloudflared"
"""End of the repository, whoever mirrors it."""
ZONE_KEY = "topology.kubernetes.io/zone"
"""Label of a node's zone (Kubernetes, well-known labels)."""
LEAST_REPLICAS = 2
"""Connectors of a tunnel: with one, an update of it is an outage."""

_LAST = {"service": "http_status:404"}
_ADMIN = {"hostname": "grafana.example.com", "service": "https://gateway:8443"}


def _config(*rules: dict[str, Any], token: str = edge.TUNNEL_CONFIG[0], **more: Any) -> Draft:
    return resource(token, {"accountId": "a", "tunnelId": "t", "config": {"ingresses": list(rules), **more}})


def _connector(replicas: int | None, *keys: str, image: str = "docker.io/cloudflare/cloudflared:2026.8.2") -> Draft:
    spread = [{"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule"} for key in keys]
    pods = {"containers": [{"name": "connector", "image": image}], **({"topologySpreadConstraints": spread} if spread else {})}
    count = {} if replicas is None else {"replicas": replicas}
    return resource(kinds.DEPLOYMENT[0], {"spec": {**count, "template": {"spec": pods}}})


@rule(
    "edge-14",
    on=(*edge.TUNNEL_CONFIG, *kinds.DEPLOYMENT),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A tunnel passes every firewall: names nobody thought of must lead nowhere, forged services be noticed, lost zones not end it.",
    fix='End ingresses in {service: "http_status:404"}, set no noTlsVerify; run 2 replicas of cloudflared, spread over zones.',
    controls=("pci-dss-4.0:1.4.4", "soc2:A1.2"),
    bad=(
        example(_config(_ADMIN)),
        example(_config(_LAST, _ADMIN)),
        example(_config(_ADMIN, {"service": "https://gateway:8443"})),
        example(_config({**_ADMIN, "originRequest": {"noTlsVerify": True}}, _LAST)),
        example(_config(_ADMIN, _LAST, originRequest={"noTlsVerify": True})),
        example(_config(token=edge.TUNNEL_CONFIG[1])),
        example(_connector(1, ZONE_KEY)),
        example(_connector(None, ZONE_KEY)),
        example(_connector(3)),
        example(_connector(3, "kubernetes.io/hostname")),
    ),
    good=(
        example(_config(_ADMIN, _LAST)),
        example(_config({**_ADMIN, "originRequest": {"noTlsVerify": False}}, {"service": "http_status:503"})),
        example(_connector(2, ZONE_KEY)),
        example(_connector(1, image="registry.k8s.io/coredns/coredns:v1.14.3")),
    ),
)
def tunnel_is_narrow_and_holds(tunnel: Subject) -> Iterator[str]:
    if tunnel.resource.type in edge.TUNNEL_CONFIG:
        yield from _wide(tunnel.properties.section("config"))
    elif any(CONNECTOR in image.reference for image in workloads.images(tunnel.resource)):
        yield from _fragile(tunnel)


def _wide(config: Properties) -> Iterator[str]:
    rules = config.sections("ingresses" if "ingresses" in config else "ingressRules")
    if not rules or not _leads_nowhere(rules[-1]):
        yield "the last rule does not answer every other name with an error"
    yield from known_first((config, *rules), _unverified)


def _leads_nowhere(last: Properties) -> bool:
    return last.text("service").startswith("http_status:") and not last.text("hostname").strip("*") and not last.text("path")


def _unverified(holder: Properties) -> Iterator[str]:
    if holder.section("originRequest").flag("noTlsVerify"):
        yield f"the certificate of {holder.text('hostname') or 'every service'} is not checked"


def _fragile(connectors: Subject) -> Iterator[str]:
    count = workloads.replicas(connectors.resource)
    if count < LEAST_REPLICAS:
        yield f"{count:.0f} replica carries the tunnel, {LEAST_REPLICAS} at least"
    if not any(_is_spread(each) for each in workloads.pod_specs(connectors.resource)):
        yield "all replicas may run in one zone"


def _is_spread(pods: Properties) -> bool:
    apart = pods.section("affinity").section("podAntiAffinity").sections("requiredDuringSchedulingIgnoredDuringExecution")
    return any(each.text("topologyKey") == ZONE_KEY for each in (*pods.sections("topologySpreadConstraints"), *apart))
