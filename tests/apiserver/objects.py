"""What of a Plan lives in Kubernetes, as the manifests that a server gets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meridian.plan import Plan, Planned
from tests.apiserver.client import Manifest

PREFIX = "kubernetes:"
RELEASES = ("kubernetes:helm.sh/v3:Release",)
"""Tokens of what is no object: a chart is rendered by Helm, on the machine that runs `pulumi up`."""
AUTOMATIC_SUFFIX = "-1a2b3c4d"
"""In the place of Pulumi's own eight digits, for an object whose name the program leaves to it."""


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """A resource of a Plan and its manifest."""

    resource: str
    """Logical name."""
    manifest: Manifest

    def __str__(self) -> str:
        """Kind, namespace and name."""
        metadata = self.manifest["metadata"]
        return f"{self.manifest['kind']} {metadata.get('namespace', '')}/{metadata['name']} (resource '{self.resource}')".replace(" /", " ")


def kubernetes_objects(plan: Plan) -> tuple[KubernetesObject, ...]:
    """Every object, in the order of the Plan.

    Raises:
        ValueError: a resource of Kubernetes is neither an object nor a release, so that nobody would judge it.
    """
    return tuple(
        _object(resource)
        for resource in plan.resources
        if resource.type.startswith(PREFIX) and resource.type not in RELEASES and not resource.read
    )


def _object(resource: Planned) -> KubernetesObject:
    missing = {"apiVersion", "kind"} - set(resource.inputs)
    if missing:
        raise ValueError(
            f"{resource.urn}: has no {' and no '.join(sorted(missing))}: tests/apiserver cannot tell what the server would get"
        )
    metadata = resource.inputs.get("metadata", {})
    named = {"name": resource.name + AUTOMATIC_SUFFIX, **metadata}
    return KubernetesObject(resource=resource.name, manifest={**resource.inputs, "metadata": named})


def undeclared_namespaces(objects: Iterable[KubernetesObject]) -> Iterator[str]:
    """Namespaces that objects name and none of them is: Kubernetes' own, and those that charts make."""
    found = tuple(objects)
    declared = {each.manifest["metadata"]["name"] for each in found if each.manifest["kind"] == "Namespace"}
    named = {each.manifest["metadata"]["namespace"] for each in found if "namespace" in each.manifest["metadata"]}
    yield from sorted(named - declared)
