"""Ways into a region: what a tunnel does not carry is refused, with the reason and the other way."""

import pytest

from components.edge.origin_mode import HostSpec, OriginMode, Traffic, origin_faults
from tests.components.edge.sites import site


@pytest.mark.parametrize("traffic", [Traffic.GRPC, Traffic.STREAMING])
def test_grpc_and_streaming_never_go_through_the_tunnel(traffic: Traffic) -> None:
    host = HostSpec(hostname="api.example.com", mode=OriginMode.TUNNEL, traffic=traffic)
    (fault,) = origin_faults(host, site())
    assert fault.startswith(f"mode: tunnel, but api.example.com carries {traffic}: ")
    assert fault.endswith("take load_balancer")


@pytest.mark.parametrize("traffic", list(Traffic))
def test_a_load_balancer_carries_all(traffic: Traffic) -> None:
    assert list(origin_faults(HostSpec(hostname="api.example.com", traffic=traffic), site())) == []


def test_web_pages_may_take_the_tunnel() -> None:
    assert list(origin_faults(HostSpec(hostname="grafana.example.com", mode=OriginMode.TUNNEL), site())) == []


@pytest.mark.parametrize("hostname", ["api.example.org", "notexample.com", "example.com.evil.test"])
def test_a_hostname_in_no_zone_is_refused(hostname: str) -> None:
    (fault,) = origin_faults(HostSpec(hostname=hostname), site())
    assert fault == f"hostname: {hostname} lies in no zone: names must end with .example.com"


def test_as_a_stack_file_spells_it() -> None:
    assert HostSpec.from_yaml({"hostname": "a.example.com", "mode": "tunnel"}).mode is OriginMode.TUNNEL
