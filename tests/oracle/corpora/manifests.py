"""Kubernetes manifests as resources: they need no conversion."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml

from policies.core.resource import Resource


def resources(text: str) -> tuple[Resource, ...]:
    """Objects of a file, those in a `List` one by one. A file that is no YAML has none."""
    try:
        documents = list(yaml.load_all(text, yaml.CSafeLoader))
    except yaml.YAMLError:
        return ()
    return tuple(_resource(each, number) for number, each in enumerate(each for document in documents for each in _objects(document)))


def label(resource: Resource) -> str:
    """`Kind/name`."""
    return f"{resource.type.rsplit(':', 1)[1]}/{resource.name}"


def _objects(document: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, Mapping):
        given = cast("Mapping[str, Any]", document)
        if str(given.get("kind", "")).endswith("List") and isinstance(given.get("items"), list):
            for item in given["items"]:
                yield from _objects(item)
        elif given.get("kind") and given.get("apiVersion"):
            yield given


def _resource(manifest: Mapping[str, Any], number: int) -> Resource:
    version, kind = str(manifest["apiVersion"]), manifest["kind"]
    type = f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}"
    name = str((manifest.get("metadata") or {}).get("name", "unnamed"))
    return Resource(urn=f"urn:pulumi:corpus::corpus::{type}::{name}-{number}", type=type, name=name, inputs=manifest)
