"""The one remediation: tags that a resource lacks are added before it is made. Nothing else is changed, as nothing else is harmless."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from pulumi_policy import EnforcementLevel, PolicyConfigSchema, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.policy import ResourceRemediation

from policies.core.verdict import is_unknown

NAME = "autotag"
"""Name of the policy in configurations: `{"autotag": {"enforcementLevel": "remediate", "tags": {"owner": "platform"}}}`."""
PACK = "residency"
"""The pack that carries it. Packs remediate in no fixed order, so only one may (pulumi, resource/deploy/step_generator.go)."""
SCHEMA: Mapping[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}, "default": {}}
TAGGABLE_FILE = Path(__file__).parent / "taggable.yaml"


@cache
def taggable() -> frozenset[str]:
    """Type tokens of the AWS resources that have tags."""
    table: Mapping[str, list[str]] = yaml.safe_load(TAGGABLE_FILE.read_text(encoding="utf-8"))
    return frozenset(f"aws:{module}/{name[0].lower()}{name[1:]}:{name}" for module, names in table.items() for name in names)


def policy() -> ResourceValidationPolicy:
    """The policy as the engine knows it; disabled until a configuration sets `remediate` and names tags."""
    return ResourceValidationPolicy(
        name=NAME,
        display_name="missing tags are added",
        description="missing tags are added: resources without an owner or a class of data cannot be answered for.",
        enforcement_level=EnforcementLevel.DISABLED,
        config_schema=PolicyConfigSchema({"tags": dict(SCHEMA)}),
        remediate=cast("ResourceRemediation", _remediate),
    )


def _remediate(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
    if args.resource_type not in taggable():
        return None
    inputs = _held(args.props)
    present: Any = inputs.get("tags")
    if not (present is None or isinstance(present, Mapping)):
        return None  # what is not known yet may hold them; what is secret is left alone
    own = _held({} if present is None else cast("Any", present))
    there = {*own, *_default_tags(args)}
    missing = {key: value for key, value in args.get_config().get("tags", {}).items() if key not in there}
    return {**inputs, "tags": {**own, **missing}} if missing else None


def _held(props: Any) -> Mapping[str, Any]:
    """What the SDK's proxies hold: written back as it is, secrets stay secret (pulumi_policy/secret.py)."""
    return cast("Mapping[str, Any]", props if isinstance(props, dict) else props["__target"])


def _default_tags(args: ResourceValidationArgs) -> Mapping[str, Any]:
    """Tags that the provider adds by itself; its configuration arrives as JSON text."""
    given = _held(args.provider.props).get("defaultTags") if args.provider else None
    if not isinstance(given, str) or is_unknown(given):
        return {}
    return json.loads(given).get("tags") or {}
