"""Serves the rules of a pack to the Pulumi engine. Only a pack's `__main__.py` imports this, and only this imports pulumi_policy."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from policies.core import requests, server, tagging
from policies.core.frameworks import framework_of
from policies.core.judge import judge, whereabouts
from policies.core.registry import rules
from policies.core.resource import Resource, Stack
from policies.core.rule import Rule, Scope
from policies.core.settings import Settings, SettingsError
from policies.core.verdict import UNKNOWN, UNKNOWNS, Judgement, Verdict
from policies.core.waivers import Waiver, read_waivers

Policy = ResourceValidationPolicy | StackValidationPolicy


class UndecidedError(UnknownValueError):
    """What the SDK turns into one advisory line of the policy at hand: raised after every finding was reported."""

    def __init__(self, judgements: list[Judgement]) -> None:
        super().__init__(UNKNOWN, [])
        self.message = "undecided: " + "; ".join(sorted({judgement.message for judgement in judgements}))


def serve(pack: str) -> None:
    """Serve a pack until the engine ends the process."""
    today = datetime.now(UTC).date()
    waivers = read_waivers(rules(), today)
    for fallback in filter(None, (requests.install(), server.install(rules(pack)))):
        sys.stderr.write(f"{pack}: {fallback}\n")
    PolicyPack(pack, policies=[*_policies(pack, waivers)])


def _policies(pack: str, waivers: tuple[Waiver, ...]) -> list[Policy]:
    """The pack's rules, and the remediation where it belongs. The SDK refuses an empty pack, so that has one policy of no effect."""
    found: list[Policy] = [policy(rule, waivers) for rule in rules(pack)]
    if pack == tagging.PACK:
        found.append(tagging.policy())
    return found or [
        StackValidationPolicy(name=f"{pack}-none", description="This pack has no checks yet.", validate=lambda args, report: None)
    ]


def policy(rule: Rule, waivers: tuple[Waiver, ...]) -> Policy:
    """The rule as the engine knows it; its level follows from its severity unless the pack's configuration says else."""
    if rule.scope is Scope.STACK:
        return StackValidationPolicy(validate=_stack_check(rule, waivers), **_facts(rule))
    return ResourceValidationPolicy(validate=_resource_check(rule, waivers), **_facts(rule))


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.id,
        "display_name": rule.title,
        "description": f"{rule.title}: {rule.why}",
        "enforcement_level": EnforcementLevel(Settings().level(rule.severity).value),
        "severity": Severity(rule.severity.value),
        "framework": _framework(rule.controls[0]) if rule.controls else None,
        "tags": list(rule.controls),
        "remediation_steps": rule.fix,
        "config_schema": PolicyConfigSchema(_schema(rule)) if rule.settings else None,
    }


def _framework(control: str) -> PolicyComplianceFramework:
    framework, number = framework_of(control)
    return PolicyComplianceFramework(framework.name, framework.version, framework.reference, number)


def _schema(rule: Rule) -> dict[str, dict[str, Any]]:
    """JSON schema of the settings the rule reads; the engine checks configurations against it."""
    properties = Settings.model_json_schema(by_alias=True)["properties"]
    aliases = (cast("str", Settings.model_fields[field].alias) for field in rule.settings)
    return {alias: {key: value for key, value in properties[alias].items() if key != "uniqueItems"} for alias in aliases}


def _resource_check(rule: Rule, waivers: tuple[Waiver, ...]) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.on:
            _judge(
                rule, lambda: requests.once("resource", args.props, lambda: Stack((_resource(args),))), waivers, args.get_config(), report
            )

    return validate


def _stack_check(rule: Rule, waivers: tuple[Waiver, ...]) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if any(each.resource_type in rule.on for each in args.resources):
            _judge(rule, lambda: _stack(args), waivers, args.get_config(), report)

    return validate


def _judge(rule: Rule, read: Callable[[], Stack], waivers: tuple[Waiver, ...], config: Mapping[str, Any], report: ReportViolation) -> None:
    """Report what a rule finds. Whatever breaks on the way is a finding too: an exception would end the deployment for no reason given."""
    try:
        judgements = judge(read(), (rule,), waivers, datetime.now(UTC).date(), Settings.of(config))
    except SettingsError as faults:
        report(f"rule {rule.id} could not run: {faults}", None)
        return
    except Exception as crash:
        report(f"rule {rule.id} could not run: {whereabouts(crash)}", None)
        return
    for judgement in judgements:
        if judgement.verdict is Verdict.FAIL:
            report(judgement.message if judgement.rule == rule.id else f"{judgement.rule}: {judgement.message}", judgement.urn)
    undecided = [judgement for judgement in judgements if judgement.verdict is Verdict.UNDECIDED]
    if undecided:
        raise UndecidedError(undecided)


def _stack(args: StackValidationArgs) -> Stack:
    """The stack, read once for all rules of a request: within one, the first resource's properties are the same object for each."""
    first = args.resources[0].props
    return requests.once("stack", first, lambda: Stack([_stack_resource(each) for each in args.resources]))


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=_inputs(args.props),
        parent=args.opts.parent or "",
        provider=args.provider.urn if args.provider else "",
        protect=args.opts.protect,
        ignore_changes=tuple(args.opts.ignore_changes),
        delete_before_replace=bool(args.opts.delete_before_replace),
    )


def _stack_resource(given: PolicyResource) -> Resource:
    return Resource(
        urn=given.urn,
        type=given.resource_type,
        name=given.name,
        inputs=_inputs(given.props),
        parent=given.parent.urn if given.parent else "",
        provider=given.provider.urn if given.provider else "",
        dependencies=tuple(each.urn for each in given.dependencies),
        property_dependencies={key: tuple(each.urn for each in sources) for key, sources in given.property_dependencies.items()},
        protect=given.opts.protect,
        ignore_changes=tuple(given.opts.ignore_changes),
        delete_before_replace=bool(given.opts.delete_before_replace),
    )


def _inputs(props: Any) -> Any:
    return requests.once("plain", props, lambda: _plain(props))


def _plain(value: Any) -> Any:
    """The SDK's proxies, which raise on unknowns, as plain JSON with our one sentinel.

    `"__target"` is how the SDK's own `serialize_properties` gets past them (pulumi_policy/deserialize.py); `dict(proxy)` would raise.
    """
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else value
    if isinstance(value, Mapping):
        target = cast("Mapping[str, Any]", value)["__target"]
        return {key: _plain(part) for key, part in target.items()}
    if hasattr(value, "__getitem__"):
        return [_plain(part) for part in value["__target"]]
    return value
