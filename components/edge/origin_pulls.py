"""Authenticated Origin Pulls: the zone shows origins a certificate of its own, and tells each region whom to trust."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.region_secret import SecretPlace, region_secret
from components.edge.site import EdgeSite
from components.platform.ingress import origin_pull_ca_secret


@dataclass(frozen=True, kw_only=True)
class OriginPullsArgs:
    """Wires of an OriginPulls."""

    site: EdgeSite
    """The zone."""
    certificate: pulumi.Input[str]
    """Client certificate of the zone, PEM; its issuer is in `authority`."""
    private_key: pulumi.Input[str]
    """Its key, PEM; a secret of the stack's configuration."""
    authority: pulumi.Input[str]
    """Certificates that origins trust, PEM. Two of them while one replaces the other: first both here, then the new client certificate,
    then the new one alone."""
    places: Mapping[str, SecretPlace]
    """Region -> where it reads the authority."""


class OriginPulls(Component, token="meridian:edge:OriginPulls"):
    """The zone's own certificate, on for every host of the zone, and its authority in every region.

    Not the certificate that Cloudflare shares among its customers: that one proves only that somebody's zone is asking (Cloudflare,
    zone-level authenticated origin pulls). Not per host: the provider loses such certificates
    (cloudflare/terraform-provider-cloudflare#5895).

    Deleting the setting does nothing at Cloudflare (the provider's Delete is empty): to switch it off, say so there.
    """

    certificate_id: pulumi.Output[str]
    """Identifier of the certificate at Cloudflare."""

    def __init__(self, name: str, args: OriginPullsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        authorities = [
            region_secret(f"{name}-{region}", place, origin_pull_ca_secret(place.cluster_name), {"certificate": args.authority}, self.child)
            for region, place in args.places.items()
        ]
        certificate = cloudflare.AuthenticatedOriginPullsCertificate(
            f"{name}-certificate",
            zone_id=args.site.zone_id,
            certificate=args.certificate,
            private_key=pulumi.Output.secret(args.private_key),
            opts=pulumi.ResourceOptions.merge(self.after(*authorities), pulumi.ResourceOptions(additional_secret_outputs=["privateKey"])),
        )
        enabled = cloudflare.AuthenticatedOriginPullsSettings(
            f"{name}-enabled", zone_id=args.site.zone_id, enabled=True, opts=self.after(certificate)
        )
        self.resources: tuple[pulumi.Resource, ...] = (enabled,)
        self.certificate_id = certificate.id
        self._seal()
