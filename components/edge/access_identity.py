"""Who people are: identity providers and the groups that they tell."""

from collections.abc import Mapping

import pulumi
import pulumi_cloudflare as cloudflare

from components.edge.access_spec import GroupSpec, IdentityProviderSpec, ProviderKind

GROUPS_CLAIM = "groups"
"""Claim or attribute in which OIDC and SAML providers name a person's groups; they are configured to send it."""

_Include = cloudflare.ZeroTrustAccessGroupIncludeArgs


def identity_provider(
    name: str, account_id: str, spec: IdentityProviderSpec, client_secret: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> cloudflare.ZeroTrustAccessIdentityProvider:
    """The connection, with people who leave taken out of Access at once (SCIM), their sessions included."""
    return cloudflare.ZeroTrustAccessIdentityProvider(
        name,
        account_id=account_id,
        name=name,
        type=spec.kind,
        config=cloudflare.ZeroTrustAccessIdentityProviderConfigArgs(
            **spec.settings,
            client_secret=None if client_secret is None else pulumi.Output.secret(client_secret),
            idp_public_certs=list(spec.certificates) or None,
            support_groups=True if spec.kind is ProviderKind.ENTRA else None,
            claims=[GROUPS_CLAIM] if spec.kind is ProviderKind.OIDC else None,
            attributes=[GROUPS_CLAIM] if spec.kind is ProviderKind.SAML else None,
            pkce_enabled=True if spec.kind is ProviderKind.OIDC else None,
            sign_request=True if spec.kind is ProviderKind.SAML else None,
        ),
        scim_config=cloudflare.ZeroTrustAccessIdentityProviderScimConfigArgs(
            enabled=True, user_deprovision=True, seat_deprovision=True, identity_update_behavior="reauth"
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["config", "scimConfig"])),
    )


def access_group(
    name: str,
    account_id: str,
    spec: GroupSpec,
    *,
    kind: ProviderKind,
    provider_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> cloudflare.ZeroTrustAccessGroup:
    """Members of any of the provider's groups."""
    return cloudflare.ZeroTrustAccessGroup(
        name, account_id=account_id, name=name, includes=[_member(kind, member, provider_id) for member in spec.members], opts=opts
    )


def _member(kind: ProviderKind, member: str, provider_id: pulumi.Input[str]) -> _Include:
    """How each kind of provider names a group."""
    if kind is ProviderKind.OKTA:
        return _Include(okta=cloudflare.ZeroTrustAccessGroupIncludeOktaArgs(name=member, identity_provider_id=provider_id))
    if kind is ProviderKind.ENTRA:
        return _Include(azure_ad=cloudflare.ZeroTrustAccessGroupIncludeAzureAdArgs(id=member, identity_provider_id=provider_id))
    if kind is ProviderKind.OIDC:
        claim = cloudflare.ZeroTrustAccessGroupIncludeOidcArgs
        return _Include(oidc=claim(claim_name=GROUPS_CLAIM, claim_value=member, identity_provider_id=provider_id))
    attribute = cloudflare.ZeroTrustAccessGroupIncludeSamlArgs
    return _Include(saml=attribute(attribute_name=GROUPS_CLAIM, attribute_value=member, identity_provider_id=provider_id))


def secret_faults(providers: Mapping[str, IdentityProviderSpec], secrets: Mapping[str, object]) -> list[str]:
    """One line for each provider whose client secret is missing, or is there and useless."""
    needing = {name for name, spec in providers.items() if spec.kind is not ProviderKind.SAML}
    missing = [f"identity_providers.{name}: its client secret is missing, hand it in as client_secrets" for name in needing - set(secrets)]
    useless = [f"client_secrets: {name} is no identity provider that takes one" for name in set(secrets) - needing]
    return sorted(missing + useless)
