"""Labelled fixtures in Terraform's language: Checkov's two kinds and Trivy's examples."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from policies.core.resource import Stack
from tests.oracle.corpora.case import Case, Fixture
from tests.oracle.corpora.clones import Clone
from tests.oracle.corpora.hcl import Unparsable, blocks
from tests.oracle.corpora.wire import resources, urn

CHECKOV = "bridgecrewio/checkov"
TRIVY = "aquasecurity/trivy-checks"
RESOURCE_TESTS = "tests/terraform/checks/resource/aws"
RESOURCE_CHECKS = "checkov/terraform/checks/resource/aws"
GRAPH_TESTS = "tests/terraform/graph/checks/resources"
GRAPH_CHECKS = "checkov/terraform/checks/graph_checks/aws"
TRIVY_CHECKS = "checks/cloud/aws"

_ID = re.compile(r"""["'](CKV2?_AWS_\d+)["']""")
_LABELS = {"pass": False, "fail": True}


def fixture(corpus: str, directory: str, name: str, files: Mapping[str, str]) -> tuple[Fixture, Mapping[str, str]] | None:
    """The fixture and URNs by address; None where the parser refuses a file."""
    try:
        found = blocks(text for path, text in files.items() if path.endswith(".tf"))
    except Unparsable:
        return None
    made = Fixture(corpus, directory, name, "terraform", files, Stack(resources(found)))
    return made, {block.address: urn(block) for block in found}


def labelled(made: tuple[Fixture, Mapping[str, str]], check: str, addresses: Iterable[str], *, bad: bool) -> Iterator[Case]:
    """One case per address; what `count` or modules make of a resource is judged as the one it is written as."""
    found, urns = made
    for address in sorted({re.sub(r"\[.*?\]$", "", each) for each in addresses}):
        if address in urns:
            yield Case(found, check, address, bad, frozenset({urns[address]}))


def by_directory(texts: Mapping[str, str], ending: str) -> Mapping[str, Mapping[str, str]]:
    """Directory -> its files of this ending."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path, text in sorted(texts.items()):
        directory, _, name = path.rpartition("/")
        if name.endswith(ending):
            found[directory][name] = text
    return found


def checkov_resources() -> Iterator[Case]:
    """Sets `passing_resources` and `failing_resources` of the tests beside the directories."""
    clone = Clone.of(CHECKOV)
    texts = clone.texts(RESOURCE_TESTS, RESOURCE_CHECKS)
    ids = {path.rsplit("/", 1)[1][:-3]: found[1] for path, text in texts.items() if path.endswith(".py") and (found := _ID.search(text))}
    files = by_directory(texts, ".tf")
    for path, text in sorted(texts.items()):
        module = re.search(r"checks\.resource\.aws\.(\w+) import check|checks\.resource\.aws import (\w+)", text)
        example = re.search(r"example_\w+", text)
        directory = f"{RESOURCE_TESTS}/{example[0]}" if example else ""
        check = ids.get(module[1] or module[2]) if module else None
        if not (path.startswith(RESOURCE_TESTS) and path.endswith(".py") and check and directory in files and clone.ours(directory)):
            continue
        if made := fixture("checkov-terraform", directory, "", files[directory]):
            for label, addresses in _sets(text):
                yield from labelled(made, check, addresses, bad=_LABELS[label])


def _sets(text: str) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Set | ast.List):
            label = next((label for label in _LABELS if label in node.targets[0].id and "check" not in node.targets[0].id), None)
            if label:
                yield label, [str(each.value) for each in node.value.elts if isinstance(each, ast.Constant)]


def checkov_graph() -> Iterator[Case]:
    """`expected.yaml` beside the files, of the check of the directory's name."""
    clone = Clone.of(CHECKOV)
    texts = clone.texts(GRAPH_TESTS, GRAPH_CHECKS)
    for directory, files in by_directory(texts, ".tf").items():
        check = texts.get(f"{GRAPH_CHECKS}/{directory.rsplit('/', 1)[1]}.yaml", "")
        expected = texts.get(f"{directory}/expected.yaml")
        if not (expected and check and clone.ours(directory)) or (made := fixture("checkov-graph", directory, "", files)) is None:
            continue
        identity = yaml.load(check, yaml.CSafeLoader)["metadata"]["id"]
        for label, addresses in (yaml.load(expected, yaml.CSafeLoader) or {}).items():
            if label in _LABELS:
                yield from labelled(made, identity, addresses or (), bad=_LABELS[label])


def trivy() -> Iterator[Case]:
    """`good` and `bad` of each check, each an example of its own."""
    clone = Clone.of(TRIVY)
    texts = clone.texts(TRIVY_CHECKS)
    for directory, files in by_directory(texts, ".yaml").items():
        for name, text in files.items() if clone.ours(directory) else ():
            rego = texts.get(f"{directory}/{name.removesuffix('.yaml')}.rego", "")
            check = re.search(r"^#\s+id: (\S+)$", rego, re.MULTILINE)
            examples: dict[str, Any] = (yaml.load(text, yaml.CSafeLoader) or {}).get("terraform") or {}
            for label, bad in (("good", False), ("bad", True)):
                for number, example in enumerate(examples.get(label, ()) if check else ()):
                    if made := fixture("trivy", directory, f"{name.removesuffix('.yaml')}.{label}[{number}]", {"main.tf": example}):
                        yield Case(made[0], check[1] if check else "", "*", bad, frozenset(made[1].values()))
