"""Access: nobody reaches an admin interface but a known person with a second factor on a healthy device, for a working day at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.access_identity import access_group, identity_provider, secret_faults
from components.edge.access_policies import PolicyGround, application_policies, machine_policy
from components.edge.access_spec import MOST_SESSION_HOURS, AccessSpec, Authenticator, access_faults, admin_host
from components.edge.posture import Posture
from components.edge.site import EdgeSite

SESSION = f"{MOST_SESSION_HOURS}h"
"""Longest session of the organisation. Named everywhere: the provider's default of 24 h conflicts with the account's
(cloudflare/terraform-provider-cloudflare#6094)."""
HOURS_OF_DAY = 24


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Wires of an Access."""

    spec: AccessSpec
    """Knobs."""
    site: EdgeSite
    """Zone of the host names, and the account."""
    regions: tuple[str, ...]
    """Regions that have the admin interfaces. Plain: each is an application of its own."""
    posture: Posture
    """Checks that every device must pass."""
    client_secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Identity provider -> its client secret; secrets of the stack's configuration."""


class Access(Component, token="meridian:edge:Access"):
    """Organisation, identity providers, groups, and for each admin interface its policies and one application per region.

    An application per region and not one for all: it takes five host names, and its audience then says which region a token is for.
    Applications are protected: a new one has a new audience, and whatever checks tokens against the old one locks everybody out.

    Raises:
        ValueError: the plan lacks something, or a client secret is missing; all faults at once.
    """

    audiences: dict[str, pulumi.Output[str]]
    """Host name of an admin interface -> audience tag of its application."""
    service_token_ids: dict[str, pulumi.Output[str]]
    """Service token -> client id, which is not secret."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := access_input_faults(args):
            raise ValueError(f"access '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        spec = args.spec
        organization = self._organization(name, args)
        after = self.after(organization)
        providers = {
            provider: identity_provider(f"{name}-{provider}", args.site.account_id, knobs, args.client_secrets.get(provider), after)
            for provider, knobs in spec.identity_providers.items()
        }
        ground = self._ground(name, args, providers)
        tokens = {token: self._token(f"{name}-{token}", knobs.days, args) for token, knobs in spec.service_tokens.items()}
        policies = {interface: self._policies(name, interface, args, ground, tokens) for interface in spec.applications}
        idps = [provider.id for provider in providers.values()]
        applications = {
            admin_host(interface, region, args.site.domain): self._application(
                name, args, interface=interface, region=region, policies=found, idps=idps
            )
            for interface, found in policies.items()
            for region in args.regions
        }
        self.resources: tuple[pulumi.Resource, ...] = tuple(applications.values())
        self.audiences = {host: application.aud for host, application in applications.items()}
        self.service_token_ids = {token: made.client_id for token, made in tokens.items()}
        self._seal()

    def _organization(self, name: str, args: AccessArgs) -> cloudflare.ZeroTrustOrganization:
        """The dashboard only shows: whoever changes something there would be undone by the next `up`."""
        return cloudflare.ZeroTrustOrganization(
            f"{name}-organization",
            account_id=args.site.account_id,
            name=args.spec.organization,
            auth_domain=f"{args.spec.team}.cloudflareaccess.com",
            session_duration=SESSION,
            warp_auth_session_duration=SESSION,
            mfa_required_for_all_apps=True,
            mfa_config=cloudflare.ZeroTrustOrganizationMfaConfigArgs(allowed_authenticators=list(Authenticator), session_duration=SESSION),
            is_ui_read_only=True,
            ui_read_only_toggle_reason="Managed by Meridian",
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )

    def _ground(self, name: str, args: AccessArgs, providers: Mapping[str, cloudflare.ZeroTrustAccessIdentityProvider]) -> PolicyGround:
        spec, account = args.spec, args.site.account_id
        groups = {
            group: access_group(
                f"{name}-{group}",
                account,
                knobs,
                kind=spec.identity_providers[knobs.provider].kind,
                provider_id=providers[knobs.provider].id,
                opts=self.child,
            ).id
            for group, knobs in spec.groups.items()
        }
        return PolicyGround(
            account_id=account, groups=groups, requirements=args.posture.requirements, adaptive=spec.adaptive, opts=self.child
        )

    def _token(self, name: str, days: int, args: AccessArgs) -> cloudflare.ZeroTrustAccessServiceToken:
        return cloudflare.ZeroTrustAccessServiceToken(
            name,
            account_id=args.site.account_id,
            name=name,
            duration=f"{days * HOURS_OF_DAY}h",
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["clientSecret"]),
        )

    def _policies(
        self,
        name: str,
        interface: str,
        args: AccessArgs,
        ground: PolicyGround,
        tokens: Mapping[str, cloudflare.ZeroTrustAccessServiceToken],
    ) -> list[cloudflare.ZeroTrustAccessPolicy]:
        knobs = args.spec.applications[interface]
        opening = [tokens[token].id for token, spec in args.spec.service_tokens.items() if interface in spec.applications]
        people = application_policies(f"{name}-{interface}", knobs, ground)
        return [*people, machine_policy(f"{name}-{interface}", opening, knobs.session_hours, ground)] if opening else people

    def _application(
        self,
        name: str,
        args: AccessArgs,
        *,
        interface: str,
        region: str,
        policies: Sequence[cloudflare.ZeroTrustAccessPolicy],
        idps: Sequence[pulumi.Input[str]],
    ) -> cloudflare.ZeroTrustAccessApplication:
        policy, destination = cloudflare.ZeroTrustAccessApplicationPolicyArgs, cloudflare.ZeroTrustAccessApplicationDestinationArgs
        return cloudflare.ZeroTrustAccessApplication(
            f"{name}-{interface}-{region}",
            account_id=args.site.account_id,
            name=f"{interface} {region}",
            type="self_hosted",
            destinations=[destination(type="public", uri=admin_host(interface, region, args.site.domain))],
            policies=[policy(id=made.id, precedence=rank) for rank, made in enumerate(policies, start=1)],
            session_duration=f"{args.spec.applications[interface].session_hours}h",
            allowed_idps=idps,
            auto_redirect_to_identity=len(idps) == 1,
            http_only_cookie_attribute=True,
            same_site_cookie_attribute="lax",
            app_launcher_visible=True,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )


def access_input_faults(args: AccessArgs) -> list[str]:
    """What plan, account and wires cannot give."""
    return [*access_faults(args.spec, args.site, args.regions), *secret_faults(args.spec.identity_providers, args.client_secrets)]
