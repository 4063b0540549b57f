"""Database engines of the cluster: quorums and copies that outlive a zone."""

import tomllib
from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Example
from policies.core.facts.workloads import at
from policies.core.rule import Subject, rule
from policies.core.verdict import Properties, Severity, known_first

ZONE_LABEL = "topology.kubernetes.io/zone"
"""Label of a node's zone (Kubernetes, well-known labels)."""

_LOCATED = f'[replication]\nlocation-labels = ["{ZONE_LABEL}", "kubernetes.io/hostname"]\nmax-replicas = 3\n'
_BY_ZONE = [{"topologyKey": ZONE_LABEL}]


def _tidb(*, pd: int = 3, tikv: int = 3, config: str = _LOCATED, spread: Any = _BY_ZONE, by_part: Any = None) -> dict[str, object]:
    """A TidbCluster of so many members, spread as a whole or part by part."""
    parts = {"pd": {"replicas": pd, "config": config}, "tikv": {"replicas": tikv}}
    own = {"topologySpreadConstraints": by_part} if by_part else {}
    return {"spec": {**{name: {**part, **own} for name, part in parts.items()}, "topologySpreadConstraints": spread}}


@rule(
    "rel-10",
    on=kinds.TIDB_CLUSTER,
    severity=Severity.CRITICAL,
    why="Raft needs a majority: of two members none may fail, and copies that PD cannot tell apart by zone may all lie in one.",
    fix=(
        "Set spec.pd.replicas odd and at least min_zones, spec.tikv.replicas to a multiple of min_zones and at least max-replicas, "
        f"topologySpreadConstraints by {ZONE_LABEL}, and that label in replication.location-labels of spec.pd.config."
    ),
    controls=("hipaa:164.308(a)(7)", "soc2:A1.2"),
    settings=("min_zones",),
    bad=(
        _tidb(pd=2),
        {},
        _tidb(pd=1),
        _tidb(pd=4),
        _tidb(tikv=2),
        _tidb(tikv=4),
        _tidb(config=_LOCATED.replace("= 3", "= 5")),
        _tidb(config="[replication]\nmax-replicas = 3\n"),
        _tidb(config=_LOCATED.replace(f'"{ZONE_LABEL}", ', "")),
        _tidb(config="[replication"),
        _tidb(spread=[]),
        _tidb(spread=[{"topologyKey": "kubernetes.io/hostname"}]),
        {"spec": {"cluster": {"name": "main"}, "tikv": {"replicas": 2}, "topologySpreadConstraints": _BY_ZONE}},
    ),
    good=(
        _tidb(),
        _tidb(pd=5, tikv=6),
        _tidb(spread=[], by_part=_BY_ZONE),
        {"spec": {"cluster": {"name": "main"}, "tikv": {"replicas": 3}, "topologySpreadConstraints": _BY_ZONE}},
    ),
)
def tidb_outlives_a_zone(database: Subject) -> Iterator[str]:
    spec, zones = database.properties.section("spec"), database.settings.min_zones
    own_pd = "pd" in spec or "cluster" not in spec  # further stores of a cluster have their PD there (TidbCluster, spec.cluster)
    of_pd = [lambda: _members(spec, zones), lambda: _location(spec), lambda: _spread(spec, "pd")] if own_pd else []
    yield from known_first([*of_pd, lambda: _stores(spec, zones), lambda: _spread(spec, "tikv")], lambda check: check())


def _members(spec: Properties, zones: int) -> Iterator[str]:
    members = spec.section("pd").number("replicas", 0)
    if members < zones or members % 2 == 0:
        yield f"PD has {members:.0f} members: an odd number of at least {zones} is wanted"


def _stores(spec: Properties, zones: int) -> Iterator[str]:
    stores = spec.section("tikv").number("replicas", 0)
    if stores < zones or stores % zones:
        yield f"TiKV has {stores:.0f} stores: a multiple of {zones} zones is wanted"
    if "config" in spec.section("pd") and stores < (copies := _replication(spec).get("max-replicas", 3)):
        yield f"TiKV has {stores:.0f} stores for {copies} copies"


def _location(spec: Properties) -> Iterator[str]:
    if ZONE_LABEL not in _replication(spec).get("location-labels", ()):
        yield "PD does not know the zones of its stores: location-labels lack them"


def _replication(spec: Properties) -> dict[str, Any]:
    """Table of PD's configuration; empty where the text is no TOML, which PD would refuse."""
    try:
        return tomllib.loads(spec.section("pd").text("config")).get("replication", {})
    except tomllib.TOMLDecodeError:
        return {}


def _spread(spec: Properties, part: str) -> Iterator[str]:
    constraints = (each for holder in (spec.section(part), spec) for each in holder.sections("topologySpreadConstraints"))
    if not any(each.text("topologyKey") == ZONE_LABEL for each in constraints):
        yield f"pods of {part} are not spread over zones"


def _clickhouse(*, template: dict[str, Any] | None = None, kind: kinds.Tokens = kinds.CLICKHOUSE, **layout: Any) -> Example:
    """An installation of one cluster."""
    pods = {"name": "server", "spec": {"topologySpreadConstraints": _BY_ZONE}} if template is None else template
    return Example.of_inputs(
        kind[0], {"spec": {"configuration": {"clusters": [{"name": "main", "layout": layout}]}, "templates": {"podTemplates": [pods]}}}
    )


_PER_ZONE = {"name": "server", "zone": {"key": ZONE_LABEL, "values": ["eu-west-1a"]}}
_APART = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _BY_ZONE}}


@rule(
    "rel-11",
    on=(*kinds.CLICKHOUSE, *kinds.CLICKHOUSE_KEEPER),
    severity=Severity.HIGH,
    why="A shard of one replica is lost with its volume's zone; a Keeper without majority stops every insert into replicated tables.",
    fix=(
        "Set layout.replicasCount of every cluster to at least 2, of Keeper odd and at least 3, and spread the pods of every template "
        f"by {ZONE_LABEL}: a zone, a topology spread constraint or a required anti-affinity."
    ),
    controls=("hipaa:164.308(a)(7)", "soc2:A1.2"),
    bad=(
        _clickhouse(shardsCount=2),
        _clickhouse(shardsCount=2, replicasCount=1),
        _clickhouse(shards=[{"replicasCount": 2}, {"replicasCount": 1}]),
        _clickhouse(replicasCount=2, template={"name": "server", "spec": {}}),
        _clickhouse(replicasCount=2, template={"name": "server", "podDistribution": [{"type": "ReplicaAntiAffinity"}]}),
        Example.of_inputs(kinds.CLICKHOUSE[0], {"spec": {"configuration": {"clusters": [{"layout": {"replicasCount": 2}}]}}}),
        _clickhouse(kind=kinds.CLICKHOUSE_KEEPER, replicasCount=2),
        _clickhouse(kind=kinds.CLICKHOUSE_KEEPER, replicasCount=4),
        _clickhouse(kind=kinds.CLICKHOUSE_KEEPER),
    ),
    good=(
        _clickhouse(shardsCount=2, replicasCount=3),
        _clickhouse(shards=[{"replicasCount": 2}, {"replicas": [{"name": "a"}, {"name": "b"}]}]),
        _clickhouse(replicas=[{"name": "a"}, {"name": "b"}], template=_PER_ZONE),
        _clickhouse(replicasCount=2, template={"podDistribution": [{"type": "ShardAntiAffinity", "topologyKey": ZONE_LABEL}]}),
        _clickhouse(kind=kinds.CLICKHOUSE_KEEPER, replicasCount=3, template={"spec": {"affinity": _APART}}),
    ),
)
def clickhouse_outlives_a_zone(database: Subject) -> Iterator[str]:
    spec = database.properties.section("spec")
    replicas = _keepers if database.resource.type in kinds.CLICKHOUSE_KEEPER else _replicas
    checks = [
        lambda: known_first(at(spec, ("configuration", "clusters")), lambda each: replicas(each.section("layout"))),
        lambda: _apart(spec),
    ]
    yield from known_first(checks, lambda check: check())


def _keepers(layout: Properties) -> Iterator[str]:
    if (members := _count(layout, 1)) < 3 or members % 2 == 0:
        yield f"Keeper has {members:.0f} members: an odd number of at least 3 is wanted"


def _replicas(layout: Properties) -> Iterator[str]:
    common = _count(layout, 1)
    shards = layout.sections("shards")
    counts = [_count(shard, common) for shard in shards] if len(shards) else [common]
    if min(counts) < 2:
        yield "a shard has one replica"


def _count(layout: Properties, default: float) -> float:
    return len(layout.sections("replicas")) or layout.number("replicasCount", default)


_SPREADS = (
    ("zone", "key"),
    ("podDistribution", "topologyKey"),
    ("spec", "topologySpreadConstraints", "topologyKey"),
    ("spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "topologyKey"),
)
"""Ways in a pod template to keep pods in different zones (Altinity operator, pod templates; Kubernetes, assigning pods)."""


def _apart(spec: Properties) -> Iterator[str]:
    templates = spec.section("templates").sections("podTemplates")
    if not len(templates):
        yield "no pod template spreads the pods over zones"
    yield from known_first(templates, _together)


def _together(template: Properties) -> Iterator[str]:
    keys = known_first(_SPREADS, lambda path: (holder.text(path[-1]) for holder in at(template, path[:-1])))
    if ZONE_LABEL not in keys:
        yield f"pods of template {template.text('name')} are not spread over zones"
