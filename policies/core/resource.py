"""What rules look at: resources as they stand on the wire, and the stack as an index over them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from policies.core.verdict import Properties, is_unknown


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource that a program would make."""

    urn: str
    """Its identity, e.g. `urn:pulumi:eu-west-1::meridian::aws:kms/key:Key::secrets`."""
    type: str
    """Type token, e.g. `aws:kms/key:Key`."""
    name: str
    """Logical name."""
    inputs: Mapping[str, Any]
    """Wire spelling (camelCase), plain JSON; an unknown leaf is one of the sentinels of `verdict`, a secret is its value."""
    parent: str = ""
    """URN of the parent; empty for none."""
    provider: str = ""
    """URN of the provider; empty for a component."""
    dependencies: tuple[str, ...] = ()
    """URNs of everything it waits for."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Top-level property -> URNs of the resources its value comes from. Known in a preview, when ids are not."""
    protect: bool = False
    """Whether the engine refuses to delete it."""
    ignore_changes: tuple[str, ...] = ()
    """Paths of properties whose changes the engine ignores."""
    delete_before_replace: bool = False
    """Whether the program asks to delete the old one before the new one is there. A state does not hold it."""

    def __hash__(self) -> int:
        return hash(self.urn)

    @cached_property
    def properties(self) -> Properties:
        """The inputs, to be read by rules. Paths of unknown leaves begin with the resource's name."""
        return Properties(self.inputs, self.name)


class Stack:
    """Resources of one stack, indexed. Joins go by property dependency, never by id: ids are unknown in a preview."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._by_type: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._by_type[resource.type].append(resource)

    def of_type(self, *tokens: str) -> tuple[Resource, ...]:
        """Resources of these types, type by type, each in the order of registration."""
        return tuple(resource for token in tokens if token in self._by_type for resource in self._by_type[token])

    def find(self, urn: str) -> Resource | None:
        """The resource of this URN, if it is part of the stack."""
        return self._by_urn.get(urn)

    def referents(self, resource: Resource, property: str, *tokens: str) -> tuple[Resource, ...]:
        """Resources of these types that a property's value comes from."""
        urns = resource.property_dependencies.get(property, ())
        return tuple(found for urn in urns if (found := self._by_urn.get(urn)) and found.type in tokens)

    def referrers(self, resource: Resource, token: str, property: str) -> tuple[Resource, ...]:
        """Resources of a type one property of which comes from this resource."""
        return tuple(self._referrers.get((resource.urn, token, property), ()))

    def users(self, resource: Resource) -> Mapping[Resource, frozenset[str]]:
        """Resources any property of which comes from this one, with these properties."""
        return {user: frozenset(properties) for user, properties in self._users.get(resource.urn, {}).items()}

    def provider_configuration(self, resource: Resource) -> Properties:
        """Configuration of the resource's provider; empty when the stack does not hold it."""
        provider = self._by_urn.get(resource.provider)
        return configuration(provider) if provider else Properties({}, "provider")

    @cached_property
    def _referrers(self) -> Mapping[tuple[str, str, str], list[Resource]]:
        index: defaultdict[tuple[str, str, str], list[Resource]] = defaultdict(list)
        for resource in self.resources:
            for property, urns in resource.property_dependencies.items():
                for urn in urns:
                    index[urn, resource.type, property].append(resource)
        return index

    @cached_property
    def _users(self) -> Mapping[str, Mapping[Resource, list[str]]]:
        index: defaultdict[str, defaultdict[Resource, list[str]]] = defaultdict(lambda: defaultdict(list))
        for resource in self.resources:
            for property, urns in resource.property_dependencies.items():
                for urn in urns:
                    index[urn][resource].append(property)
        return index


def configuration(provider: Resource) -> Properties:
    """What a provider was configured with.

    The protocol has strings only at the top of a provider's inputs: objects such as `defaultTags` arrive as JSON.
    """
    return Properties({key: _decoded(value) for key, value in provider.inputs.items()}, provider.name)


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or is_unknown(value):
        return value
    try:
        decoded = json.loads(value)
    except json.JSONDecodeError:
        return value
    return cast("Any", decoded) if isinstance(decoded, dict | list) else value


NOTHING = Stack(())
"""What a rule sees that looks at its subject alone."""
