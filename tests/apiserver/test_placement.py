"""The real kube-scheduler finds a node for every pod that a region declares, also with a zone gone, and our arithmetic agrees with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meridian.analysis.capacity import after_loss
from meridian.analysis.machines import Machine, machines, zones
from meridian.analysis.placement import in_zone, place
from meridian.analysis.pod import Pod, needed
from meridian.analysis.pods import pods
from meridian.engine.project import Project
from meridian.plan import Mode, Plan
from tests.apiserver.scheduler import Scheduler, Verdict, scheduling

pytestmark = pytest.mark.apiserver

STACKS = ("eu-west-1", "eu-west-2")
"""A primary with everything, and a secondary."""


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Scheduler]:
    with scheduling("1.35") as ready:
        yield ready


@pytest.fixture(scope="module", params=STACKS)
def region(request: pytest.FixtureRequest) -> Plan:
    return Project.at(Path(__file__).parents[2]).plan(request.param, Mode.PREVIEW)


@pytest.fixture(scope="module")
def whole(region: Plan, scheduler: Scheduler) -> Verdict:
    """Every pod on every machine."""
    return scheduler.place(machines(region), pods(region))


def test_everything_is_placed(region: Plan, whole: Verdict, seen: list[str]) -> None:
    seen.append(
        f"kube-scheduler, {region.stack}: {len(whole.bound)} pods on {len(machines(region))} nodes, {len(whole.unplaced)} without one"
    )
    assert whole.unplaced == {}
    assert place(machines(region), pods(region)).unplaced == {}


def test_everything_is_placed_in_the_opposite_order_too(region: Plan, scheduler: Scheduler) -> None:
    """No operator waits for another, so any order may be the real one."""
    backwards = pods(region)[::-1]
    assert scheduler.place(machines(region), backwards).unplaced == {}
    assert place(machines(region), backwards).unplaced == {}


def test_quorums_outlive_each_zone_and_the_rest_finds_room(region: Plan, whole: Verdict, scheduler: Scheduler, seen: list[str]) -> None:
    every = {pod.id: pod for pod in pods(region)}
    for zone in zones(region):
        left = [machine for machine in machines(region) if machine.zone != zone]
        names = {machine.name for machine in left}
        standing = [(every[name], node) for name, node in whole.bound.items() if node in names]
        lost = [pod for pod in every.values() if pod.id in whole.bound and whole.bound[pod.id] not in names]
        again = [in_zone(pod, zone) if pod.volume else pod for pod in lost]
        daemons = [pod for pod in every.values() if pod.daemon]
        theirs = scheduler.place(left, [*daemons, *again], standing)
        ours = after_loss(machines(region), pods(region), whole.bound, [zone])

        bound_to_zone = {pod.id for pod in lost if pod.volume}
        assert set(theirs.unplaced) == bound_to_zone, f"{zone}: {theirs.unplaced}"
        assert set(ours.placement.unplaced) == bound_to_zone
        assert all(quorum.holds for quorum in ours.quorums)
        for name in {pod.quorum for pod in every.values()} - {""}:
            members = [pod for pod in every.values() if pod.quorum == name]
            assert sum(member.id not in bound_to_zone for member in members) >= needed(members), f"{name} without {zone}"
        seen.append(f"  without {zone}: {len(theirs.bound)} pods moved, {len(bound_to_zone)} wait for their volumes, all quorums hold")


def _machine(name: str, zone: str, cpu: int) -> Machine:
    return Machine(
        name=name,
        group="system",
        labels={"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name, "node-group": "system"},
        taints=(),
        allocatable={"cpu": cpu, "memory": 8 * 2**30, "pods": 20, "nvidia.com/gpu": 0},
        vcpu=cpu // 1000,
        memory_gib=8,
        gpus=0,
    )


def _pod(name: str, cpu: str, **spec: object) -> Pod:
    container = {"name": "main", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}
    return Pod(name=name, namespace="planted", owner="planted", labels={"app": "planted"}, spec={"containers": [container], **spec})


_SELECTOR = {"labelSelector": {"matchLabels": {"app": "planted"}}}
_APART = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname", **_SELECTOR}]}}
_EVEN = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", **_SELECTOR}
_THREE = tuple(_machine(f"node-{zone}", zone, 2000) for zone in "abc")
_TAINTED = tuple(replace(machine, taints=({"key": "dedicated", "value": "data", "effect": "NoSchedule"},)) for machine in _THREE)
_GPU = [{"name": "main", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]

PLANTED = {
    "too little vCPU": (_THREE, [_pod(f"p-{number}", "1500m") for number in range(4)], 1),
    "exactly full": (_THREE, [_pod(f"p-{number}", "1") for number in range(6)], 0),
    "one more than full": (_THREE, [_pod(f"p-{number}", "1") for number in range(7)], 1),
    "more replicas than nodes": (_THREE, [_pod(f"p-{number}", "100m", affinity=_APART) for number in range(5)], 2),
    "a zone is full": (
        (_machine("node-a", "a", 100), _machine("node-b", "b", 4000), _machine("node-c", "c", 4000)),
        [_pod(f"p-{number}", "200m", topologySpreadConstraints=[_EVEN]) for number in range(4)],
        2,
    ),
    "fewer zones than it wants": (
        _THREE[:2],
        [_pod(f"p-{number}", "100m", topologySpreadConstraints=[{**_EVEN, "minDomains": 3}]) for number in range(4)],
        2,
    ),
    "no toleration": (_TAINTED, [_pod("p-0", "100m"), _pod("p-1", "100m", tolerations=[{"key": "dedicated", "operator": "Exists"}])], 1),
    "no such label": (_THREE, [_pod("p-0", "100m", nodeSelector={"node-group": "data"})], 1),
    "no GPU": (_THREE, [_pod("p-0", "100m", containers=_GPU)], 1),
    "a large init container": (
        _THREE,
        [_pod("p-0", "100m", initContainers=[{"name": "init", "resources": {"requests": {"cpu": "3"}}}])],
        1,
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_planted_pools_that_are_too_small(case: str, scheduler: Scheduler) -> None:
    planted, asked, count = PLANTED[case]
    theirs, ours = scheduler.place(planted, asked), place(planted, asked)
    assert len(theirs.unplaced) == count, theirs.unplaced
    assert set(ours.unplaced) == set(theirs.unplaced)
