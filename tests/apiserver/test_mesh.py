"""The mesh's own objects, each with one planted fault: what Istio's and Gateway API's CRDs refuse by schema and by CEL."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.apiserver.client import Client, Refused
from tests.apiserver.judgement import judge, prepare
from tests.apiserver.objects import KubernetesObject, kubernetes_objects
from tests.apiserver.server import api_server
from tests.components.platform.mesh_surroundings import mesh_plan
from tests.shared import shared

pytestmark = pytest.mark.apiserver

NEWEST = "1.36"
SELECTOR = {"matchLabels": {"app": "orders"}}
RULE = ("spec", "rules", 1)
"""Of `orders-route`: what goes by weight, after the cohort."""
FAULTS: Mapping[str, tuple[str, tuple[str | int, ...], Any, str]] = {
    "mode no mutual TLS has": ("mesh-rules-strict", ("spec", "mtls", "mode"), "ON", "spec.mtls.mode: Unsupported value"),
    "unknown field of a policy": ("shop-allow-callers", ("spec", "rule"), [], ".spec.rule: field not declared in schema"),
    "CEL: policy with selector and targets": ("shop-allow-callers", ("spec", "selector"), SELECTOR, "only one of targetRefs or selector"),
    "action no policy has": ("shop-allow-waypoint", ("spec", "action"), "PERMIT", "spec.action: Unsupported value"),
    "share over a hundred": ("mesh-rules-default", ("spec", "tracing", 0, "randomSamplingPercentage"), 101, "less than or equal to 100"),
    "CEL: entry for every host": ("mesh-egress-payments-entry", ("spec", "hosts"), ["*"], "hostname cannot be wildcard"),
    "port out of range": ("mesh-egress-payments-entry", ("spec", "ports", 0, "number"), 70000, "port must be between 1-65535"),
    "resolution there is not": ("mesh-egress-payments-entry", ("spec", "resolution"), "dns", "spec.resolution: Unsupported value"),
    "time that is none": (
        "shop-breaker",
        ("spec", "trafficPolicy", "outlierDetection", "baseEjectionTime"),
        "5 minutes",
        "must be a valid duration",
    ),
    "CEL: certificates without HTTPS": ("mesh-ingress-gateway", ("spec", "listeners", 0, "protocol"), "HTTP", "tls must not be specified"),
    "CEL: listeners that share a port": ("mesh-ingress-gateway", ("spec", "listeners", 1, "port"), 443, "must be unique"),
    "negative weight": ("orders-route", (*RULE, "backendRefs", 0, "weight"), -1, "should be greater than or equal to 0"),
    "mirror over a hundred": (
        "orders-route",
        (*RULE, "filters", 0, "requestMirror", "percent"),
        101,
        "should be less than or equal to 100",
    ),
    "CEL: filter of another type": ("orders-route", (*RULE, "filters", 0, "type"), "URLRewrite", "filter.requestMirror must be nil"),
    "retry that is experimental": ("orders-route", (*RULE, "retry"), {"attempts": 2}, "retry: field not declared in schema"),
    "block that is none": (
        "shop-from-probes",
        ("spec", "ingress", 0, "from", 0, "ipBlock", "cidr"),
        "169.254.7.127",
        "must be a valid CIDR",
    ),
    "quota in other units": ("shop-quota", ("spec", "hard", "requests.memory"), "256GB", "quantities must match"),
}


@pytest.fixture(scope="module")
def ready() -> Iterator[tuple[Client, Mapping[str, KubernetesObject]]]:
    """A server with the mesh and two namespaces on it."""
    shared("crds")
    objects = kubernetes_objects(mesh_plan())
    with api_server(NEWEST) as client:
        prepare(client, objects)
        assert not [str(found) for each in objects if not (found := judge(client, each)).sound]
        yield client, {each.resource: each for each in objects}


@pytest.mark.parametrize("what", FAULTS)
def test_a_planted_fault_is_named(ready: tuple[Client, Mapping[str, KubernetesObject]], seen: list[str], what: str) -> None:
    client, objects = ready
    resource, (*way, last), value, says = FAULTS[what]
    spoilt = copy.deepcopy(dict(objects[resource].manifest))
    place: Any = spoilt
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(Refused) as refused:
        client.apply(spoilt, resource, dry_run=True)
    assert says in str(refused.value)
    seen.append(f"refused, mesh, {what}: {str(refused.value).splitlines()[0][:160]}")
