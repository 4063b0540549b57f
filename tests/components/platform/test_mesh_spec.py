"""What the mesh refuses, and its defaults."""

from typing import Any

import pytest

from components.platform.mesh_spec import MeshSpec


def service(**knobs: Any) -> dict[str, Any]:
    return {"external": {"one": {"hosts": ["api.example.com"], "callers": ["shop"], **knobs}}}


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"ingress_min": 9, "ingress_max": 4}, "ingress_min: 9 is more than ingress_max: 4"),
        (service(hosts=["*.example.com"]), r"external.one.hosts: '\*.example.com' is no full host name"),
        (service(hosts=["https://api.example.com"]), "is no full host name: name each host, without scheme"),
        (service(hosts=["orders.shop.svc.cluster.local"]), "is inside the cluster"),
        (service(callers=[]), "callers"),
        (service(port=70000), "less than or equal to 65535"),
        (service(protocol="TCP"), "'TLS' or 'HTTP'"),
        ({"control_plane_min": 1}, "greater than or equal to 2"),
        ({"sidecars": True}, "Extra inputs are not permitted"),
    ],
)
def test_faults_are_named(knobs: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        MeshSpec.from_yaml(knobs)


def test_a_host_has_one_entry() -> None:
    row = {"hosts": ["api.example.com"], "callers": ["shop"]}
    with pytest.raises(ValueError, match=r"api\.example\.com is named 2 times"):
        MeshSpec.from_yaml({"external": {"one": row, "two": row}})


def test_the_default_calls_nothing_outside() -> None:
    assert not MeshSpec().external
    assert MeshSpec().collector.host == "otel-gateway.monitoring.svc.cluster.local"
