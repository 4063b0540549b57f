"""Small stacks that rules are proved on, written as in Pulumi YAML: `${key.arn}` is a value of the resource called `key`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

from policies.core.resource import Resource, Stack
from policies.core.verdict import UNKNOWN

SUBJECT = "subject"
"""Name of the resource that an example is about."""

_REFERENCE = re.compile(r"\$\{(\w+)((?:\.\w+)+)\}")


@dataclass(frozen=True)
class Draft:
    """One resource of an example, before references are resolved."""

    type: str
    """Type token."""
    inputs: Mapping[str, Any]
    """Wire spelling; a string may hold references to other resources of the example."""
    protect: bool = False
    """The engine's option, as the next two."""
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False


def resource(
    type: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    protect: bool = False,
    ignore_changes: tuple[str, ...] = (),
    delete_before_replace: bool = False,
) -> Draft:
    """One resource of an example."""
    return Draft(type, inputs or {}, protect=protect, ignore_changes=ignore_changes, delete_before_replace=delete_before_replace)


@dataclass(frozen=True)
class Example:
    """A small stack."""

    drafts: Mapping[str, Draft]
    """Logical name -> resource. The first is judged. One named `provider` is everybody's provider."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a user has told the checks, as fields of `Settings`, where a rule asks for what has no default."""

    @classmethod
    def of_inputs(cls, type: str, inputs: Mapping[str, Any]) -> Self:
        """An example of a single resource."""
        return cls({SUBJECT: Draft(type, inputs)})

    def stack(self, *, ids_known: bool) -> Stack:
        """The example as a stack after an update, or in a preview: then every value that comes from another resource is unknown."""
        return Stack(self._resolve(name, draft, ids_known=ids_known) for name, draft in self.drafts.items())

    def _resolve(self, name: str, draft: Draft, *, ids_known: bool) -> Resource:
        provider = self.drafts.get("provider")
        return Resource(
            urn=_urn(name, draft.type),
            type=draft.type,
            name=name,
            inputs=_resolved(draft.inputs, ids_known=ids_known),
            provider=_urn("provider", provider.type) if provider and name != "provider" else "",
            property_dependencies={
                key: tuple(_urn(target, self.drafts[target].type) for target in sorted(targets))
                for key, value in draft.inputs.items()
                if (targets := _references(value))
            },
            protect=draft.protect,
            ignore_changes=draft.ignore_changes,
            delete_before_replace=draft.delete_before_replace,
        )


def example(subject: Draft, **others: Draft) -> Example:
    """A stack of several resources, by name; the first is judged."""
    return Example({SUBJECT: subject, **others})


def told(given: Example, **settings: Any) -> Example:
    """The example where a user has told the checks something."""
    return Example(given.drafts, settings)


def _urn(name: str, type: str) -> str:
    return f"urn:pulumi:example::example::{type}::{name}"


def _references(value: Any) -> set[str]:
    if isinstance(value, str):
        return {match[1] for match in _REFERENCE.finditer(value)}
    if isinstance(value, Mapping):
        return {name for part in cast("Mapping[str, Any]", value).values() for name in _references(part)}
    if isinstance(value, list | tuple):
        return {name for part in cast("list[Any]", value) for name in _references(part)}
    return set()


def _resolved(value: Any, *, ids_known: bool) -> Any:
    if isinstance(value, str) and _REFERENCE.search(value):
        return _REFERENCE.sub(r"\1\2", value) if ids_known else UNKNOWN
    if isinstance(value, Mapping):
        return {key: _resolved(part, ids_known=ids_known) for key, part in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_resolved(part, ids_known=ids_known) for part in cast("list[Any]", value)]
    return value
