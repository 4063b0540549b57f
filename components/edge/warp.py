"""Profiles of the device client: it cannot be switched off, and private networks are reached only through it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components.base import Component, Spec
from components.edge.site import EdgeSite

LOCAL: Mapping[str, str] = {
    "169.254.0.0/16": "Link-local",
    "192.168.0.0/16": "Networks at home",
    "224.0.0.0/24": "Multicast",
    "255.255.255.255/32": "Broadcast",
    "fe80::/10": "Link-local",
}
"""What goes past the client: the network the device stands in. 10.0.0.0/8 and 100.64.0.0/10 go through it, other than by Cloudflare's
default: regions lie there."""


class WarpProfileSpec(Spec):
    """Knobs of a profile for some people."""

    groups: tuple[str, ...] = Field(min_length=1)
    """Groups of the identity provider that it is for."""
    regions: tuple[str, ...] = Field(min_length=1)
    """Regions whose private networks they may choose from."""


class WarpSpec(Spec):
    """Knobs of the device client."""

    captive_portal_seconds: int = Field(default=180, ge=0, le=1200)
    """How long the client lets go of a network that asks to sign in, such as a hotel's."""
    reconnect_minutes: int = Field(default=5, ge=1, le=60)
    """Minutes after which it comes back on by itself, where somebody had it switched off for help."""
    profiles: Mapping[str, WarpProfileSpec] = Field(default_factory=dict[str, WarpProfileSpec])
    """Profiles by name, the first that fits counts. Who fits none reaches no private network by default."""


@dataclass(frozen=True, kw_only=True)
class WarpArgs:
    """Wires of a Warp."""

    spec: WarpSpec
    """Knobs."""
    site: EdgeSite
    """The account."""
    virtual_network_ids: Mapping[str, pulumi.Input[str]]
    """Region -> its virtual network."""


class Warp(Component, token="meridian:edge:Warp"):
    """The profile for everybody, and one for each group of people with the virtual networks they may choose.

    Raises:
        ValueError: a profile names a region without a virtual network.
    """

    def __init__(self, name: str, args: WarpArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := warp_faults(args.spec, tuple(args.virtual_network_ids)):
            raise ValueError(f"warp '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        everybody = self._everybody(name, args)
        profiles = [self._profile(name, profile, rank, args) for rank, profile in enumerate(args.spec.profiles, start=1)]
        self.resources: tuple[pulumi.Resource, ...] = (everybody, *profiles)
        self._seal()

    def _everybody(self, name: str, args: WarpArgs) -> cloudflare.ZeroTrustDeviceDefaultProfile:
        local = cloudflare.ZeroTrustDeviceDefaultProfileExcludeArgs
        return cloudflare.ZeroTrustDeviceDefaultProfile(
            f"{name}-everybody",
            account_id=args.site.account_id,
            allow_mode_switch=False,
            allow_updates=True,
            allowed_to_leave=False,
            switch_locked=True,
            auto_connect=60 * args.spec.reconnect_minutes,
            captive_portal=args.spec.captive_portal_seconds,
            disable_auto_fallback=True,
            exclude_office_ips=False,
            tunnel_protocol="masque",
            service_mode_v2=cloudflare.ZeroTrustDeviceDefaultProfileServiceModeV2Args(mode="warp"),
            excludes=[local(address=address, description=reason) for address, reason in LOCAL.items()],
            opts=self.child,
        )

    def _profile(self, name: str, profile: str, rank: int, args: WarpArgs) -> cloudflare.ZeroTrustDeviceCustomProfile:
        knobs = args.spec.profiles[profile]
        groups = " ".join(f'"{group}"' for group in sorted(knobs.groups))
        networks = [args.virtual_network_ids[region] for region in knobs.regions]
        local = cloudflare.ZeroTrustDeviceCustomProfileExcludeArgs
        return cloudflare.ZeroTrustDeviceCustomProfile(
            f"{name}-{profile}",
            account_id=args.site.account_id,
            name=profile,
            description=f"Private networks of {', '.join(knobs.regions)}",
            enabled=True,
            match=f"any(identity.groups.name[*] in {{{groups}}})",
            precedence=100.0 * rank,
            allow_mode_switch=False,
            allow_updates=True,
            allowed_to_leave=False,
            switch_locked=True,
            auto_connect=60 * args.spec.reconnect_minutes,
            captive_portal=args.spec.captive_portal_seconds,
            disable_auto_fallback=True,
            exclude_office_ips=False,
            tunnel_protocol="masque",
            service_mode_v2=cloudflare.ZeroTrustDeviceCustomProfileServiceModeV2Args(mode="warp"),
            excludes=[local(address=address, description=reason) for address, reason in LOCAL.items()],
            virtual_networks=cloudflare.ZeroTrustDeviceCustomProfileVirtualNetworksArgs(alloweds=networks, default=networks[0]),
            opts=self.child,
        )


def warp_faults(spec: WarpSpec, regions: tuple[str, ...]) -> list[str]:
    """One line for each region that a profile names and that has no virtual network."""
    return [
        f"profiles.{name}.regions: {region} has no virtual network, there are {', '.join(sorted(regions)) or 'none'}"
        for name, profile in spec.profiles.items()
        for region in profile.regions
        if region not in regions
    ]
