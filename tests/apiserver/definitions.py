"""CustomResourceDefinitions from ../shared/crds, put on the server where manifests need them."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.apiserver.client import Client, Manifest
from tests.shared import shared

DEFINITION = "CustomResourceDefinition"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SECONDS_TO_BE_SERVED = 30


def install_definitions(client: Client, manifests: Iterable[Manifest]) -> list[str]:
    """Install what `manifests` need, do not bring themselves and the server does not serve; names of what was installed.

    A kind that ../shared/crds does not know is left out: applying it says so.
    """
    every = tuple(manifests)
    brought = {(each["spec"]["group"], each["spec"]["names"]["kind"]) for each in every if each["kind"] == DEFINITION}
    wanted = {(str(each["apiVersion"]).split("/")[0], str(each["kind"])) for each in every if client.kind(each) is None} - brought
    found = _definitions(wanted)
    for definition in found:
        answer = client.ask("POST", DEFINITIONS, definition)
        assert not answer.refused, answer.message
    for definition in found:
        wait_until_served(client, definition)
    return [str(definition["metadata"]["name"]) for definition in found]


def wait_until_served(client: Client, definition: Manifest) -> None:
    """Wait until the server takes objects of the kind."""
    names, spec = definition["spec"]["names"], definition["spec"]
    version = next(row["name"] for row in spec["versions"] if row["served"])
    deadline = time.monotonic() + SECONDS_TO_BE_SERVED
    while client.kind({"apiVersion": f"{spec['group']}/{version}", "kind": names["kind"]}) is None:
        if time.monotonic() > deadline:
            now = client.ask("GET", f"{DEFINITIONS}/{definition['metadata']['name']}")
            raise TimeoutError(f"{definition['metadata']['name']} is not served: {now.body.get('status', now.message)}")
        time.sleep(0.05)


def _definitions(wanted: set[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        document
        for path in sorted(shared("crds").rglob("*.yaml"))
        if _may_define(path, wanted)
        for document in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)
        if document and (document["spec"]["group"], document["spec"]["names"]["kind"]) in wanted
    ]


def _may_define(path: Path, wanted: set[tuple[str, str]]) -> bool:
    """By its text: to read all 34 MB as YAML would take longer than everything else."""
    text = path.read_text()
    return any(f"group: {group}" in text and f"kind: {kind}" in text for group, kind in wanted)
