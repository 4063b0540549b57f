"""Pods and volume claims that objects describe, for operators and controllers to make.

Without those the server never sees them, and many definitions let any field of them through (`x-kubernetes-preserve-unknown-fields`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.apiserver.client import Manifest

CLAIMS = "volumeClaimTemplates"


def described(manifest: Manifest) -> Iterator[Manifest]:
    """Every Pod and PersistentVolumeClaim that could be made as `manifest` describes it, in its namespace."""
    if manifest["kind"] == "Pod" or "namespace" not in manifest["metadata"]:
        return
    namespace = manifest["metadata"]["namespace"]
    claims = [claim for holder in _mappings(manifest) for claim in holder.get(CLAIMS, ()) if "spec" in claim]
    for claim in claims:
        yield _made("v1", "PersistentVolumeClaim", namespace, claim["spec"], claim.get("metadata", {}))
    volumes = [{"name": claim.get("name") or claim["metadata"]["name"], "emptyDir": {}} for claim in claims]
    for template in _mappings(manifest):
        spec = template.get("spec")
        if isinstance(spec, Mapping) and isinstance(spec.get("containers"), list):
            mounted = {**spec, "volumes": [*spec.get("volumes", ()), *volumes]}
            yield _made("v1", "Pod", namespace, mounted, template.get("metadata", {}))


def _made(version: str, kind: str, namespace: str, spec: Manifest, metadata: Mapping[str, Any]) -> Manifest:
    kept = {key: metadata[key] for key in ("labels", "annotations") if key in metadata}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "described", "namespace": namespace, **kept}, "spec": spec}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
