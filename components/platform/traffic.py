"""Traffic between versions of a service: canary by weight, A/B by header, mirroring; and the breaker that takes ill pods out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi
from pydantic import Field, model_validator

from components.base import Component, Spec
from components.naming import Kind, physical_name
from components.platform import gateway_api, ingress
from components.platform.istio import custom_object
from components.platform.mesh_ingress import EDGE_LISTENER

CONSECUTIVE_ERRORS = 5
"""Failures in a row, gateway errors or 5xx, after which a pod gets no requests. A rate, as the documents have it (5 %), Istio cannot count;
Envoy's own default is five in a row too."""
EJECTION_SECONDS = 300
"""How long: 5 minutes, the documents' breaker (004, failover, error_rate). It grows with each further time (Envoy, outlier detection)."""
MAX_EJECTION_PERCENT = 50
"""At most half of a service's pods are out: with all of them out a bad release would look like an outage of everything."""


class HeaderMatch(Spec):
    """Requests of one group of users."""

    name: str = Field(pattern=r"^[A-Za-z0-9!#$%&'*+\-.^_|~]+$", max_length=256)
    """Header, e.g. `x-cohort`."""
    value: str = Field(min_length=1, max_length=4096)
    """Its exact value."""


class MirrorSpec(Spec):
    """A copy of requests, whose answers nobody waits for."""

    version: str
    """Version that gets the copies."""
    percent: int = Field(default=100, ge=1, le=100)
    """Share of the requests that are copied."""


class TrafficSplitSpec(Spec):
    """Knobs of a TrafficSplit."""

    service: str
    """Service that callers name."""
    port: int = Field(default=80, ge=1, le=65535)
    """Its port, and that of each version's Service."""
    weights: Mapping[str, int] = Field(min_length=1, max_length=16)
    """Version -> percentage of requests; they sum to 100. Version `v2` of `orders` is the Service `orders-v2`. 16 at most (Gateway API)."""
    cohorts: Mapping[str, HeaderMatch] = Field(default_factory=dict[str, HeaderMatch])
    """Version -> header by which requests go there whatever the weights say: A/B tests, or testers of a canary of 0 %."""
    mirror: MirrorSpec | None = None
    """A copy to another version."""
    timeout_seconds: int = Field(default=15, ge=0, le=3600)
    """Time until the caller gets an error, retries included; 0 for none, as streams need. Istio tries a failed connection twice more."""
    hostnames: tuple[str, ...] = ()
    """Public names; with one the split holds at the public Gateway too, so that weights are the same from outside and inside."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if faults := list(split_faults(self)):
            raise ValueError("; ".join(faults))
        return self

    def backend(self, version: str) -> str:
        """Name of the Service of a version."""
        return f"{self.service}-{version}"


def split_faults(spec: TrafficSplitSpec) -> Iterator[str]:
    """One line for each thing that the mesh would do otherwise than meant, or not at all."""
    if (total := sum(spec.weights.values())) != 100:
        yield f"weights: they sum to {total}: percentages must sum to 100"
    yield from (f"weights.{version}: {weight} is negative: name 0 to 100" for version, weight in spec.weights.items() if weight < 0)
    known = ", ".join(spec.weights)
    yield from (f"cohorts.{version}: no such version: one of {known}" for version in spec.cohorts if version not in spec.weights)
    if spec.mirror is not None:
        if spec.mirror.version not in spec.weights:
            yield f"mirror.version: no version '{spec.mirror.version}': one of {known}"
        elif spec.weights[spec.mirror.version]:
            yield f"mirror.version: '{spec.mirror.version}' gets {spec.weights[spec.mirror.version]} % already: mirror to a version of 0 %"
    for version in spec.weights:
        physical_name(Kind.KUBERNETES_LABEL, spec.backend(version))


@dataclass(frozen=True, kw_only=True)
class TrafficSplitArgs:
    """Wires of a TrafficSplit."""

    spec: TrafficSplitSpec
    """Knobs."""
    namespace: str
    """Namespace of the service, a member of the mesh; with `hostnames` an exposed one."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must exist before: the namespace, its waypoint and the services."""


class TrafficSplit(Component, token="meridian:platform:TrafficSplit"):
    """An HTTPRoute over the versions of a service: first those who are told by a header, then the rest by weight.

    An example is in docs/examples/canary.md. Where Argo Rollouts moves the weights, it owns the route instead.
    """

    def __init__(self, name: str, args: TrafficSplitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        route = custom_object(
            f"{name}-route",
            gateway_api.API_VERSION,
            "HTTPRoute",
            route_spec(args.spec),
            object_name=args.spec.service,
            namespace=args.namespace,
            opts=self.after(*args.after),
        )
        self.resources: tuple[pulumi.Resource, ...] = (route,)
        self._seal()


def route_spec(spec: TrafficSplitSpec) -> dict[str, Any]:
    """`spec` of the HTTPRoute. Two parents where callers come from both sides: weights at one would not hold at the other."""
    service = {"group": "", "kind": "Service", "name": spec.service, "port": spec.port}
    gateway = {
        "group": gateway_api.GROUP,
        "kind": "Gateway",
        "name": ingress.INGRESS_GATEWAY,
        "namespace": ingress.INGRESS_NAMESPACE,
        "sectionName": EDGE_LISTENER,
    }
    cohorts = [_rule(spec, {version: 100}, match) for version, match in spec.cohorts.items()]
    return {
        "parentRefs": [service, *([gateway] if spec.hostnames else [])],
        **({"hostnames": list(spec.hostnames)} if spec.hostnames else {}),
        "rules": [*cohorts, _rule(spec, spec.weights)],
    }


def circuit_breaker(host: str) -> dict[str, Any]:
    """`spec` of the DestinationRule by which waypoints and gateways stop sending to pods that fail, and queue no more than helps."""
    return {
        "host": host,
        "trafficPolicy": {
            "loadBalancer": {"simple": "LEAST_REQUEST"},
            "connectionPool": {"tcp": {"connectTimeout": "5s"}, "http": {"http1MaxPendingRequests": 1024, "http2MaxRequests": 4096}},
            "outlierDetection": {
                "consecutive5xxErrors": CONSECUTIVE_ERRORS,
                "interval": "10s",
                "baseEjectionTime": f"{EJECTION_SECONDS}s",
                "maxEjectionPercent": MAX_EJECTION_PERCENT,
            },
        },
    }


def _rule(spec: TrafficSplitSpec, weights: Mapping[str, int], match: HeaderMatch | None = None) -> dict[str, Any]:
    backends = [{"name": spec.backend(version), "port": spec.port, "weight": weight} for version, weight in weights.items()]
    path = {"path": {"type": "PathPrefix", "value": "/"}}
    header = {"headers": [{"type": "Exact", "name": match.name, "value": match.value}]} if match else {}
    return {
        "matches": [{**path, **header}],
        "backendRefs": backends,
        **({"filters": [_mirror(spec, spec.mirror)]} if spec.mirror and not match else {}),
        "timeouts": {"request": f"{spec.timeout_seconds}s"},
    }


def _mirror(spec: TrafficSplitSpec, mirror: MirrorSpec) -> dict[str, Any]:
    copied = {"backendRef": {"name": spec.backend(mirror.version), "port": spec.port}, "percent": mirror.percent}
    return {"type": "RequestMirror", "requestMirror": copied}
