"""What a TiDB namespace opens: the engine's ports to those who need them, and not one more."""

from components.data.tidb.ports import open_ports, operator_ports
from components.platform.network_policy import port_faults
from tests.components.data.tidb.specs import EVERYTHING, tidb_spec

SPEC = tidb_spec(client_namespaces=["shop"])


def incoming(port: int) -> set[str]:
    return {name for row in open_ports(SPEC) if row.port == port and not row.outgoing for name in row.from_namespaces}


def test_no_policy_twice() -> None:
    assert port_faults(open_ports(tidb_spec(**EVERYTHING))) == []


def test_sql_is_for_clients_and_the_own_namespace() -> None:
    assert incoming(4000) == {"tidb", "shop"}


def test_the_operator_asks_for_health() -> None:
    assert all(incoming(port) == {"tidb", "tidb-operator"} for port in (2379, 20160, 20180, 10080))


def test_peers_are_alone() -> None:
    (peers,) = [row for row in open_ports(SPEC) if row.port == 2380]
    assert (peers.from_namespaces, peers.outgoing) == ((), False)


def test_ports_of_components_that_are_off_stay_shut() -> None:
    assert {row.port for row in open_ports(SPEC)} == {2379, 2380, 20160, 20180, 4000, 10080, 10261, 10262, 443}
    assert {8301, 6000, 3930} <= {row.port for row in open_ports(tidb_spec(**EVERYTHING))}


def test_every_port_that_others_come_in_by_is_open_within_too() -> None:
    rows = open_ports(SPEC)
    for row in rows:
        if row.from_namespaces:
            assert [other.to_namespaces for other in rows if other.port == row.port and other.outgoing] == [("tidb",)]


def test_the_only_way_out_is_to_aws_and_the_api_server() -> None:
    assert [row.port for row in open_ports(SPEC) if row.to_blocks] == [443]
    assert all(row.reason for row in open_ports(SPEC))


def test_operator_and_clusters_open_the_same_ports_to_each_other() -> None:
    opened = {row.port for row in open_ports(tidb_spec(**EVERYTHING)) if "tidb-operator" in row.from_namespaces}
    asked = {row.port for row in operator_ports(("10.0.0.0/16",))} - {443}
    assert opened == asked
    assert port_faults(operator_ports(("10.0.0.0/16",))) == []
