"""Custom resources whose operators take another thing for what was meant, or nothing at all."""

from collections.abc import Iterator
from typing import Any, cast

from policies.core import kinds
from policies.core.example import Example
from policies.core.rule import Subject, rule
from policies.core.verdict import Items, Properties, Severity, known_first

_FREE = frozenset({"spec", "settings", "files", "users", "profiles", "quotas", "metadata"})
"""Keys of a ClickHouseInstallation below which Kubernetes or ClickHouse reads, not the operator."""


def _clickhouse(**spec: Any) -> dict[str, object]:
    return {"spec": spec}


@rule(
    "k8s-30",
    on=(*kinds.CLICKHOUSE, *kinds.CLICKHOUSE_KEEPER),
    severity=Severity.MEDIUM,
    why='The operator\'s switches are strings ("yes", "no"): the API server refuses a YAML boolean, in the middle of an update.',
    fix='Write "yes" or "no" in quotes; from Python, strings.',
    controls=(),
    bad=(
        _clickhouse(configuration={"clusters": [{"name": "main", "secure": True}]}),
        _clickhouse(stop=False),
        _clickhouse(configuration={"zookeeper": {"nodes": [{"host": "keeper", "secure": True}]}}),
        _clickhouse(defaults={"replicasUseFQDN": False}),
    ),
    good=(
        _clickhouse(stop="no", configuration={"clusters": [{"name": "main", "secure": "yes", "layout": {"replicasCount": 2}}]}),
        _clickhouse(templates={"podTemplates": [{"name": "server", "spec": {"hostNetwork": False}}]}),
    ),
)
def clickhouse_switches_are_strings(database: Subject) -> Iterator[str]:
    yield from (f"{path} is a boolean" for path in _booleans(database.properties.section("spec"), "spec"))


def _booleans(value: object, path: str) -> Iterator[str]:
    if isinstance(value, bool):
        yield path
    elif isinstance(value, Properties):
        yield from known_first([key for key in value if key not in _FREE], lambda key: _booleans(value.get(key), f"{path}.{key}"))
    elif isinstance(value, Items):
        items = cast("Items[object]", value)
        yield from known_first(range(len(items)), lambda at: _booleans(items[at], f"{path}[{at}]"))


_OLD_KAFKA = tuple(
    f"kubernetes:kafka.strimzi.io/{version}:{kind}"
    for version in ("v1beta2", "v1beta1", "v1alpha1")
    for kind in (
        *("Kafka", "KafkaBridge", "KafkaConnect", "KafkaConnector", "KafkaMirrorMaker", "KafkaMirrorMaker2"),
        *("KafkaNodePool", "KafkaRebalance", "KafkaTopic", "KafkaUser"),
    )
)
"""What Strimzi served before 1.0 (its CHANGELOG)."""


@rule(
    "k8s-31",
    on=(*_OLD_KAFKA, *kinds.KAFKA),
    severity=Severity.HIGH,
    why="Strimzi serves kafka.strimzi.io/v1 alone since 1.0: an object of an older version is refused, or worse, no longer reconciled.",
    fix="Set api_version to kafka.strimzi.io/v1 and its field names (Strimzi, converting custom resources to the v1 API).",
    controls=(),
    bad=({}, Example.of_inputs("kubernetes:kafka.strimzi.io/v1beta2:KafkaTopic", {"spec": {"partitions": 3}})),
    good=(Example.of_inputs(kinds.KAFKA[0], {"spec": {"kafka": {"version": "4.3.0"}}}),),
)
def kafka_speaks_a_served_version(kafka: Subject) -> Iterator[str]:
    if kafka.resource.type in _OLD_KAFKA:
        yield f"{kafka.resource.type.split(':')[1]} is served no longer"


@rule(
    "k8s-32",
    on=kinds.POSTGRESQL_SCHEDULED_BACKUP,
    severity=Severity.HIGH,
    why="CloudNativePG takes five fields for six, and its own object-store backups go in favour of the plugin: the backup never runs.",
    fix="Set spec.method: plugin with spec.pluginConfiguration.name, and a schedule of six fields, seconds first.",
    controls=(),
    bad=(
        {"spec": {"schedule": "0 0 3 * * *"}},
        {"spec": {"schedule": "0 0 3 * * *", "method": "barmanObjectStore"}},
        {"spec": {"schedule": "0 3 * * *", "method": "plugin"}},
    ),
    good=({"spec": {"schedule": "0 0 3 * * *", "method": "plugin"}}, {"spec": {"schedule": "@daily", "method": "plugin"}}),
)
def postgresql_backup_goes_by_the_plugin(backup: Subject) -> Iterator[str]:
    spec = backup.properties.section("spec")
    if (method := spec.text("method", "barmanObjectStore")) != "plugin":
        yield f"the method is {method}"
    schedule = spec.text("schedule")
    if not schedule.startswith("@") and len(schedule.split()) != 6:
        yield f"the schedule has {len(schedule.split())} fields, not six"
