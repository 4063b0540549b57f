"""What is judged: resources, wherever they were read, and where their program asked for them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from meridian.plan import Plan, Planned, SourceLine
from policies.core.resource import Resource


class Unreadable(Exception):
    """A file cannot be judged; the message names it and says why and what to do. Nothing of it was judged."""


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Resources of one stack or of several."""

    name: str
    """As reports name it, e.g. `meridian/eu-west-1`."""
    resources: tuple[Resource, ...]
    """Everything that is made; what is only looked up is nobody's finding."""
    sources: Mapping[str, SourceLine] = field(default_factory=dict[str, SourceLine])
    """URN -> the program's line, where it is known."""


def estate_of(plan: Plan) -> Estate:
    """A Plan as it is judged."""
    looked_up = frozenset(planned.urn for planned in plan if planned.read)
    return Estate(
        name=f"{plan.project}/{plan.stack}",
        resources=tuple(without(_resource(planned), looked_up) for planned in plan if not planned.read),
        sources={planned.urn: planned.source for planned in plan if planned.source},
    )


def _resource(planned: Planned) -> Resource:
    return Resource(
        urn=planned.urn,
        type=planned.type,
        name=planned.name,
        inputs=planned.inputs,
        parent=planned.parent,
        provider=planned.provider,
        dependencies=planned.dependencies,
        property_dependencies=planned.property_dependencies,
        protect=planned.options.protect,
        ignore_changes=planned.options.ignore_changes,
        delete_before_replace=bool(planned.options.delete_before_replace),
    )


def read_json(file: Path, writer: str) -> Any:
    """The JSON in a file that `writer` wrote.

    Raises:
        Unreadable: it is missing or is no whole JSON.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise Unreadable(f"{file}: {fault.strerror}; name a file that `{writer}` wrote") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{file}: no text; write it anew with `{writer}`") from None
    except json.JSONDecodeError as fault:
        cut = fault.pos >= len(fault.doc.rstrip()) or fault.msg.startswith("Unterminated")
        found = "JSON that ends too early" if cut else f"no JSON: {fault.msg}"
        raise Unreadable(f"{file}, line {fault.lineno}: {found}; nothing was judged, write it anew with `{writer}`") from None


def refuse_strays(file: Path, resources: Sequence[Resource], remedy: str) -> None:
    """A file whose resources point at others that it lacks, or that has one twice, would be judged by half.

    Raises:
        Unreadable: names the first.
    """
    urns = [resource.urn for resource in resources]
    there = set(urns)
    if len(there) < len(urns):
        twice = next(urn for at, urn in enumerate(urns) if urn in urns[:at])
        raise Unreadable(f"{file}: {twice} stands there twice; {remedy}")
    strays = {urn: resource for resource in resources for urn in pointed_at(resource) if urn not in there}
    if strays:
        urn, resource = next(iter(strays.items()))
        more = f", and {len(strays) - 1} more are missing" if len(strays) > 1 else ""
        raise Unreadable(f"{file}: {resource.urn} needs {urn}, which is not there{more}; nothing was judged, {remedy}")


def pointed_at(resource: Resource) -> tuple[str, ...]:
    """URNs of all that a resource stands on."""
    by_property = (urn for urns in resource.property_dependencies.values() for urn in urns)
    return tuple(urn for urn in (resource.parent, resource.provider, *resource.dependencies, *by_property) if urn)


def without(resource: Resource, gone: Collection[str]) -> Resource:
    """The resource without neighbours that are only looked up or about to be deleted."""
    if not any(urn in gone for urn in pointed_at(resource)):
        return resource
    kept = {key: tuple(urn for urn in urns if urn not in gone) for key, urns in resource.property_dependencies.items()}
    return replace(
        resource,
        parent="" if resource.parent in gone else resource.parent,
        dependencies=tuple(urn for urn in resource.dependencies if urn not in gone),
        property_dependencies={key: urns for key, urns in kept.items() if urns},
    )


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object, empty where there is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
