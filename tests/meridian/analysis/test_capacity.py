"""What a lost zone leaves, on the Plan of a real region and on planted ones."""

from pathlib import Path

import pytest

from components import catalog
from meridian.analysis.capacity import Room, after_loss, whole, zone_loss
from meridian.analysis.machines import machines, zones
from meridian.analysis.placement import place
from meridian.analysis.pods import pods
from meridian.engine.project import Project
from meridian.plan import Mode, Plan
from tests.meridian.analysis.machine import machine, pod

ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")


@pytest.fixture(scope="module")
def region() -> Plan:
    return Project.at(Path(__file__).parents[3]).plan("eu-west-1", Mode.PREVIEW)


def test_machines_are_the_groups_at_their_minimum(region: Plan) -> None:
    found = machines(region)
    assert zones(region) == ZONES
    by_zone = {zone: [each for each in found if each.zone == zone] for zone in ZONES}
    sizes = {group.name: group.inputs["scalingConfig"]["minSize"] for group in region.of_type("aws:eks/nodeGroup:NodeGroup")}
    assert len(found) == sum(sizes.values())
    assert len({len(each) for each in by_zone.values()}) == 1
    data = next(each for each in found if each.group == "data-nodes-euw1-az2")
    assert data.zone == "euw1-az2"
    assert data.taints == ({"key": "dedicated", "value": "data", "effect": "NoSchedule"},)
    assert data.labels["kubernetes.io/arch"] == "arm64"
    assert (data.vcpu, data.memory_gib) == (catalog.instance_type("r7g.4xlarge").vcpu, 128)


def test_pods_are_those_that_each_operator_makes(region: Plan) -> None:
    found = {each.id: each for each in pods(region)}
    assert [name for name in found if name.startswith("tidb/tidb-pd-")] == [f"tidb/tidb-pd-{number}" for number in range(3)]
    tikv = found["tidb/tidb-tikv-0"]
    assert tikv.requests["cpu"] == 14_000 + 100  # its own, and the tailer of RocksDB's log
    assert {rule["whenUnsatisfiable"] for rule in tikv.spec["topologySpreadConstraints"]} == {"DoNotSchedule"}
    assert tikv.volume
    clickhouse = found["clickhouse/chi-clickhouse-analytics-1-2-0"]
    assert clickhouse.quorum == "clickhouse shard 1"
    terms = clickhouse.spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert {term["topologyKey"] for term in terms} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert {"istio-ingress/public-istio-2", "kube-system/coredns-2", "kube-system/karpenter-1", "cloudflared/tunnel-2"} <= set(found)
    assert {name for name, each in found.items() if each.daemon} >= {"kube-system/ztunnel", "kube-system/aws-node"}


@pytest.mark.parametrize("step", [1, -1], ids=["forwards", "backwards"])
def test_everything_has_room_in_any_order(region: Plan, step: int) -> None:
    assert place(machines(region), pods(region)[::step]).unplaced == {}


@pytest.mark.parametrize("zone", ZONES)
def test_losing_a_zone_costs_a_third_and_no_quorum(region: Plan, zone: str) -> None:
    found = zone_loss(region, zone)
    assert found.survives
    assert found.lost.nodes * 2 == found.left.nodes
    quorums = {each.name: each for each in found.quorums}
    for name in ("tidb pd", "tidb tikv", "clickhouse keeper"):
        assert (quorums[name].members, quorums[name].left, quorums[name].needed) == (3, 2, 2)
    assert quorums["clickhouse shard 0"].needed == 1
    assert {name for name in quorums if name.endswith("-valkey shard")} == {
        f"{each}-cache-valkey shard" for each in ("app", "query", "session")
    }
    assert len(found.waiting) == 6  # PD, TiKV, TiDB, Keeper and a replica of both shards


def test_a_pool_that_is_too_small_is_named_with_its_reason() -> None:
    two = (machine("node-a", "a", 2000), machine("node-b", "b", 2000))
    four = [pod(f"p-{number}") for number in range(4)]
    found = after_loss(two, four, place(two, four).bound, ["a"])
    assert (found.lost, found.left) == (Room(nodes=1, vcpu=2, memory_gib=8, gpus=0), Room(nodes=1, vcpu=2, memory_gib=8, gpus=0))
    assert len(found.homeless) == 2
    assert set(found.homeless.values()) == {"no node has room"}
    assert not found.survives


def test_a_quorum_of_two_does_not_outlive_a_zone() -> None:
    two = (machine("node-a", "a"), machine("node-b", "b"))
    members = [pod(f"p-{number}", "3", quorum="etcd", volume=True) for number in range(2)]
    (quorum,) = after_loss(two, members, place(two, members).bound, ["a"]).quorums
    assert (quorum.left, quorum.needed, quorum.holds) == (1, 2, False)


def test_losing_two_of_three_zones_costs_every_quorum(region: Plan) -> None:
    found = zone_loss(region, "euw1-az1", "euw1-az3")
    lost = {quorum.name for quorum in found.quorums if not quorum.holds}
    assert {"tidb pd", "tidb tikv", "clickhouse keeper"} <= lost
    assert "clickhouse shard 0" not in lost
    assert found.left.nodes * 3 == found.left.nodes + found.lost.nodes


def test_the_whole_region_is_placed_once(region: Plan) -> None:
    assert whole(region).bound == place(machines(region), pods(region)).bound
