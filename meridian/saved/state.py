"""Reads what `pulumi stack export` wrote, of any project in any language; several stacks may lie in one file.

Format: sdk/go/common/apitype (UntypedDeployment, DeploymentV3, ResourceV3) of pulumi/pulumi, read on 2026-11-20.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from meridian.engine.wire import SECRET, SIGNATURE_KEY
from meridian.saved.estate import Estate, Unreadable, mapping, read_json, refuse_strays, without
from policies.core.resource import Resource

VERSION = 3
"""Of deployments, written by every CLI since 1.0; 4 only adds features that must be understood."""
WRITER = "pulumi stack export"
REMEDY = f"write it anew with `{WRITER}`"
DEFAULTS = "__defaults"
"""Key under which the bridge notes which inputs it filled in by itself."""
SECRET_VALUE = "[secret]"
WORDS = frozenset({"tags", "tagsAll", "name", "description"})
"""Properties whose texts name nothing but the resource itself."""
LONG_ENOUGH = 8
"""Characters that an id needs to be told from ordinary words: a stack's own vocabulary must not join resources."""


def read_state(file: Path) -> Estate:
    """Everything in a state.

    Raises:
        Unreadable: no whole state of this version.
    """
    document = read_json(file, WRITER)
    exports = cast("list[Any]", document) if isinstance(document, list) else [document]
    entries = [entry for export in exports for entry in _entries(file, export)]
    live = [entry for entry in entries if not entry.get("delete") and not entry.get("external")]
    gone = {str(entry["urn"]) for entry in entries} - {str(entry["urn"]) for entry in live}
    resources = [without(resource_of(entry), gone) for entry in live]
    if not resources:
        raise Unreadable(f"{file}: no resources; export a stack that was deployed")
    refuse_strays(file, resources, REMEDY)
    return Estate(name=names(resources), resources=tuple(_joined(resources, live)))


def _entries(file: Path, export: Any) -> Iterator[Mapping[str, Any]]:
    version = mapping(export).get("version")
    if version != VERSION:
        found = f"version {version}" if version is not None else "no version"
        raise Unreadable(f"{file}: {found}; a state of version {VERSION} is read, {REMEDY}")
    resources = mapping(mapping(export).get("deployment")).get("resources")
    if not isinstance(resources, list):
        raise Unreadable(f"{file}: no deployment.resources; {REMEDY}")
    for at, entry in enumerate(cast("list[Any]", resources)):
        missing = [key for key in ("urn", "type") if not isinstance(mapping(entry).get(key), str)]
        if missing:
            raise Unreadable(f"{file}: deployment.resources[{at}] has no {' and no '.join(missing)}; nothing was judged, {REMEDY}")
        yield mapping(entry)


def resource_of(entry: Mapping[str, Any]) -> Resource:
    """A resource as states and previews of the CLI write it."""
    urn = str(entry["urn"])
    by_property = mapping(entry.get("propertyDependencies"))
    return Resource(
        urn=urn,
        type=str(entry["type"]),
        name=urn.rsplit("::", 1)[-1],
        inputs=mapping(_plain(mapping(entry.get("inputs")))),
        parent=str(entry.get("parent") or ""),
        provider=str(entry.get("provider") or "").rpartition("::")[0],
        dependencies=tuple(entry.get("dependencies") or ()),
        property_dependencies={key: tuple(urns or ()) for key, urns in by_property.items() if urns},
        protect=entry.get("protect") is True,
        ignore_changes=tuple(entry.get("ignoreChanges") or ()),
    )


def _plain(value: Any) -> Any:
    """Properties without the engine's marks. A secret's value is read where it stands in clear, as with `--show-secrets`."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if fields.get(SIGNATURE_KEY) == SECRET:
            return _plain(json.loads(fields["plaintext"])) if "plaintext" in fields else SECRET_VALUE
        return {key: _plain(below) for key, below in fields.items() if key not in {DEFAULTS, SIGNATURE_KEY}}
    return [_plain(below) for below in cast("list[Any]", value)] if isinstance(value, list) else value


def names(resources: Iterable[Resource]) -> str:
    """`project/stack` of all stacks in the file: a URN is `urn:pulumi:<stack>::<project>::...`."""
    parts = (resource.urn.removeprefix("urn:pulumi:").split("::") for resource in resources)
    return ", ".join(sorted({f"{part[1]}/{part[0]}" for part in parts if len(part) > 2}))


def _joined(resources: Iterable[Resource], entries: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    """Resources with the neighbours that only a physical name tells: programs write `bucket: "logs"`, and stacks know each other by ARN."""
    owners = {identity: str(entry["urn"]) for entry in entries for identity in _identities(entry)}
    for resource in resources:
        found = {
            key: tuple(dict.fromkeys(owners[text] for text in _texts(value) if owners.get(text, resource.urn) != resource.urn))
            for key, value in resource.inputs.items()
            if key not in resource.property_dependencies and key not in WORDS
        }
        yield replace(
            resource, property_dependencies={**resource.property_dependencies, **{key: urns for key, urns in found.items() if urns}}
        )


def _identities(entry: Mapping[str, Any]) -> Iterator[str]:
    """The texts that stand for a resource and nothing else. A companion has its owner's id, so only `aws:s3/bucket` stands for a bucket."""
    arn = mapping(entry.get("outputs")).get("arn")
    if isinstance(arn, str) and arn.startswith("arn:"):
        yield arn
    id = entry.get("id")
    if isinstance(id, str) and len(id) >= LONG_ENOUGH and ("-" in id or ":" in id) and "/bucket" not in str(entry["type"]):
        yield id
    if str(entry["type"]).startswith(("aws:s3/bucket:", "aws:s3/bucketV2:")) and isinstance(id, str):
        yield id


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for below in cast("list[Any]", value):
            yield from _texts(below)
    elif isinstance(value, dict):
        for below in cast("dict[str, Any]", value).values():
            yield from _texts(below)
