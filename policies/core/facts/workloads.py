"""One normal form of everything that runs pods: built-in kinds, Argo Rollouts and the custom resources that carry pod templates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.core import kinds
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, known_first

Path = tuple[str, ...]

_POD_TEMPLATE: Path = ("spec", "template")

TEMPLATES: Mapping[kinds.Tokens, tuple[Path, ...]] = {
    kinds.POD: ((),),
    kinds.POD_TEMPLATE: (("template",),),
    kinds.DEPLOYMENT: (_POD_TEMPLATE,),
    kinds.STATEFUL_SET: (_POD_TEMPLATE,),
    kinds.DAEMON_SET: (_POD_TEMPLATE,),
    kinds.REPLICA_SET: (_POD_TEMPLATE,),
    kinds.REPLICATION_CONTROLLER: (_POD_TEMPLATE,),
    kinds.JOB: (_POD_TEMPLATE,),
    kinds.CRON_JOB: (("spec", "jobTemplate", "spec", "template"),),
    kinds.ROLLOUT: (_POD_TEMPLATE,),
    kinds.SCALED_JOB: (("spec", "jobTargetRef", "template"),),
    kinds.LEADER_WORKER_SET: (("spec", "leaderWorkerTemplate", "leaderTemplate"), ("spec", "leaderWorkerTemplate", "workerTemplate")),
    kinds.RAY_CLUSTER: (("spec", "headGroupSpec", "template"), ("spec", "workerGroupSpecs", "template")),
    kinds.RAY_JOB: (
        ("spec", "rayClusterSpec", "headGroupSpec", "template"),
        ("spec", "rayClusterSpec", "workerGroupSpecs", "template"),
        ("spec", "submitterPodTemplate"),
    ),
    kinds.RAY_SERVICE: (
        ("spec", "rayClusterConfig", "headGroupSpec", "template"),
        ("spec", "rayClusterConfig", "workerGroupSpecs", "template"),
    ),
    kinds.FLINK_DEPLOYMENT: (
        ("spec", "podTemplate"),
        ("spec", "jobManager", "podTemplate"),
        ("spec", "taskManager", "podTemplate"),
    ),
    kinds.CLICKHOUSE: (("spec", "templates", "podTemplates"),),
    kinds.CLICKHOUSE_KEEPER: (("spec", "templates", "podTemplates"),),
}
"""Kind -> where its pod templates (`metadata` and `spec`) lie; a list on the way stands for each of its items."""

BARE_SPECS: Mapping[kinds.Tokens, tuple[Path, ...]] = {
    kinds.SERVING_RUNTIME: (("spec",), ("spec", "workerSpec")),
    kinds.INFERENCE_SERVICE: (
        ("spec", "predictor"),
        ("spec", "predictor", "workerSpec"),
        ("spec", "transformer"),
        ("spec", "explainer"),
    ),
}
"""Kind -> where the specs of its pods lie that come without a template around them."""

IMAGES: Mapping[kinds.Tokens, tuple[Path, ...]] = {
    kinds.FLINK_DEPLOYMENT: (("spec", "image"),),
    kinds.TIDB_BACKUP: (("spec", "toolImage"),),
    kinds.TIDB_RESTORE: (("spec", "toolImage"),),
    kinds.TIDB_BACKUP_SCHEDULE: tuple(
        ("spec", template, "toolImage") for template in ("backupTemplate", "logBackupTemplate", "compactBackupTemplate")
    ),
}
"""Kind -> where it names an image outside of any pod spec."""

TIDB_PARTS = ("pd", "tikv", "tidb", "tiflash", "ticdc", "tiproxy", "pump", "discovery", "helper")
"""Parts of a TidbCluster that name an image: whole, or as a base to which the version is put (its CRD)."""

WORKLOADS: kinds.Tokens = (
    *(token for table in (TEMPLATES, BARE_SPECS, IMAGES) for tokens in table for token in tokens),
    *(token for table in (TEMPLATES, BARE_SPECS) for tokens in table for token in kinds.lists(tokens)),
    *kinds.TIDB_CLUSTER,
)
"""Whatever runs pods, or names an image to run."""

REPLICATED = (*kinds.DEPLOYMENT, *kinds.STATEFUL_SET, *kinds.REPLICA_SET, *kinds.REPLICATION_CONTROLLER, *kinds.ROLLOUT)
"""Kinds with `spec.replicas`, which an autoscaler or a disruption budget may speak of."""

_SINGLE_PATHS = {
    **{token: tuple((*path, "spec") for path in paths) for tokens, paths in TEMPLATES.items() for token in tokens},
    **{token: paths for tokens, paths in BARE_SPECS.items() for token in tokens},
}
_LIST_PATHS = {f"{token}List": tuple(("items", *path) for path in paths) for token, paths in _SINGLE_PATHS.items()}
_SPEC_PATHS = {**_SINGLE_PATHS, **_LIST_PATHS}
_IMAGE_PATHS = {token: paths for tokens, paths in IMAGES.items() for token in tokens}
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
"""Keys of a pod spec that list containers."""


@dataclass(frozen=True)
class Image:
    """An image that would run."""

    container: str
    """Name of the container, or of the field that names the image."""
    reference: str
    """As given, e.g. `public.ecr.aws/eks/coredns@sha256:…`; empty where the container names none."""


def at(properties: Properties, path: Path) -> Iterator[Properties]:
    """The objects at a path; nothing where it ends early. A list stands for each of its items."""
    if not path:
        yield properties
    elif path[0] in properties:
        # A single object reads as a list of one.
        yield from known_first(properties.sections(path[0]), lambda item: at(item, path[1:]))


def pod_specs(resource: Resource) -> Iterator[Properties]:
    """Specs of the pods that the resource makes."""
    kind = resource.type.removesuffix("Patch")
    return known_first(_SPEC_PATHS.get(kind, ()), lambda path: at(resource.properties, path))


def images(resource: Resource) -> Iterator[Image]:
    """Images that the resource would run."""
    yield from known_first((_container_images, _named_images, _tidb_images), lambda read: read(resource))


def _container_images(resource: Resource) -> Iterator[Image]:
    return known_first(pod_specs(resource), lambda spec: known_first(CONTAINERS, lambda key: _images_of(spec, key)))


def _images_of(spec: Properties, key: str) -> Iterator[Image]:
    return known_first(spec.sections(key), lambda container: [Image(container.text("name"), container.text("image"))])


def _named_images(resource: Resource) -> Iterator[Image]:
    paths = _IMAGE_PATHS.get(resource.type.removesuffix("Patch"), ())
    return known_first(paths, lambda path: known_first(at(resource.properties, path[:-1]), lambda holder: _named(holder, path[-1])))


def _named(holder: Properties, key: str) -> Iterator[Image]:
    if key in holder:
        yield Image(key, holder.text(key))


def _tidb_images(resource: Resource) -> Iterator[Image]:
    if resource.type.removesuffix("Patch") in kinds.TIDB_CLUSTER:
        spec = resource.properties.section("spec")
        parts = (part for part in TIDB_PARTS if part in spec)
        yield from known_first(parts, lambda part: _tidb_image(part, spec.section(part), spec))


def _tidb_image(part: str, read: Properties, spec: Properties) -> Iterator[Image]:
    if "image" in read:
        yield Image(part, read.text("image"))
    elif "baseImage" in read:
        version = read.text("version") if "version" in read else spec.text("version", "latest")
        yield Image(part, f"{read.text('baseImage')}:{version}")


def name(resource: Resource) -> str:
    """`metadata.name`; empty where the provider chooses it."""
    return resource.properties.section("metadata").text("name")


def namespace(resource: Resource) -> str:
    """`metadata.namespace`, which is `default` unless told otherwise."""
    return resource.properties.section("metadata").text("namespace", "default")


def lies_in(stack: Stack, resource: Resource, home: Resource) -> bool:
    """Whether the resource lies in the namespace `home` of the stack: by what its metadata comes from, else by name."""
    return home in stack.referents(resource, "metadata", home.type) or (name(home) != "" and namespace(resource) == name(home))


def share_namespace(stack: Stack, one: Resource, other: Resource) -> bool:
    """Whether two resources lie in the same namespace: one of the stack, else one of the same name."""
    homes = stack.referents(one, "metadata", *kinds.NAMESPACE)
    return any(home in homes for home in stack.referents(other, "metadata", *kinds.NAMESPACE)) or namespace(one) == namespace(other)


def labels(resource: Resource) -> Mapping[str, str]:
    """Labels of the pods that a workload of `REPLICATED` makes."""
    return {**resource.properties.section("spec").section("template").section("metadata").section("labels")}


def replicas(resource: Resource) -> float:
    """Pods that a workload of `REPLICATED` asks for; one unless told otherwise (Kubernetes API reference)."""
    return resource.properties.section("spec").number("replicas", 1)


def selects(selector: Properties, labels: Mapping[str, str]) -> bool:
    """Whether a label selector chooses pods of these labels; an empty one chooses all (Kubernetes, labels and selectors)."""
    matching = all(labels.get(key) == selector.section("matchLabels").text(key) for key in selector.section("matchLabels"))
    return matching and all(_expression(each, labels) for each in selector.sections("matchExpressions"))


def _expression(expression: Properties, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression.text("key")), tuple(expression.texts("values"))
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[expression.text("operator")]
