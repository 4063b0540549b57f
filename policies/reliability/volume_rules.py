"""Volumes and nodes of data stores: what a deleted object, a resize or a drain must not take along."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Example, example, resource
from policies.core.facts import workloads
from policies.core.facts.node_groups import STATEFUL_LABEL
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first


def _class(name: str, **inputs: Any) -> dict[str, object]:
    return {"metadata": {"name": name}, "provisioner": "ebs.csi.aws.com", **inputs}


@rule(
    "rel-26",
    on=kinds.STORAGE_CLASS,
    severity=Severity.HIGH,
    why="With the default reclaim policy a volume is deleted with its claim, and the claim with its namespace: one command, no data.",
    fix="Set reclaim_policy=Retain; classes whose volumes may go are named in disposable_storage_classes.",
    controls=("hipaa:164.308(a)(7)",),
    settings=("disposable_storage_classes",),
    bad=(_class("gp3-db"), {"provisioner": "ebs.csi.aws.com"}, _class("io2-db", reclaimPolicy="Delete")),
    good=(_class("gp3-db", reclaimPolicy="Retain"), _class("gp3-cache", reclaimPolicy="Delete"), _class("gp3")),
)
def volumes_of_the_class_outlive_their_claims(storage: Subject) -> Iterator[str]:
    if storage.properties.text("reclaimPolicy", "Delete") == "Retain":
        return
    if workloads.name(storage.resource) not in storage.settings.disposable_storage_classes:
        yield "volumes are deleted with their claims"


_OBJECTS = ("unknownObjects", "reconcileFailedObjects")
_KEPT = {"cleanup": {each: {"pvc": "Retain", "statefulSet": "Retain"} for each in _OBJECTS}}
_CLAIM = {"name": "data", "reclaimPolicy": "Retain"}


def _clickhouse(*claims: dict[str, Any], kind: kinds.Tokens = kinds.CLICKHOUSE, **spec: Any) -> Example:
    return Example.of_inputs(kind[0], {"spec": {"templates": {"volumeClaimTemplates": list(claims)}, **spec}})


@rule(
    "rel-27",
    on=(*kinds.CLICKHOUSE, *kinds.CLICKHOUSE_KEEPER),
    severity=Severity.HIGH,
    why="The operator deletes the claims of whatever leaves the installation, a renamed template or a lost replica, unless told not to.",
    fix=(
        'Set reclaimPolicy: "Retain" in every volumeClaimTemplate (or defaults.storageManagement), and pvc: "Retain" under '
        "reconcile.cleanup.unknownObjects and reconcileFailedObjects."
    ),
    controls=("hipaa:164.308(a)(7)",),
    bad=(
        _clickhouse({"name": "data"}, reconcile=_KEPT),
        _clickhouse({"name": "data", "reclaimPolicy": "Delete"}, reconcile=_KEPT),
        _clickhouse(_CLAIM, {"name": "cache"}, reconcile=_KEPT),
        _clickhouse(_CLAIM),
        _clickhouse(_CLAIM, reconcile={"cleanup": {"unknownObjects": {"pvc": "Retain"}}}),
        _clickhouse(_CLAIM, reconcile={"cleanup": {**_KEPT["cleanup"], "unknownObjects": {"pvc": "Delete"}}}),
        _clickhouse({"name": "data"}, kind=kinds.CLICKHOUSE_KEEPER, reconciling=_KEPT),
    ),
    good=(
        _clickhouse(_CLAIM, reconcile=_KEPT),
        _clickhouse(_CLAIM, reconciling=_KEPT),
        _clickhouse({"name": "data"}, reconcile=_KEPT, defaults={"storageManagement": {"reclaimPolicy": "Retain"}}),
        _clickhouse(_CLAIM, kind=kinds.CLICKHOUSE_KEEPER, reconciling=_KEPT),
    ),
)
def clickhouse_keeps_its_claims(database: Subject) -> Iterator[str]:
    spec = database.properties.section("spec")
    default = spec.section("defaults").section("storageManagement").text("reclaimPolicy", "Delete")
    claims = spec.section("templates").sections("volumeClaimTemplates")
    yield from known_first(claims, lambda each: _deleted(each, default))
    yield from known_first(_OBJECTS, lambda each: _cleaned(spec, each))


def _deleted(claim: Properties, default: str) -> Iterator[str]:
    if claim.text("reclaimPolicy", default) != "Retain":
        yield f"claims of template {claim.text('name')} are deleted"


def _cleaned(spec: Properties, objects: str) -> Iterator[str]:
    # `reconciling` is the older spelling, and Keeper's only one (CRDs of the Altinity operator).
    policies = [each.text("pvc") for key in ("reconcile", "reconciling") for each in workloads.at(spec, (key, "cleanup", objects))]
    if "Retain" not in policies or "Delete" in policies:
        yield f"claims of {objects} are deleted"


_TIDB = resource(kinds.TIDB_CLUSTER[0], {"metadata": {"name": "main", "namespace": "tidb"}, "spec": {"pvReclaimPolicy": "Retain"}})
_BR = {"cluster": "main", "clusterNamespace": "tidb"}


def _schedule(**spec: Any) -> Any:
    templates = {"backupTemplate": {"br": _BR}, "logBackupTemplate": {"br": _BR}, "schedule": "0 2 * * *", "maxReservedTime": "840h"}
    wanted = {key: value for key, value in {**templates, **spec}.items() if value is not None}
    return resource(kinds.TIDB_BACKUP_SCHEDULE[0], {"metadata": {"namespace": "tidb"}, "spec": wanted})


@rule(
    "rel-28",
    on=kinds.TIDB_CLUSTER,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Three copies follow every wrong statement at once: only backups, and the log between them, lead to a moment before it.",
    fix=(
        "Set spec.pvReclaimPolicy: Retain, and add a BackupSchedule of the cluster with schedule, logBackupTemplate and maxReservedTime "
        "(or maxBackups), not paused."
    ),
    controls=("hipaa:164.308(a)(7)(ii)(A)",),
    bad=(
        example(_TIDB),
        example(_TIDB, backup=_schedule(logBackupTemplate=None)),
        example(_TIDB, backup=_schedule(maxReservedTime=None)),
        example(_TIDB, backup=_schedule(pause=True)),
        example(_TIDB, backup=_schedule(backupTemplate={"br": {**_BR, "cluster": "other"}})),
        example(resource(kinds.TIDB_CLUSTER[0], {"metadata": {"name": "main", "namespace": "tidb"}, "spec": {}}), backup=_schedule()),
    ),
    good=(
        example(_TIDB, backup=_schedule()),
        example(_TIDB, backup=_schedule(maxReservedTime=None, maxBackups=35, backupTemplate={"br": {"cluster": "main"}})),
        example(resource(kinds.TIDB_CLUSTER[0], {"spec": {"pvReclaimPolicy": "Retain", "cluster": {"name": "main"}}})),
    ),
)
def tidb_can_go_back_in_time(database: Subject) -> Iterator[str]:
    spec = database.properties.section("spec")
    if (policy := spec.text("pvReclaimPolicy", "Retain")) != "Retain" or "pvReclaimPolicy" not in spec:
        yield f"volumes are reclaimed by {policy if 'pvReclaimPolicy' in spec else 'their class'}"
    if "cluster" in spec and "pd" not in spec:
        return  # more stores of another cluster, whose backup has them
    schedules = database.stack.of_type(*kinds.TIDB_BACKUP_SCHEDULE)
    if not any(known_first(schedules, lambda each: [each] if _backs_up(each, database.resource) else [])):
        yield "no schedule makes full and log backups of it"


def _backs_up(schedule: Resource, database: Resource) -> bool:
    spec = schedule.properties.section("spec")
    backup = spec.section("backupTemplate").section("br")
    same = backup.text("cluster") == workloads.name(database)
    same = same and backup.text("clusterNamespace", workloads.namespace(schedule)) == workloads.namespace(database)
    whole = all(key in spec for key in ("schedule", "logBackupTemplate")) and any(key in spec for key in ("maxReservedTime", "maxBackups"))
    return same and whole and not spec.flag("pause")


def _pool(*capacity: str, expire: str = "Never", **labels: str) -> Example:
    requirements = [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": list(capacity)}] if capacity else []
    spec = {"expireAfter": expire, "requirements": requirements}
    template = {"metadata": {"labels": {STATEFUL_LABEL: "true", **labels}}, "spec": spec}
    return Example.of_inputs(kinds.KARPENTER_NODE_POOL[0], {"spec": {"template": template}})


@rule(
    "rel-30",
    on=kinds.KARPENTER_NODE_POOL,
    severity=Severity.HIGH,
    why="A spot node gives two minutes' notice and an expired one is drained whatever runs there: a quorum cannot move that fast.",
    fix='Set the requirement karpenter.sh/capacity-type In ["on-demand"] and template.spec.expireAfter: Never.',
    controls=("soc2:A1.2",),
    bad=(
        _pool("on-demand", "spot"),
        _pool(),
        _pool("spot"),
        _pool("on-demand", expire="720h"),
    ),
    good=(_pool("on-demand"), _pool("spot", expire="720h", **{STATEFUL_LABEL: "false"}), _pool("reserved", "on-demand")),
)
def data_nodes_stay(pool: Subject) -> Iterator[str]:
    template = pool.properties.section("spec").section("template")
    if template.section("metadata").section("labels").text(STATEFUL_LABEL) != "true":
        return
    spec = template.section("spec")
    capacity = [each for each in spec.sections("requirements") if each.text("key") == "karpenter.sh/capacity-type"]
    kinds_allowed = {kind for each in capacity if each.text("operator") == "In" for kind in each.texts("values")}
    if not kinds_allowed or "spot" in kinds_allowed:
        yield "nodes may be spot ones"
    if (age := spec.text("expireAfter", "720h")) != "Never":  # Karpenter's default (NodePool CRD)
        yield f"nodes expire after {age}"


@rule(
    "rel-31",
    on=(*kinds.VELERO_SCHEDULE, *kinds.VELERO_BACKUP),
    severity=Severity.MEDIUM,
    why="A snapshot of an EBS volume cannot be restored in another region: without its data in the bucket they are lost together.",
    fix="Set snapshotMoveData: true, or snapshotVolumes: false where the volumes' owners make backups of their own.",
    controls=("soc2:A1.2",),
    bad=(
        {"spec": {"schedule": "0 1 * * *", "template": {"includedNamespaces": ["*"]}}},
        {"spec": {"template": {"snapshotMoveData": False}}},
        Example.of_inputs(kinds.VELERO_BACKUP[0], {"spec": {"snapshotVolumes": True}}),
    ),
    good=(
        {"spec": {"template": {"snapshotMoveData": True}}},
        {"spec": {"template": {"snapshotVolumes": False}}},
        Example.of_inputs(kinds.VELERO_BACKUP[0], {"spec": {"snapshotMoveData": True}}),
    ),
)
def backup_has_the_volumes_data(backup: Subject) -> Iterator[str]:
    spec = backup.properties.section("spec")
    template = spec.section("template") if backup.resource.type in kinds.VELERO_SCHEDULE else spec
    if template.flag("snapshotVolumes", default=True) and not template.flag("snapshotMoveData"):
        yield "snapshots stay in the region"
