"""Resources as the real engine writes them down, in a preview or in its state, made into a Plan (apitype.ResourceV3)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from meridian.engine import wire
from meridian.plan import STACK_TYPE, Diagnostic, Mode, Options, Plan, Planned, depths
from policies.core.verdict import UNKNOWNS

SECRET = "[secret]"
"""What the engine shows in place of a secret."""


def plan(states: Iterable[Mapping[str, Any]], *, project: str, stack: str, mode: Mode, diagnostics: Sequence[Diagnostic] = ()) -> Plan:
    """The Plan of these resources. The engine names neither the program's lines nor, in a preview, outputs."""
    found = {state["urn"]: planned(state) for state in states}
    depth = depths(found.values())
    ordered = sorted(found.values(), key=lambda resource: (depth[resource.urn], resource.urn))
    stacks = [resource.outputs for resource in ordered if resource.type == STACK_TYPE]
    return Plan(
        project=project,
        stack=stack,
        mode=mode,
        resources=tuple(ordered),
        outputs=stacks[0] if stacks else {},
        diagnostics=tuple(diagnostics),
    )


def planned(state: Mapping[str, Any]) -> Planned:
    """One resource."""
    given: Mapping[str, Any] = state.get("inputs") or {}
    inputs = {key: value for key, value in given.items() if not key.startswith("__")}
    return Planned(
        urn=state["urn"],
        type=state["type"],
        name=state["urn"].rsplit("::", 1)[-1],
        parent=state.get("parent", ""),
        custom=state["custom"],
        provider=state.get("provider", "").rpartition("::")[0],
        id=state.get("id", ""),
        inputs=inputs,
        outputs=state.get("outputs") or {},
        unknown=tuple(path for path, value in _leaves(inputs, "") if value in UNKNOWNS),
        secret=tuple(path for path, value in _leaves(inputs, "") if value == SECRET),
        dependencies=tuple(sorted(state.get("dependencies") or ())),
        property_dependencies=_by_property(state.get("propertyDependencies") or {}),
        options=Options(
            protect=state.get("protect", False),
            retain_on_delete=state.get("retainOnDelete", False),
            deleted_with=state.get("deletedWith", ""),
            ignore_changes=tuple(state.get("ignoreChanges") or ()),
        ),
        trace=(),
        read=state.get("external", False),
    )


def outputs_only(plan: Plan) -> list[Mapping[str, Any]]:
    """The resources of a state that holds the stack and its outputs alone: what references of other stacks read."""
    secret = {path.partition(".")[0].partition("[")[0] for path in plan.secret_outputs}
    outputs = {key: _encrypted(value) if key in secret else value for key, value in plan.outputs.items()}
    [stack] = [resource for resource in plan if resource.type == STACK_TYPE]
    return [{"urn": stack.urn, "type": STACK_TYPE, "custom": False, "outputs": outputs}]


def _encrypted(value: Any) -> Mapping[str, str]:
    """A value that the CLI encrypts with the stack's key when it imports it (`pulumi stack export --show-secrets` writes the same)."""
    return {wire.SIGNATURE_KEY: wire.SECRET, "plaintext": json.dumps(value)}


def _by_property(dependencies: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    return {key: tuple(sorted(urns or ())) for key, urns in sorted(dependencies.items())}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, below in cast("Mapping[str, Any]", value).items():
            yield from _leaves(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for at, below in enumerate(cast("list[Any]", value)):
            yield from _leaves(below, f"{path}[{at}]")
    elif isinstance(value, str):
        yield path, value
