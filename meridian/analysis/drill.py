"""What happens when zones or regions are lost: where traffic goes, what gives way, how long it takes, and which promises hold. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from components.catalog.failover import detection_seconds, losses
from components.catalog.recovery import Measure, Probe, recovery
from components.catalog.routing import MAINTENANCE
from meridian.analysis.capacity import ZoneLoss
from meridian.analysis.region_loss import RegionLoss, World, region_loss, utilisation_limit


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the time that a loss takes."""

    name: str
    """What takes it."""
    seconds: int
    """Longest time."""
    source: str
    """Whose number it is."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A target of the documents against what was found."""

    name: str
    """Name in the catalogue."""
    wanted: int
    """Seconds at most."""
    found: int | None
    """Seconds that the loss takes; none where it does not recover by itself."""
    source: str
    """Where they promise it."""

    @property
    def holds(self) -> bool:
        """Whether it is kept."""
        return self.found is not None and self.found <= self.wanted


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One loss, of zones and regions together."""

    regions: RegionLoss
    """What the fleet becomes; nothing moves where only zones are lost."""
    zones: Mapping[str, ZoneLoss] = field(default_factory=dict[str, ZoneLoss])
    """Region -> what it becomes without some of its zones."""
    times: Mapping[Measure, tuple[Part, ...]]
    """Who waits for what, one after the other; left out for who waits until somebody acts."""
    promises: tuple[Promise, ...]
    """Targets of the documents."""
    contradictions: tuple[str, ...]
    """Wishes of the documents that cannot hold together, with the numbers of this loss."""

    @property
    def lost(self) -> tuple[str, ...]:
        """Regions and zones that are lost."""
        return (*self.regions.lost, *(zone for loss in self.zones.values() for zone in loss.zones))

    @property
    def survived(self) -> bool:
        """Whether no survivor is overloaded, no client without a region, no quorum lost and no pod without room."""
        return not self.regions.overloads and all(loss.survives for loss in self.zones.values())


def drill(world: World, lost: Iterable[str], zones: Mapping[str, ZoneLoss] | None = None) -> Drill:
    """Lose regions and zones at once."""
    regions, broken = region_loss(world, lost), zones or {}
    times = _times(world.probe, regions, broken)
    return Drill(
        regions=regions,
        zones=broken,
        times=times,
        promises=tuple(_promises(times, regions, broken)),
        contradictions=tuple(_contradictions(world, regions)),
    )


def detection(probe: Probe) -> tuple[Part, ...]:
    """Parts of the longest time until a region that hangs is taken out; their sum is `detection_seconds`."""
    return (
        Part(name="probe phase", seconds=probe.interval, source="breaks just after a probe"),
        Part(
            name="further probes",
            seconds=(probe.consecutive_down - 1) * probe.interval,
            source=f"{probe.consecutive_down} failures, {probe.interval} s apart",
        ),
        Part(
            name="timeout and retries",
            seconds=(probe.retries + 1) * probe.timeout,
            source=f"{probe.retries} retries, {probe.timeout} s each",
        ),
    )


def _step(name: str) -> Part:
    step = recovery().steps[name]
    return Part(name=name, seconds=step.seconds, source=step.source)


def _times(probe: Probe, regions: RegionLoss, zones: Mapping[str, ZoneLoss]) -> Mapping[Measure, tuple[Part, ...]]:
    """A lost region comes back when AWS or whoever restores it brings it back: its databases and pods have no time of their own."""
    if regions.lost:
        return {"users": (*detection(probe), _step("edge-dns"))}
    if not zones:
        return {}
    times: dict[Measure, tuple[Part, ...]] = {"pods": (_step("node-unreachable"), _step("pod-eviction"))}
    if _agree(zones):
        times["databases"] = (_step("quorum-election"),)
    return times


def _agree(zones: Mapping[str, ZoneLoss]) -> bool:
    return all(quorum.holds for loss in zones.values() for quorum in loss.quorums)


def _promises(times: Mapping[Measure, tuple[Part, ...]], regions: RegionLoss, zones: Mapping[str, ZoneLoss]) -> Iterator[Promise]:
    """Users of a lost zone are served by the other two at once: their time is not asked. Whom nobody may serve waits without end."""
    stranded = any(move.after == MAINTENANCE for move in regions.moves)
    asked: set[Measure] = {"users", "databases"} if regions.lost else {"databases", "pods"} if zones else set()
    for name, target in recovery().targets.items():
        if target.of in asked:
            parts = None if stranded and target.of == "users" else times.get(target.of)
            found = None if parts is None else sum(part.seconds for part in parts)
            yield Promise(name=name, wanted=target.seconds, found=found, source=target.source)


def _contradictions(world: World, regions: RegionLoss) -> Iterator[str]:
    wanted, probe = recovery().utilisation, recovery().documents_probe
    for load in regions.loads:
        if (limit := utilisation_limit(world, load.region)) < wanted:
            yield (
                f"C-09: {load.region} may be used to {limit:.1%} at most if the fleet is to outlive any region, "
                f"the documents want more than {wanted:.0%} (S-081)"
            )
    if regions.lost:
        theirs = detection_seconds(**probe.model_dump())
        ours = sum(part.seconds for part in detection(world.probe))
        budget = recovery().targets["availability-99.99"].seconds
        yield (
            f"C-07: the documents' own health check sees a loss after {theirs} s, so that two a month use up 99.99 % ({budget} s); "
            f"ours after {ours} s"
        )
    for route, classes in regions.unavailable.items():
        yield (
            f"C-19: {route} is served again, but its {' and '.join(classes)} data is not there: "
            "no basis on record lets a copy lie where its clients are served now"
        )


def sweep(world: World, found: Mapping[str, Mapping[tuple[str, ...], ZoneLoss]]) -> tuple[Drill, ...]:
    """Every loss of one and of two regions, and of the zones that were found: region -> zones that are lost -> what is left."""
    gone = (lost for lost in losses(world.capacity, 2) if lost)
    of_zones = (drill(world, (), {region: loss}) for region, by_zones in found.items() for loss in by_zones.values())
    return (*(drill(world, lost) for lost in gone), *of_zones)
