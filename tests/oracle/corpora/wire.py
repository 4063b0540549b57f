"""Terraform's resources as Pulumi's: by one rule and the types of the installed SDK (research: 99 % of attributes map so).

snake_case becomes camelCase, a repeated block takes the plural that the SDK has, and a single block is an object unless the SDK's type
is a sequence.
"""

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from meridian.export.terraform_names import type_of
from policies.core import tokens
from policies.core.resource import Resource
from policies.core.verdict import UNKNOWN
from tests.oracle.corpora.hcl import REFERENCE, Block
from tests.policies.test_tokens import input_classes, resource_class, wire_names

_POINTER = re.compile(rf"{REFERENCE}(data\.)?(aws_\w+\.[\w-]+)")
_TWINS = ("V2:", "V2")


@cache
def token_by_type() -> Mapping[str, str]:
    """Terraform's type -> the token that rules know; of twins the newer name."""
    known = [value for value in vars(tokens).values() if isinstance(value, str) and value.startswith("aws:")]
    return {type_of(token): token for token in sorted(known, key=lambda token: not token.endswith(_TWINS[1]))}


def resources(blocks: Sequence[Block]) -> tuple[Resource, ...]:
    """The blocks of one directory as resources of one stack, whose ids are known as far as they are its own."""
    urns = {block.address: urn(block) for block in blocks}
    return tuple(_resource(block, urns) for block in blocks)


def urn(block: Block) -> str:
    """Made of the address."""
    return f"urn:pulumi:corpus::corpus::{token_by_type().get(block.type, f'other:index:{block.type}')}::{block.name}"


def _resource(block: Block, urns: Mapping[str, str]) -> Resource:
    token = token_by_type().get(block.type)
    values = _own(block.values, urns)
    names = {key: (_key(key, _arguments(token)[0]) or key) if token else key for key in block.values}
    return Resource(
        urn=urns[block.address],
        type=token or f"other:index:{block.type}",
        name=block.name,
        inputs=_inputs(values, *_arguments(token)) if token else {},
        property_dependencies={names[key]: tuple(urns[one] for one in sorted(of) if one in urns) for key, of in block.references.items()},
        protect=True,
    )


@cache
def _arguments(token: str) -> tuple[type, Any]:
    """Input class of a resource, and the module that has its nested ones."""
    found = resource_class(token)
    module = importlib.import_module(found.__module__)
    package = importlib.import_module(found.__module__.rsplit(".", 1)[0])
    return getattr(module, f"{found.__name__}InitArgs", None) or getattr(module, f"{found.__name__}Args"), package


def _own(value: Any, urns: Mapping[str, str]) -> Any:
    """References to what the directory does not declare are unknown."""
    if isinstance(value, Mapping):
        return {key: _own(part, urns) for key, part in value.items()}
    if isinstance(value, list):
        return [_own(part, urns) for part in value]
    pointer = _POINTER.match(value) if isinstance(value, str) else None
    return UNKNOWN if pointer and (pointer[1] or pointer[2] not in urns) else value


def camel(name: str) -> str:
    """`vpc_config` -> `vpcConfig`."""
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)


def _key(name: str, arguments: type) -> str | None:
    known, plain = wire_names(arguments), camel(name)
    return next((each for each in (plain, f"{plain}s", f"{plain}es", f"{plain[:-1]}ies") if each in known), None)


def _inputs(values: Mapping[str, Any], arguments: type, package: Any) -> dict[str, Any]:
    """What the SDK has no name for (`lifecycle`, `count`, arguments removed from the provider) is left out."""
    keyed = ((_key(name, arguments), value) for name, value in values.items())
    return {key: _input(value, wire_names(arguments)[key][1], package) for key, value in keyed if key and value != []}


def _input(value: Any, annotation: Any, package: Any) -> Any:
    nested = sorted(input_classes(annotation, package), key=lambda found: len(found.__name__))
    listed = "Sequence" in str(annotation)
    if value == UNKNOWN:
        return value
    parts = [_inputs(part, nested[0], package) if nested and isinstance(part, Mapping) else part for part in _parts(value)]
    if listed:
        return parts
    return parts[0] if not isinstance(value, list) or nested else parts


def _parts(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
