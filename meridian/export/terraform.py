"""Resources as a Terraform plan document, so that judges of Terraform can be asked for a second opinion.

Format: developer.hashicorp.com/terraform/internals/json-format, version 1.2 (`terraform show -json`), read on 2026-11-20.
What is unknown is left out of `planned_values`, stands in `after_unknown`, and `configuration` says which resources it comes from.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from meridian.export.terraform_names import MANIFEST, attribute_of, is_map, type_of
from meridian.saved.estate import Estate
from policies.core.resource import Resource
from policies.core.verdict import is_unknown

FORMAT = "1.2"
PROVIDER = "pulumi:providers:"
Names = Mapping[str, tuple[str, str]]
"""URN -> type and name within the plan."""


def terraform(estate: Estate) -> str:
    """The document, as JSON. Components and providers are no resources of Terraform."""
    made = [resource for resource in estate.resources if resource.provider and not resource.type.startswith(PROVIDER)]
    names = _names(made)
    document = {
        "format_version": FORMAT,
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [_planned(resource, names) for resource in made]}},
        "resource_changes": [_change(resource, names) for resource in made],
        "configuration": {
            "provider_config": dict(_providers(estate)),
            "root_module": {"resources": [_configured(resource, names) for resource in made]},
        },
    }
    return json.dumps(document, indent=1) + "\n"


def address(names: Names, urn: str) -> str:
    """`aws_kms_key.secrets`."""
    return ".".join(names[urn])


def addresses(estate: Estate) -> Mapping[str, str]:
    """Address -> URN, to read what others say of the document."""
    made = [resource for resource in estate.resources if resource.provider and not resource.type.startswith(PROVIDER)]
    names = _names(made)
    return {address(names, urn): urn for urn in names}


def _names(resources: Sequence[Resource]) -> Names:
    """Terraform has one name per type, of letters, digits, `_` and `-`; Pulumi's types may share one type there."""
    taken: Counter[tuple[str, str]] = Counter()
    names: dict[str, tuple[str, str]] = {}
    for resource in resources:
        plain = (type_of(resource.type), re.sub(r"[^A-Za-z0-9_-]", "_", resource.name))
        taken[plain] += 1
        names[resource.urn] = plain if taken[plain] == 1 else (plain[0], f"{plain[1]}-{taken[plain]}")
    return names


def _base(resource: Resource, names: Names) -> dict[str, Any]:
    type, name = names[resource.urn]
    return {"address": f"{type}.{name}", "mode": "managed", "type": type, "name": name}


def _planned(resource: Resource, names: Names) -> dict[str, Any]:
    base = _base(resource, names)
    return {
        **base,
        "provider_name": f"registry.terraform.io/hashicorp/{base['type'].split('_')[0]}",
        "schema_version": 0,
        "values": _values(base["type"], resource.inputs),
    }


def _change(resource: Resource, names: Names) -> dict[str, Any]:
    base = _base(resource, names)
    unknown = {attribute_of(base["type"], key, value): True for key, value in resource.inputs.items() if is_unknown(value)}
    change = {
        "actions": ["create"],
        "before": None,
        "after": _values(base["type"], resource.inputs),
        "after_unknown": {"id": True, **unknown},
    }
    return {**base, "change": change}


def _configured(resource: Resource, names: Names) -> dict[str, Any]:
    base = _base(resource, names)
    expressions = (
        {} if base["type"] == MANIFEST else _expressions(base["type"], resource.inputs, lambda key: _sources(resource, key, names))
    )
    return {**base, "provider_config_key": base["type"].split("_")[0], "schema_version": 0, "expressions": expressions}


def _sources(resource: Resource, key: str, names: Names) -> list[str]:
    return [address(names, urn) for urn in resource.property_dependencies.get(key, ()) if urn in names]


def _expressions(type: str, fields: Mapping[str, Any], sources: Callable[[str], Sequence[str]]) -> dict[str, Any]:
    return {attribute_of(type, key, value): _expression(type, key, value, sources(key)) for key, value in fields.items()}


def _expression(type: str, key: str, value: Any, sources: Sequence[str]) -> Any:
    """A constant, or what it refers to; a block has the expressions of its own attributes."""
    blocks = [cast("dict[str, Any]", item) for item in _listed(key, value) if isinstance(item, dict)]
    if blocks:
        return [_expressions(type, block, lambda _: sources) for block in blocks]
    if not sources:
        return {} if is_unknown(value) else {"constant_value": value}
    attribute = "arn" if key.lower().endswith(("arn", "arns")) else "id"
    return {"references": [reference for source in sources for reference in (f"{source}.{attribute}", source)]}


def _listed(key: str, value: Any) -> list[Any]:
    """The blocks that a value may hold."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [] if is_map(key) else [value]


def _values(type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    if type == MANIFEST:
        return {"manifest": _manifest(inputs)}
    return _block(type, inputs)


def _block(type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {attribute_of(type, key, value): _value(type, key, value) for key, value in fields.items() if not is_unknown(value)}


def _value(type: str, key: str, value: Any) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return _manifest(fields) if is_map(key) else [_block(type, fields)]
    if isinstance(value, list):
        return [_block(type, cast("dict[str, Any]", item)) if isinstance(item, dict) else _known(item) for item in cast("list[Any]", value)]
    return value


def _manifest(value: Any) -> Any:
    """Keys as they stand; what is unknown is null."""
    if isinstance(value, Mapping):
        return {key: _manifest(item) for key, item in cast("Mapping[str, Any]", value).items()}
    return [_manifest(item) for item in cast("list[Any]", value)] if isinstance(value, list) else _known(value)


def _known(value: Any) -> Any:
    return None if is_unknown(value) else value


def _providers(estate: Estate) -> Iterator[tuple[str, Any]]:
    for resource in estate.resources:
        if resource.type.startswith(PROVIDER):
            name = resource.type.removeprefix(PROVIDER)
            region = resource.inputs.get("region")
            known = {"region": {"constant_value": region}} if isinstance(region, str) and not is_unknown(region) else {}
            yield name, {"name": name, "expressions": known}
