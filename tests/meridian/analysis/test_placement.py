"""Placement by hand-reckoned cases; tests/apiserver puts more of them to the real kube-scheduler."""

from hypothesis import given
from hypothesis import strategies as st

from meridian.analysis.placement import in_zone, on_every, place
from tests.meridian.analysis.machine import machine, pod

SELECTOR = {"labelSelector": {"matchLabels": {"app": "planted"}}}
APART = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname", **SELECTOR}]}}
EVEN = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", **SELECTOR}
THREE = tuple(machine(f"node-{zone}", zone) for zone in "abc")


@given(st.integers(1, 20), st.integers(1, 4), st.integers(0, 30))
def test_equal_pods_fill_equal_machines_to_the_last_place(machines: int, each: int, pods: int) -> None:
    fleet = [machine(f"node-{number}", "a", each * 1000) for number in range(machines)]
    found = place(fleet, [pod(f"p-{number}") for number in range(pods)])
    assert len(found.bound) == min(pods, machines * each)
    assert len(found.unplaced) == max(pods - machines * each, 0)


def test_spread_fills_zones_evenly_and_a_full_zone_holds_the_others_back() -> None:
    even = [pod(f"p-{number}", "100m", spec={"topologySpreadConstraints": [EVEN]}) for number in range(6)]
    bound = place(THREE, even).bound
    assert sorted(bound.values()) == ["node-a", "node-a", "node-b", "node-b", "node-c", "node-c"]
    full = (machine("node-a", "a", 50), *THREE[1:])
    assert len(place(full, even).unplaced) == 4


def test_fewer_zones_than_min_domains_count_as_an_empty_one() -> None:
    """Kubernetes, topology spread constraints: the global minimum is 0 then."""
    even = [pod(f"p-{number}", "100m", spec={"topologySpreadConstraints": [{**EVEN, "minDomains": 3}]}) for number in range(3)]
    found = place(THREE[:2], even)
    assert len(found.bound) == 2
    assert set(found.unplaced.values()) == {"any node would make its spread uneven"}


def test_who_stands_alone_keeps_others_away_too() -> None:
    alone, other = pod("alone", spec={"affinity": APART}), pod("other")
    assert place(THREE[:1], [alone, other]).unplaced == {"planted/other": "every node with room has a pod that it must not stand beside"}
    assert place(THREE[:1], [other, alone]).unplaced == {"planted/alone": "every node with room has a pod that it must not stand beside"}


def test_taints_and_labels() -> None:
    tainted = machine("node-a", "a", taints=({"key": "dedicated", "value": "data", "effect": "NoSchedule"},), pool="data")
    tolerating = [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}]
    assert place([tainted], [pod("p")]).unplaced == {"planted/p": "no node has the labels and taints it asks for"}
    assert place([tainted], [pod("p", spec={"tolerations": tolerating, "nodeSelector": {"pool": "data"}})]).unplaced == {}
    assert place([tainted], [pod("p", spec={"tolerations": [{"key": "dedicated", "value": "gpu"}]})]).bound == {}


def test_pods_of_every_node_take_their_share_first() -> None:
    daemon = pod("daemon", "3500m", daemon=True)
    assert [each.name for each in on_every(THREE, daemon)] == ["node-a", "node-b", "node-c"]
    assert place(THREE, [pod("p"), daemon]).unplaced == {"planted/p": "no node has room"}


def test_a_volume_binds_to_its_zone() -> None:
    assert place(THREE, [in_zone(pod("p"), "b")]).bound == {"planted/p": "node-b"}
    assert place(THREE[:1], [in_zone(pod("p"), "b")]).bound == {}
