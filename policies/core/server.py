"""Refuses a pack's configuration that names what is not there: the engine passes on any check's name and any option in silence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import grpc
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import policy as sdk

from policies.core import tagging
from policies.core.configuration import LEVEL, Configuration, ConfigurationError
from policies.core.names import near
from policies.core.rule import Rule

Servicer = Callable[[Any, Any, Any], Any]


def install(rules: Sequence[Rule]) -> str:
    """Look at each configuration before the SDK does; why not, where the SDK has no place for it."""
    servicer: Any = getattr(sdk, "_PolicyAnalyzerServicer", None)
    stock: Servicer | None = getattr(servicer, "Configure", None)
    if stock is None:
        return "this version of pulumi_policy hides its configuration: misspelt names go unnoticed"
    servicer.Configure = _checking(rules, stock)
    return ""


def _checking(rules: Sequence[Rule], stock: Servicer) -> Servicer:
    def configure(servicer: Any, request: Any, context: Any) -> Any:
        lines = faults(rules, {name: _entry(config) for name, config in request.policyConfig.items()})
        if lines:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "\n".join(lines))
        return stock(servicer, request, context)

    return configure


def faults(rules: Sequence[Rule], document: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All that is wrong with a configuration, one line each."""
    tags = [f"{tagging.NAME}.{line}" for line in _tag_faults(document.get(tagging.NAME, {}))]
    try:
        Configuration.of({name: entry for name, entry in document.items() if name != tagging.NAME}, rules)
    except ConfigurationError as found:
        return [*str(found).splitlines(), *tags]
    return tags


def _tag_faults(entry: Mapping[str, Any]) -> list[str]:
    options = {key: value for key, value in entry.items() if key != LEVEL}
    strange = [f"{key}: {value!r}: no such option; {near(key, ('tags',))}" for key, value in options.items() if key != "tags"]
    tags = options.get("tags", {})
    plain = isinstance(tags, dict) and all(isinstance(value, str) for value in cast("dict[str, Any]", tags).values())
    return strange if plain else [*strange, f"tags: {tags!r}: an object, tag -> text"]


def _entry(config: Any) -> dict[str, Any]:
    names = {number: name.lower() for name, number in analyzer_pb2.EnforcementLevel.items()}
    return {LEVEL: names.get(config.enforcementLevel, config.enforcementLevel), **json_format.MessageToDict(config.properties)}
