"""The operator's names and ports, as its own sources and documents spell them."""

import pytest

from components.data.tidb import contract
from components.data.tidb.contract import PORTS, Part


def test_secrets_have_the_names_that_the_operator_mounts() -> None:
    """pkg/util/util.go of v1.6.6, and PingCAP's pages on TLS."""
    assert contract.cluster_secret("basic", Part.PD) == "basic-pd-cluster-secret"
    assert contract.cluster_secret("basic", Part.TIPROXY) == "basic-tiproxy-cluster-secret"
    assert contract.cluster_client_secret("basic") == "basic-cluster-client-secret"
    assert contract.sql_server_secret("basic") == "basic-tidb-server-secret"
    assert contract.sql_client_secret("basic") == "basic-tidb-client-secret"


@pytest.mark.parametrize(
    ("part", "ports"),
    [
        (Part.PD, {2379, 2380}),
        (Part.TIKV, {20160, 20180}),
        (Part.TIDB, {4000, 10080}),
        (Part.TIFLASH, {3930, 8123, 9000, 9009, 8234, 20170, 20292}),
        (Part.TICDC, {8301}),
        (Part.TIPROXY, {6000, 3080, 3081}),
        (Part.DISCOVERY, {10261, 10262}),
    ],
)
def test_ports_are_the_operators(part: Part, ports: set[int]) -> None:
    assert set(PORTS[part].values()) == ports


def test_no_two_components_share_a_port() -> None:
    numbers = [number for ports in PORTS.values() for number in ports.values()]
    assert len(numbers) == len(set(numbers))


def test_labels_select_one_component_of_one_cluster() -> None:
    assert contract.component_labels("basic", Part.TIKV) == {
        "app.kubernetes.io/name": "tidb-cluster",
        "app.kubernetes.io/managed-by": "tidb-operator",
        "app.kubernetes.io/instance": "basic",
        "app.kubernetes.io/component": "tikv",
    }


def test_the_longest_name_that_all_derived_ones_bear() -> None:
    """compact-<cluster>-backup-2026-11-20t08-00-00 becomes a label: 63 characters less 8, 7 and 20."""
    assert contract.name_faults("a" * 28, tuple(Part)) == []
    (fault,) = contract.name_faults("a" * 29, tuple(Part))
    assert "at most 63" in fault
    assert "compact-" in fault


def test_a_stateful_set_leaves_room_for_its_revision() -> None:
    faults = contract.name_faults("a" * 45, (Part.TIFLASH,))
    assert any("-tiflash-" in fault and "64 characters" in fault for fault in faults)
