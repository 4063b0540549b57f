"""Labelled Kubernetes manifests: Checkov, Kyverno, Polaris, kube-linter, Gatekeeper."""

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import join, normpath
from typing import Any

import yaml

from policies.core.resource import Stack
from tests.oracle.corpora.case import Case, Fixture
from tests.oracle.corpora.clones import Clone
from tests.oracle.corpora.manifests import label, resources
from tests.oracle.corpora.terraform_corpora import CHECKOV, by_directory

KYVERNO = "kyverno/policies"
POLARIS = "FairwindsOps/polaris"
KUBE_LINTER = "stackrox/kube-linter"
GATEKEEPER = "open-policy-agent/gatekeeper-library"
CHECKOV_TESTS = "tests/kubernetes/checks"
CHECKOV_CHECKS = "checkov/kubernetes/checks/resource/k8s"


def fixture(corpus: str, directory: str, name: str, *texts: str) -> Fixture:
    """Manifests that are judged together."""
    found = [resource for text in texts for resource in resources(text)]
    return Fixture(corpus, directory, name, "kubernetes", {f"{number}.yaml": text for number, text in enumerate(texts)}, Stack(found))


def whole(found: Fixture, check: str, *, bad: bool) -> Case:
    """A label of all that a file holds."""
    return Case(found, check, "*", bad, frozenset(resource.urn for resource in found.stack.resources))


def checkov() -> Iterator[Case]:
    """The names of the files say what is in them: one that fails makes the file bad."""
    clone = Clone.of(CHECKOV)
    texts = clone.texts(CHECKOV_TESTS, CHECKOV_CHECKS)
    for directory, files in by_directory(texts, ".yaml").items():
        check = re.search(r'"(CKV_K8S_\d+)"', texts.get(f"{CHECKOV_CHECKS}/{directory.rpartition('example_')[2]}.py", ""))
        for name, text in files.items() if check and clone.ours(directory) else ():
            says = name.lower()
            if check and ("pass" in says or "fail" in says):
                yield whole(fixture("checkov-kubernetes", directory, name, text), check[1], bad="fail" in says)


def polaris() -> Iterator[Case]:
    """`success.*` and `failure.*` in a directory of the check's name."""
    clone = Clone.of(POLARIS)
    for directory, files in by_directory(clone.texts("test/checks"), ".yaml").items():
        for name, text in files.items() if clone.ours(directory) else ():
            if name.startswith(("success", "failure")):
                yield whole(fixture("polaris", directory, name, text), directory.rsplit("/", 1)[1], bad=name.startswith("failure"))


def gatekeeper() -> Iterator[Case]:
    """`*allowed*.yaml` and `*disallowed*.yaml` beside a constraint."""
    clone = Clone.of(GATEKEEPER)
    for directory, files in by_directory(clone.texts("library"), ".yaml").items():
        check = directory.partition("/samples/")[0].removeprefix("library/")
        for name, text in files.items() if "/samples/" in directory and clone.ours(directory) else ():
            if "allowed" in name:
                yield whole(fixture("gatekeeper", directory, name, text), check, bad="disallowed" in name)


def kube_linter() -> Iterator[Case]:
    """One file per check; what must not be found is called `dont-fire…`. Files without such a name, and other kinds, are no labels."""
    clone = Clone.of(KUBE_LINTER)
    directory = "tests/checks"
    for name, text in sorted(clone.texts(directory).items()) if clone.ours(directory) else ():
        found = fixture("kube-linter", directory, name.rsplit("/", 1)[1], text)
        spared = {resource for resource in found.stack.resources if "dont-fire" in resource.name}
        for resource in found.stack.resources if spared else ():
            if any(resource.type == each.type for each in spared):
                check = found.name.rsplit(".", 1)[0]
                yield Case(found, check, label(resource), resource not in spared, frozenset({resource.urn}))


def kyverno() -> Iterator[Case]:
    """Rows of `kyverno-test.yaml`: what a rule of a policy says of resources by name."""
    clone = Clone.of(KYVERNO)
    texts = clone.texts(".")
    for path in sorted(path for path in texts if path.endswith("/kyverno-test.yaml")):
        directory = path.rpartition("/")[0]
        if clone.ours(directory):
            yield from _kyverno(directory, yaml.load(texts[path], yaml.CSafeLoader), texts)


def _kyverno(directory: str, test: Mapping[str, Any], texts: Mapping[str, str]) -> Iterator[Case]:
    given = (texts.get(normpath(join(directory, each))) for each in test.get("resources", ()))
    found = fixture("kyverno", directory, "", *(text for text in given if text))
    seen: set[tuple[str, str]] = set()
    for row in test.get("results", ()):
        named = (row["kind"], [str(each).rsplit("/", 1)[-1] for each in row.get("resources") or [row.get("resource")]])
        rows = [each for each in _of(found, *named) if row["result"] in ("pass", "fail")]
        check = directory.split("/.kyverno-test", maxsplit=1)[0]
        for resource in rows:
            if (row.get("rule", ""), resource.urn) not in seen:
                seen.add((row.get("rule", ""), resource.urn))
                unit = f"{label(resource)} {row.get('rule', '')}".strip()
                yield Case(found, check, unit, row["result"] == "fail", frozenset({resource.urn}))


def _of(found: Fixture, kind: str, names: Iterable[str]) -> Iterator[Any]:
    wanted = {f"{kind}/{name}" for name in names}
    return (resource for resource in found.stack.resources if label(resource) in wanted)
