"""Headers that every response leaves the edge with, or without."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field, model_validator

from components.base import Component, Spec
from components.edge.ruleset import Phase, PhaseArgs, Rule, import_faults, phase_ruleset
from components.edge.site import EdgeSite

DEFAULTS = {
    "Content-Security-Policy": "base-uri 'self'; frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
}
"""OWASP secure headers project. HSTS and `nosniff` are a zone setting. Sources of scripts are the application's to name."""


class ResponseHeadersSpec(Spec):
    """Knobs of response headers."""

    headers: Mapping[str, str] = Field(default_factory=DEFAULTS.copy)
    """Header -> value, in the place of what the origin says."""
    removed: tuple[str, ...] = ("Server", "X-Powered-By")
    """Headers that tell what the origin runs on."""
    import_ids: Mapping[Phase, str] = Field(default_factory=dict[Phase, str])
    """Phase -> id of a ruleset to adopt, once."""

    @model_validator(mode="after")
    def _apart(self) -> "ResponseHeadersSpec":
        both = {name.lower() for name in self.headers} & {name.lower() for name in self.removed}
        if both:
            raise ValueError(f"removed: {', '.join(sorted(both))}: also in headers: name each header once")
        if faults := list(import_faults(self.import_ids, Phase.RESPONSE_HEADERS)):
            raise ValueError("; ".join(faults))
        return self


@dataclass(frozen=True, kw_only=True)
class ResponseHeadersArgs:
    """Wires of ResponseHeaders."""

    spec: ResponseHeadersSpec
    """Knobs."""
    site: EdgeSite
    """The zone."""


class ResponseHeaders(Component, token="meridian:edge:ResponseHeaders"):
    """One rule for all responses of the zone."""

    header_names: list[str]
    """Headers that are set, in alphabetical order."""

    def __init__(self, name: str, args: ResponseHeadersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        rule = Rule(
            ref="all-responses",
            description="Headers of every response",
            expression="true",
            action="rewrite",
            parameters=cloudflare.RulesetRuleActionParametersArgs(headers=_operations(args.spec)),
        )
        phase = PhaseArgs(site=args.site, phase=Phase.RESPONSE_HEADERS, rules=[rule], import_ids=args.spec.import_ids)
        phase_ruleset(self, name, phase)
        self.header_names = sorted(args.spec.headers)
        self._seal()


def _operations(spec: ResponseHeadersSpec) -> Mapping[str, cloudflare.RulesetRuleActionParametersHeadersArgs]:
    operation = cloudflare.RulesetRuleActionParametersHeadersArgs
    written = {name: operation(operation="set", value=value) for name, value in spec.headers.items()}
    return written | {name: operation(operation="remove") for name in spec.removed}
