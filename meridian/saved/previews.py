"""Reads saved previews: ours (docs/preview.schema.json) and those of `pulumi preview --json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from meridian.plan import SourceLine
from meridian.report.document import VERSION
from meridian.saved.estate import Estate, Unreadable, mapping, read_json, refuse_strays, without
from meridian.saved.state import names, resource_of
from policies.core.resource import Resource

WRITER = "meridian preview --json"
LEAVING = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "read", "read-replacement", "read-discard", "remove-pending-replace"}
)
"""Steps after which there is no resource of the program's own (sdk/go/common/display, `OpType`)."""


def read_preview(file: Path) -> Estate:
    """Everything that a saved preview would make.

    Raises:
        Unreadable: no whole preview of either kind, or of another version.
    """
    document = mapping(read_json(file, WRITER))
    if isinstance(document.get("steps"), list):
        return _of_pulumi(file, cast("list[Any]", document["steps"]))
    if "version" not in document or not isinstance(document.get("resources"), list):
        raise Unreadable(f"{file}: neither a document of `{WRITER}` nor of `pulumi preview --json`; a state goes with --state")
    if document["version"] != VERSION:
        raise Unreadable(f"{file}: version {document['version']}; version {VERSION} is read, write it anew with `{WRITER}`")
    try:
        return _ours(file, document)
    except (KeyError, TypeError) as fault:
        raise Unreadable(f"{file}: a part is missing: {fault}; nothing was judged, write it anew with `{WRITER}`") from None


def _ours(file: Path, document: Mapping[str, Any]) -> Estate:
    entries = [mapping(entry) for entry in document["resources"]]
    looked_up = frozenset(entry["urn"] for entry in entries if entry["read"])
    resources = [without(_planned(entry), looked_up) for entry in entries if not entry["read"]]
    refuse_strays(file, resources, f"write it anew with `{WRITER}`")
    return Estate(
        name=f"{document['project']}/{document['stack']}",
        resources=tuple(resources),
        sources={entry["urn"]: SourceLine(**entry["source"]) for entry in entries if entry["source"]},
    )


def _planned(entry: Mapping[str, Any]) -> Resource:
    return Resource(
        urn=entry["urn"],
        type=entry["type"],
        name=entry["name"],
        inputs=entry["inputs"],
        parent=entry["parent"],
        provider=entry["provider"],
        dependencies=tuple(entry["dependencies"]),
        property_dependencies={key: tuple(urns) for key, urns in entry["propertyDependencies"].items()},
        protect=entry["options"]["protect"],
        ignore_changes=tuple(entry["options"]["ignoreChanges"]),
        delete_before_replace=bool(entry["options"]["deleteBeforeReplace"]),
    )


def _of_pulumi(file: Path, steps: list[Any]) -> Estate:
    states: dict[str, Mapping[str, Any]] = {}
    for at, step in enumerate(steps):
        if mapping(step).get("op") in LEAVING:
            continue
        new = mapping(mapping(step).get("newState"))
        if not {"urn", "type"} <= set(new):
            raise Unreadable(f"{file}: steps[{at}] has no newState; nothing was judged, write it anew with `pulumi preview --json`")
        states[str(new["urn"])] = new  # a replacement has several steps; the last holds what will be
    if not states:
        raise Unreadable(f"{file}: nothing is made; a stack as it stands is judged with --state")
    resources = [resource_of(state) for state in states.values()]
    refuse_strays(file, resources, "write it anew with `pulumi preview --json --show-sames`: what does not change counts too")
    return Estate(name=names(resources), resources=tuple(resources))
