"""A preview as a document for machines. docs/preview.schema.json describes it; a change that breaks a reader raises VERSION."""

from collections.abc import Mapping
from typing import Any, cast

from meridian.plan import Planned
from meridian.preview import Preview

VERSION = 1
SECRET = "[secret]"
"""What stands in the place of a secret value."""


def document(preview: Preview) -> dict[str, Any]:
    """The whole preview as plain JSON. Secret values are left out."""
    plan = preview.plan
    return {
        "version": VERSION,
        "project": plan.project,
        "stack": plan.stack,
        "mode": plan.mode.value,
        "resources": [_resource(planned) for planned in plan],
        "invokes": [{"token": call.token, "arguments": call.arguments, "provider": call.provider} for call in plan.invokes],
        "outputs": _without_secrets(plan.outputs, plan.secret_outputs),
        "diagnostics": [{"level": said.level.value, "message": said.message, "urn": said.urn} for said in plan.diagnostics],
        "findings": _findings(preview),
        "totals": _totals(preview),
    }


def _resource(planned: Planned) -> dict[str, Any]:
    options = planned.options
    return {
        "urn": planned.urn,
        "type": planned.type,
        "name": planned.name,
        "parent": planned.parent,
        "custom": planned.custom,
        "provider": planned.provider,
        "read": planned.read,
        "id": planned.id,
        "inputs": _without_secrets(planned.inputs, planned.secret),
        "unknown": list(planned.unknown),
        "secret": list(planned.secret),
        "dependencies": list(planned.dependencies),
        "propertyDependencies": {key: list(urns) for key, urns in planned.property_dependencies.items()},
        "options": {
            "protect": options.protect,
            "retainOnDelete": options.retain_on_delete,
            "deletedWith": options.deleted_with,
            "deleteBeforeReplace": options.delete_before_replace,
            "ignoreChanges": list(options.ignore_changes),
            "replaceOnChanges": list(options.replace_on_changes),
            "additionalSecretOutputs": list(options.additional_secret_outputs),
            "aliases": [dict(alias) for alias in options.aliases],
            "customTimeouts": dict(options.custom_timeouts),
            "importId": options.import_id,
        },
        "source": {"path": planned.source.path, "line": planned.source.line} if planned.source else None,
    }


def _without_secrets(values: Mapping[str, Any], secret: tuple[str, ...]) -> dict[str, Any]:
    return cast(dict[str, Any], _masked(values, "", frozenset(secret))) if secret else dict(values)


def _masked(value: Any, path: str, secret: frozenset[str]) -> Any:
    if path in secret:
        return SECRET
    if isinstance(value, Mapping):
        fields = cast(Mapping[str, Any], value)
        return {key: _masked(below, f"{path}.{key}" if path else key, secret) for key, below in fields.items()}
    if isinstance(value, list):
        return [_masked(below, f"{path}[{at}]", secret) for at, below in enumerate(cast(list[Any], value))]
    return value


def _findings(preview: Preview) -> list[dict[str, Any]]:
    if preview.verdicts is None:
        return []
    return [
        {
            "check": judgement.rule,
            "severity": judgement.severity.value,
            "urn": judgement.urn,
            "verdict": judgement.verdict.value,
            "message": judgement.message,
        }
        for judgement in preview.verdicts.judgements
    ]


def _totals(preview: Preview) -> dict[str, Any]:
    return {
        "resources": len(preview.plan.made),
        "components": len(preview.plan.components),
        "verdicts": {verdict.value: count for verdict, count in preview.verdicts.counts.items()} if preview.verdicts else {},
        "seconds": {"plan": round(preview.plan_seconds, 3), "policies": round(preview.policy_seconds, 3)},
    }
