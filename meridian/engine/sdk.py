"""What the provider SDKs know of their own resources: which properties exist, which are required, how deep they nest.

The only place of the engine that touches names the SDK keeps private (`pulumi._types`, pinned version); tests/meridian/engine/test_sdk.py
fails when one of them moves.
"""

import functools
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import _types  # pyright: ignore[reportPrivateUsage]  (see above)


@dataclass(frozen=True)
class Property:
    """One input property."""

    required: bool
    nested: type | None
    """Input class of the object, or of a list's or map's elements; None for plain values."""
    keyed: bool
    """Whether it is a map, whose keys are the program's own, like the headers that a ruleset rewrites."""


def resource_class(token: str) -> type | None:
    """The SDK class of a type token, when the program imported it; None for tokens without one (custom resources of Kubernetes, say)."""
    package, module, name = token.split(":", 2)
    path = re.sub(r"\.[a-z0-9.]+(?=/)", "", module)  # Kubernetes' `storage.k8s.io/v1` lives in `storage.v1`
    for candidate in (f"pulumi_{package}.{path.replace('/', '.')}", f"pulumi_{package}.{path.split('/')[0]}", f"pulumi_{package}"):
        found: object = getattr(sys.modules.get(candidate), name, None)
        if isinstance(found, type) and getattr(found, "pulumi_type", token) == token and issubclass(found, pulumi.Resource):
            return found
    return None


@functools.cache
def input_class(token: str) -> type | None:
    """The class that describes a resource's inputs: `XArgs`, or `XInitArgs` in the Kubernetes SDK."""
    resource = resource_class(token)
    if resource is None:
        return None
    module = importlib.import_module(resource.__module__)
    for name in (f"{resource.__name__}InitArgs", f"{resource.__name__}Args"):
        found: object = getattr(module, name, None)
        if isinstance(found, type) and _types.is_input_type(found):
            return found
    return None


@functools.cache
def properties(input_type: type) -> Mapping[str, Property]:
    """The input properties of an input class by their wire name."""
    names = _types.input_type_py_to_pulumi_names(input_type)
    parameters = inspect.signature(input_type).parameters
    hints = _types.input_type_types(input_type)
    return {
        wire: Property(
            required=python in parameters and parameters[python].default is inspect.Parameter.empty,
            nested=_nested(hints.get(wire)),
            keyed=_keyed(hints.get(wire)),
        )
        for python, wire in names.items()
    }


def _nested(hint: Any) -> type | None:
    """The one input class inside an annotation such as `Sequence[Input[RuleArgs]]`; None when there is none or several to choose from."""
    found = {leaf for leaf in _leaves(hint) if _types.is_input_type(leaf)}
    return found.pop() if len(found) == 1 else None


def _keyed(hint: Any) -> bool:
    return typing.get_origin(hint) is Mapping or any(map(_keyed, typing.get_args(hint)))


def _leaves(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        yield hint
    for argument in typing.get_args(hint):
        yield from _leaves(argument)


def output_names(token: str) -> frozenset[str]:
    """Wire names of everything a resource of this type has as output; empty for tokens without a class."""
    resource = resource_class(token)
    return frozenset(_types.resource_types(resource)) if resource else frozenset()


def input_names(token: str) -> frozenset[str]:
    """Wire names of everything a resource of this type takes as input; empty for tokens without a class."""
    described = input_class(token)
    return frozenset(properties(described)) if described else frozenset()


def input_faults(token: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    """What the SDK's own types say against these inputs: required properties that miss, properties that do not exist, at any depth.

    The SDK itself checks neither inside plain dicts; the provider does, at apply.
    """
    described = input_class(token)
    if described is not None:
        yield from _object_faults(described, inputs, "")


def _object_faults(described: type, values: Mapping[str, Any], path: str) -> Iterator[str]:
    known = properties(described)
    for name, value in values.items():
        if name not in known:
            if not name.startswith("__"):
                yield f"{path}{name}: no such property; known are {', '.join(sorted(known))}"
        elif (nested := known[name].nested) is not None and known[name].keyed and isinstance(value, Mapping):
            for key, element in typing.cast(Mapping[str, Any], value).items():
                yield from _value_faults(nested, element, f"{path}{name}.{key}")
        elif nested is not None:
            yield from _value_faults(nested, value, f"{path}{name}")
    for name, property_ in known.items():
        if property_.required and values.get(name) is None:
            yield f"{path}{name}: required, but missing"


def _value_faults(nested: type, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for at, item in enumerate(typing.cast(list[Any], value)):
            yield from _value_faults(nested, item, f"{path}[{at}]")
    elif isinstance(value, Mapping):
        yield from _object_faults(nested, typing.cast(Mapping[str, Any], value), f"{path}.")
