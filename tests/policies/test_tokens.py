"""The constants are the SDK's own tokens, and what examples say of a resource are inputs that the SDK knows."""

import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest
import yaml

from policies.core import kinds, tokens
from policies.core.facts import workloads
from policies.core.registry import rules
from tests.shared import shared

TOKENS = sorted({value for value in vars(tokens).values() if isinstance(value, str) and value.startswith("aws:")})
DRAFTS = [
    pytest.param(draft.type, draft.inputs, id=f"{rule.id}-{kind}-{n}-{name}")
    for rule in rules()
    for kind, examples in (("bad", rule.bad), ("good", rule.good))
    for n, example in enumerate(examples)
    for name, draft in example.drafts.items()
    if draft.type.startswith("aws:") or draft.type.removesuffix("Patch") in {token for tokens in kinds.BUILT_IN for token in tokens}
]


def resource_class(token: str) -> type[pulumi.Resource]:
    """`aws:eks/cluster:Cluster` -> pulumi_aws.eks.Cluster, `kubernetes:storage.k8s.io/v1:StorageClass` -> pulumi_kubernetes.storage.v1."""
    package, path, name = token.split(":")
    group, _, version = path.partition("/")
    module = f"pulumi_aws.{group}" if package == "aws" else f"pulumi_kubernetes.{group.split('.')[0]}.{version}"
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("token", TOKENS)
def test_token_is_the_class_token(token: str) -> None:
    assert vars(resource_class(token))["pulumi_type"] == token


@cache
def sdk_tokens() -> frozenset[str]:
    """All that the installed Kubernetes SDK has, read from its sources: importing them all takes minutes."""
    root = Path(pulumi_kubernetes.__file__).parent
    found = (re.search(r'@pulumi\.type_token\("(kubernetes:[^"]+)"\)', path.read_text()) for path in root.rglob("*.py"))
    return frozenset(match[1] for match in found if match)


@pytest.mark.parametrize("tokens", kinds.BUILT_IN, ids=lambda tokens: tokens[0].rsplit(":", 1)[1])
def test_a_kind_has_every_version_that_the_sdk_has(tokens: kinds.Tokens) -> None:
    (kind,) = {token.rsplit(":", 1)[1] for token in tokens}
    assert set(kinds.with_patches(tokens)) == {token for token in sdk_tokens() if token.rsplit(":", 1)[1] in {kind, f"{kind}Patch"}}


def test_helm_releases_are_the_sdks() -> None:
    assert set(kinds.HELM_RELEASE) <= sdk_tokens()


@cache
def definitions() -> Mapping[str, Any]:
    """Token -> schema of every custom kind whose CRD lies in ../shared."""
    found: dict[str, Any] = {}
    wanted = {(token.split(":")[1].split("/")[0], token.rsplit(":", 1)[1]) for tokens in kinds.CUSTOM for token in tokens}
    for path in sorted(shared("crds").rglob("*.yaml")):
        for text in path.read_text().split("\n---\n"):
            if not any(f"\n  group: {group}\n" in text and f"\n    kind: {kind}\n" in text for group, kind in wanted):
                continue
            spec = yaml.load(text.removesuffix("---\n"), yaml.CSafeLoader)["spec"]
            for version in spec["versions"]:
                found[f"kubernetes:{spec['group']}/{version['name']}:{spec['names']['kind']}"] = version["schema"]["openAPIV3Schema"]
    return found


@pytest.mark.parametrize("token", sorted(token for tokens in kinds.CUSTOM for token in tokens))
def test_a_custom_kind_is_as_its_definition_says(token: str) -> None:
    assert token in definitions()


@pytest.mark.parametrize(
    ("token", "path"),
    [
        (token, path)
        for table in (workloads.TEMPLATES, workloads.BARE_SPECS, workloads.IMAGES)
        for tokens, paths in table.items()
        for token in tokens
        if tokens in kinds.CUSTOM
        for path in paths
    ],
    ids=str,
)
def test_a_path_to_pods_exists(token: str, path: tuple[str, ...]) -> None:
    schema = definitions()[token]
    for key in path:
        schema = schema.get("items", schema)
        assert key in schema["properties"], f"{token}: {'.'.join(path)}"
        schema = schema["properties"][key]


CUSTOM_DRAFTS = [
    pytest.param(draft.type, draft.inputs, id=f"{rule.id}-{kind}-{n}-{name}")
    for rule in rules()
    for kind, examples in (("bad", rule.bad), ("good", rule.good))
    for n, example in enumerate(examples)
    for name, draft in example.drafts.items()
    if draft.type in {token for tokens in kinds.CUSTOM for token in tokens}
]


@pytest.mark.parametrize(("token", "inputs"), CUSTOM_DRAFTS)
def test_example_fields_exist_in_the_definition(token: str, inputs: Mapping[str, Any]) -> None:
    own = {key: part for key, part in inputs.items() if key != "metadata"}  # which CRDs leave to the API server
    assert list(unknown_fields(own, definitions()[token])) == []


def unknown_fields(value: Any, schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Paths of a value that a CRD's schema does not know; below free-form objects everything goes."""
    if isinstance(value, list):
        for part in value:
            yield from unknown_fields(part, schema.get("items", {}), path)
    elif isinstance(value, Mapping) and schema.get("properties") and not schema.get("x-kubernetes-preserve-unknown-fields"):
        for key, part in value.items():
            if key in schema["properties"]:
                yield from unknown_fields(part, schema["properties"][key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"


def wire_names(arguments: type) -> Mapping[str, tuple[str, Any]]:
    """Wire name -> Python name and type of an input class, from its annotated properties."""
    found: dict[str, tuple[str, Any]] = {}
    for name, member in vars(arguments).items():
        if isinstance(member, property) and member.fget is not None:
            wire = getattr(member.fget, "_pulumi_name", name)
            found[wire] = (name, member.fget.__annotations__.get("return"))
    return found


def input_classes(annotation: Any, module: Any) -> Iterator[type]:
    """Input classes anywhere in a (possibly unevaluated) annotation."""
    text = str(annotation)
    for name in dir(module):
        if name.endswith("Args") and (f"'{name}'" in text or f".{name}" in text or text.endswith(name)):
            yield getattr(module, name)


def unknown_keys(value: Any, arguments: type, module: Any, path: str = "") -> Iterator[str]:
    names = wire_names(arguments)
    for key, part in value.items():
        if key not in names:
            yield f"{path}{key}"
            continue
        nested = list(input_classes(names[key][1], module))
        for item in part if isinstance(part, list) else [part]:
            if isinstance(item, Mapping) and len(nested) == 1:
                yield from unknown_keys(item, nested[0], module, f"{path}{key}.")


@pytest.mark.parametrize(("token", "inputs"), DRAFTS)
def test_example_inputs_exist(token: str, inputs: Mapping[str, Any]) -> None:
    resource = resource_class(token)
    module, package = importlib.import_module(resource.__module__), importlib.import_module(resource.__module__.rsplit(".", 1)[0])
    arguments = getattr(module, f"{resource.__name__}InitArgs", None) or getattr(module, f"{resource.__name__}Args")
    assert list(unknown_keys(inputs, arguments, package)) == []


def test_the_check_of_inputs_sees_a_wrong_name() -> None:
    import pulumi_aws as aws

    wrong = {"vpcConfig": {"endpointPublic": True}, "versions": "1.35"}
    assert list(unknown_keys(wrong, aws.eks.ClusterArgs, aws.eks)) == ["vpcConfig.endpointPublic", "versions"]
