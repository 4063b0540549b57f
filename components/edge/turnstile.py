"""Turnstile: a test for people in the application's own forms, without a puzzle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components.base import Component, Spec
from components.edge.regional import host_faults, regional_faults
from components.edge.site import EdgeSite


class WidgetMode(StrEnum):
    """How a widget shows itself."""

    MANAGED = "managed"
    """Cloudflare decides whether the visitor must click."""
    NON_INTERACTIVE = "non-interactive"
    """A bar that fills by itself."""
    INVISIBLE = "invisible"
    """Not at all."""


class WidgetSpec(Spec):
    """Knobs of a widget."""

    hosts: tuple[str, ...] = Field(min_length=1)
    """Host names in the zone whose pages show it; names below them are included."""
    mode: WidgetMode = WidgetMode.MANAGED
    """How it shows itself."""


class TurnstileSpec(Spec):
    """Knobs of Turnstile."""

    widgets: Mapping[str, WidgetSpec] = Field(default_factory=dict[str, WidgetSpec])
    """Purpose, e.g. `sign-up` -> widget."""


def turnstile_faults(spec: TurnstileSpec, site: EdgeSite, regional_hosts: Mapping[str, str]) -> Iterator[str]:
    """A line for each number above the plan, host name outside the zone, and host name bound to a region."""
    if len(spec.widgets) > (most := site.limit("turnstile.widgets")):
        yield f"widgets: {len(spec.widgets)}: plan {site.plan} takes {most}"
    for purpose, widget in spec.widgets.items():
        if len(widget.hosts) > (most := site.limit("turnstile.hosts")):
            yield f"widgets.{purpose}.hosts: {len(widget.hosts)}: plan {site.plan} takes {most}"
        yield from host_faults(site, f"widgets.{purpose}.hosts", widget.hosts)
        bound = {host: region for host, region in regional_hosts.items() if any(_within(host, shown) for shown in widget.hosts)}
        yield from (f"widgets.{purpose}.hosts: {fault}" for fault in regional_faults(bound, ["turnstile"]))


def _within(host: str, shown: str) -> bool:
    return host == shown or host.endswith(f".{shown}")


@dataclass(frozen=True, kw_only=True)
class TurnstileArgs:
    """Wires of Turnstile."""

    spec: TurnstileSpec
    """Knobs."""
    site: EdgeSite
    """Account and zone."""
    regional_hosts: Mapping[str, str]
    """Host name -> region key of every regionalised host of the zone: Cloudflare's check has no region."""


class Turnstile(Component, token="meridian:edge:Turnstile"):
    """One widget for each purpose. The application's server must ask `siteverify` with the secret; a token that nobody checks stops nobody.

    Raises:
        ValueError: the plan takes fewer, a host is of another zone or bound to a region.
    """

    site_keys: dict[str, pulumi.Output[str]]
    """Purpose -> public key for the page."""
    secrets: dict[str, pulumi.Output[str]]
    """Purpose -> secret for the server."""

    def __init__(self, name: str, args: TurnstileArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := list(turnstile_faults(args.spec, args.site, args.regional_hosts)):
            raise ValueError(f"turnstile '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        widgets = {
            purpose: cloudflare.TurnstileWidget(
                f"{name}-{purpose}",
                account_id=args.site.account_id,
                name=f"{args.site.domain} {purpose}",
                domains=sorted(widget.hosts),
                mode=widget.mode.value,
                region="world",
                opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(additional_secret_outputs=["secret"])),
            )
            for purpose, widget in args.spec.widgets.items()
        }
        self.site_keys = {purpose: widget.id for purpose, widget in widgets.items()}
        self.secrets = {purpose: pulumi.Output.secret(widget.secret) for purpose, widget in widgets.items()}
        self._seal()
