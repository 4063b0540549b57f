"""Ports of the namespace."""

from components.data.clickhouse.ports import open_ports
from components.data.clickhouse.spec import ClickHouseSpec
from components.platform.network_policy import port_faults

SPEC = ClickHouseSpec.from_yaml({"client_namespaces": ["reporting"], "metrics_namespaces": ["monitoring"]})


def test_exactly_these_ports() -> None:
    assert {port.port: port.from_namespaces for port in open_ports(SPEC) if not port.outgoing} == {
        8443: ("reporting",),
        9440: ("reporting",),
        9010: (),
        9281: (),
        9444: (),
        9363: ("monitoring",),
        7000: ("monitoring",),
        8888: ("monitoring",),
    }


def test_the_way_out_is_https() -> None:
    (out,) = [port for port in open_ports(SPEC) if port.outgoing]
    assert (out.port, out.to_blocks) == (443, ("0.0.0.0/0",))


def test_no_port_without_tls_and_none_twice() -> None:
    assert port_faults(open_ports(SPEC)) == []
    assert {8123, 9000, 9009, 2181, 7171} & {port.port for port in open_ports(SPEC)} == set()


def test_nobody_else_comes_in_unless_named() -> None:
    assert [port.from_namespaces for port in open_ports(ClickHouseSpec()) if port.port in (8443, 9440)] == [(), ()]
