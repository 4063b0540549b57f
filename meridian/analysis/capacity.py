"""What a region has left when zones of it are lost: nodes, room for what must move, and who still agrees."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from meridian.analysis.machines import Machine, group_zones, machines, total
from meridian.analysis.placement import Placement, in_zone, place
from meridian.analysis.pod import Pod, needed
from meridian.analysis.pods import pods
from meridian.plan import Plan, Planned

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


@dataclass(frozen=True, kw_only=True)
class Quorum:
    """Members that keep something alive together."""

    name: str
    """e.g. `tidb pd`."""
    members: int
    """How many there are."""
    left: int
    """How many are left."""
    needed: int
    """How many there must be."""

    @property
    def holds(self) -> bool:
        """Whether enough are left."""
        return self.left >= self.needed


@dataclass(frozen=True, kw_only=True)
class Room:
    """Machines counted."""

    nodes: int
    """Nodes."""
    vcpu: int
    """vCPU of their instances."""
    memory_gib: float
    """GiB of their instances."""
    gpus: int
    """GPUs of their instances."""

    @classmethod
    def of(cls, found: Iterable[Machine]) -> "Room":
        """All of them together."""
        nodes, vcpu, memory_gib, gpus = total(tuple(found))
        return cls(nodes=nodes, vcpu=vcpu, memory_gib=memory_gib, gpus=gpus)


@dataclass(frozen=True, kw_only=True)
class ZoneLoss:
    """A region without some of its zones, before anything is scaled out."""

    zones: tuple[str, ...]
    """Zone ids that are lost."""
    lost: Room
    """Machines that are gone."""
    left: Room
    """Machines that are left."""
    placement: Placement
    """Where the pods of the lost zones go."""
    waiting: tuple[str, ...]
    """Pods whose volume lies in a lost zone: they come back with it."""
    quorums: tuple[Quorum, ...]
    """What must still agree, or have a member left."""

    @property
    def homeless(self) -> Mapping[str, str]:
        """Pod that could move -> why no machine takes it. Karpenter or the groups' maximum may make room later."""
        return {name: why for name, why in self.placement.unplaced.items() if name not in self.waiting}

    @property
    def survives(self) -> bool:
        """Whether every quorum holds and everything that can move has room."""
        return not self.homeless and all(quorum.holds for quorum in self.quorums)


def whole(plan: Plan) -> Placement:
    """The region with all its zones: each pod on a machine, or named with the reason."""
    return place(machines(plan), pods(plan))


def zone_loss(plan: Plan, *lost: str) -> ZoneLoss:
    """The region of that Plan without these zones, its caches included."""
    found = after_loss(machines(plan), pods(plan), whole(plan).bound, lost)
    caches = (quorum for group in plan.of_type(CACHE) for quorum in _cache(plan, group, lost))
    return replace(found, quorums=(*found.quorums, *caches))


def after_loss(every: Sequence[Machine], declared: Sequence[Pod], bound: Mapping[str, str], lost: Collection[str]) -> ZoneLoss:
    """What happens to pods that stand where `bound` says when the machines of zones are gone. Pods with a volume stay with it."""
    left = [machine for machine in every if machine.zone not in lost]
    zone_of = {machine.name: machine.zone for machine in every}
    standing = [(pod, bound[pod.id]) for pod in declared if pod.id in bound and zone_of[bound[pod.id]] not in lost]
    fallen = [(pod, zone_of[bound[pod.id]]) for pod in declared if pod.id in bound and zone_of[bound[pod.id]] in lost]
    again = [in_zone(pod, zone) if pod.volume else pod for pod, zone in fallen]
    daemons = [pod for pod in declared if pod.daemon]
    return ZoneLoss(
        zones=tuple(sorted(lost)),
        lost=Room.of(machine for machine in every if machine.zone in lost),
        left=Room.of(left),
        placement=place(left, [*daemons, *again], standing),
        waiting=tuple(sorted(pod.id for pod, _ in fallen if pod.volume)),
        quorums=tuple(_quorums(declared, {pod.id for pod, _ in standing})),
    )


def _quorums(declared: Iterable[Pod], standing: set[str]) -> Iterator[Quorum]:
    """Members count while they stand: who moves is away for some minutes."""
    members: dict[str, list[Pod]] = {}
    for pod in declared:
        if pod.quorum:
            members.setdefault(pod.quorum, []).append(pod)
    for name, found in members.items():
        yield Quorum(name=name, members=len(found), left=sum(pod.id in standing for pod in found), needed=needed(found))


def _cache(plan: Plan, group: Planned, lost: Collection[str]) -> Iterator[Quorum]:
    """A shard of a cache has its primary and replicas in as many zones as it can (ElastiCache user guide, Multi-AZ); one must be left."""
    inputs = group.inputs
    subnets = [plan.by_urn[urn] for urn in group.property_dependencies.get("subnetGroupName", ())]
    spread = sorted({each for subnet_group in subnets for each in group_zones(plan, subnet_group)})
    if not spread:
        return
    members = int(inputs.get("replicasPerNodeGroup", 0)) + 1
    placed = [spread[number % len(spread)] if inputs.get("multiAzEnabled") else spread[0] for number in range(members)]
    yield Quorum(name=f"{group.name} shard", members=members, left=sum(each not in lost for each in placed), needed=1)
