"""Facts from outside that lie beside the repository, where a clone has them; tests that need them are skipped elsewhere, and say so."""

import copy
import os
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

SHARED = Path(os.environ.get("MERIDIAN_SHARED") or Path(__file__).resolve().parents[2] / "shared")
"""Beside the repository, or where MERIDIAN_SHARED says."""


def shared(folder: str) -> Path:
    """`../shared/<folder>`; skips the test where it is absent."""
    found = SHARED / folder
    if not found.is_dir():
        pytest.skip(f"{SHARED.name}/{folder} is not there: put it beside the repository, or name its folder in MERIDIAN_SHARED")
    return found


def unknown_values(chart: str, values: Mapping[str, Any], free: Collection[str] = ()) -> list[str]:
    """Paths of `values` that the chart's own values.yaml does not know.

    Below an empty map, a list and the paths in `free` (maps that Kubernetes reads, such as node selectors) everything goes.
    """
    known = yaml.safe_load((shared(f"charts/{chart}") / "values.yaml").read_text())
    known = known.get("_internal_defaults_do_not_set", known)  # Istio's charts keep their defaults there (their values.yaml)
    return list(_unknown(values, known, "", free))


def _unknown(values: Mapping[str, Any], known: Any, path: str, free: Collection[str]) -> Iterator[str]:
    for key, value in values.items():
        here = f"{path}.{key}".lstrip(".")
        if key not in known:
            yield here
        elif here not in free and isinstance(value, Mapping) and isinstance(known[key], Mapping) and known[key]:
            yield from _unknown(value, known[key], here, free)


def crd_faults(path: str, manifest: Mapping[str, Any]) -> list[str]:
    """What a strictly validating API server would say of the manifest, after the CRD at `../shared/crds/<path>`; CEL rules are not run."""
    group, version = str(manifest["apiVersion"]).split("/")
    definition = _definition(path, group, str(manifest["kind"]))
    (schema,) = [row["schema"]["openAPIV3Schema"] for row in definition["versions"] if row["name"] == version]
    known = {**_OF_EVERY_OBJECT, **schema["properties"]}
    found = Draft202012Validator(_strict(copy.deepcopy({**schema, "properties": known}))).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]


_OF_EVERY_OBJECT: Mapping[str, Any] = {"apiVersion": {}, "kind": {}, "metadata": {}}
"""What a CRD need not list (Istio's do not)."""


@cache
def _definition(path: str, group: str, kind: str) -> Mapping[str, Any]:
    """`spec` of the CRD; a file may hold several."""
    folder, file = path.rsplit("/", 1)
    every = yaml.load_all((shared(f"crds/{folder}") / file).read_text(), Loader=yaml.CSafeLoader)
    (found,) = [each["spec"] for each in every if each and (each["spec"]["group"], each["spec"]["names"]["kind"]) == (group, kind)]
    return found


def _strict(schema: Any) -> Any:
    """The schema with fields it does not list refused, as `fieldValidation: Strict` does."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and "additionalProperties" not in schema:
        closed["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    return closed
