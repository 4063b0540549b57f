"""The constants are the SDK's own tokens, and what examples say of a resource are inputs that the SDK knows."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest

from policies.core import tokens
from policies.core.registry import rules

TOKENS = sorted({value for value in vars(tokens).values() if isinstance(value, str) and value.startswith("aws:")})
DRAFTS = [
    pytest.param(draft.type, draft.inputs, id=f"{rule.id}-{kind}-{n}-{name}")
    for rule in rules()
    for kind, examples in (("bad", rule.bad), ("good", rule.good))
    for n, example in enumerate(examples)
    for name, draft in example.drafts.items()
    if draft.type.startswith("aws:")
]


def resource_class(token: str) -> type[pulumi.Resource]:
    _, path, name = token.split(":")
    return getattr(importlib.import_module(f"pulumi_aws.{path.split('/')[0]}"), name)


@pytest.mark.parametrize("token", TOKENS)
def test_token_is_the_class_token(token: str) -> None:
    assert vars(resource_class(token))["pulumi_type"] == token


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
