"""Who may reach which admin interface, as a stack file says it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from components.base import Spec
from components.edge.site import EdgeSite

MOST_SESSION_HOURS = 8
"""A working day; issue 5."""
MOST_TOKEN_DAYS = 365
"""Issue 5."""
MOST_APPLICATIONS = 500
"""Access applications of an account (Cloudflare, account limits)."""
MOST_SERVICE_TOKENS = 50
"""Service tokens of an account (Cloudflare, account limits)."""


class Authenticator(StrEnum):
    """Second factors of Access, as its API spells them. SMS and e-mail are none of them: both can be phished (seed decision D-53)."""

    SECURITY_KEY = "security_key"
    """A hardware key."""
    BIOMETRICS = "biometrics"
    """A passkey of the device."""
    TOTP = "totp"
    """A code of an authenticator app; can be phished, so it is in no default."""


class ProviderKind(StrEnum):
    """Kinds of identity providers, as Cloudflare's API spells them."""

    OKTA = "okta"
    ENTRA = "azureAD"
    OIDC = "oidc"
    SAML = "saml"


PROVIDER_SETTINGS: Mapping[ProviderKind, tuple[str, ...]] = {
    ProviderKind.OKTA: ("client_id", "okta_account"),
    ProviderKind.ENTRA: ("client_id", "directory_id"),
    ProviderKind.OIDC: ("auth_url", "certs_url", "client_id", "token_url"),
    ProviderKind.SAML: ("issuer_url", "sso_target_url"),
}
"""Kind -> what its connection needs; beside it all but SAML need a client secret (Cloudflare, identity providers)."""


class IdentityProviderSpec(Spec):
    """Knobs of an identity provider."""

    kind: ProviderKind
    """Protocol or product."""
    settings: Mapping[str, str]
    """Addresses and identifiers of the connection; the client secret is a wire."""
    certificates: tuple[str, ...] = ()
    """Signing certificates of a SAML provider, PEM."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = PROVIDER_SETTINGS[self.kind]
        if set(self.settings) != set(needed):
            raise ValueError(f"settings: {self.kind} needs {', '.join(needed)}, given are {', '.join(sorted(self.settings)) or 'none'}")
        if (self.kind is ProviderKind.SAML) != bool(self.certificates):
            raise ValueError("certificates: SAML needs those it signs with, the other kinds have none")
        return self


class GroupSpec(Spec):
    """Knobs of an Access group: people, told by groups of one identity provider."""

    provider: str
    """Identity provider by its name in `identity_providers`."""
    members: tuple[str, ...] = Field(min_length=1)
    """Groups at the provider: names, or object ids at Entra."""


class ApplicationSpec(Spec):
    """Knobs of an admin interface's protection."""

    groups: tuple[str, ...]
    """Access groups that may enter, one is enough."""
    authenticators: tuple[Authenticator, ...] = Field(default=(Authenticator.SECURITY_KEY, Authenticator.BIOMETRICS), min_length=1)
    """Second factors accepted. Both of the default withstand phishing."""
    session_hours: int = Field(default=MOST_SESSION_HOURS, ge=1, le=MOST_SESSION_HOURS)
    """Hours until one has to sign in again."""

    @model_validator(mode="after")
    def _identity(self) -> Self:
        if not self.groups:
            raise ValueError("groups: an Access application without identity is open to everybody: name at least one group of people")
        return self


class ServiceTokenSpec(Spec):
    """Knobs of a token for machines."""

    applications: tuple[str, ...] = Field(min_length=1)
    """Applications that it opens."""
    days: int = Field(default=90, ge=1, le=MOST_TOKEN_DAYS)
    """Days until it ends; a quarter, so that replacing it is a habit."""


_INTERFACE = ApplicationSpec(groups=("platform",))
_CRITICAL = ApplicationSpec(groups=("platform",), authenticators=(Authenticator.SECURITY_KEY,))
DEFAULT_APPLICATIONS: Mapping[str, ApplicationSpec] = {
    "admin": _CRITICAL,
    "argo-cd": _CRITICAL,
    "grafana": _INTERFACE,
    "jaeger": _INTERFACE,
    "kibana": _INTERFACE,
    "prometheus": _INTERFACE,
    "tidb-dashboard": _CRITICAL,
    "vault": _CRITICAL,
}
"""Admin interfaces of a region. What changes production or shows its rows wants a hardware key."""


class AccessSpec(Spec):
    """Knobs of Access."""

    team: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    """Zero Trust organisation: `<team>.cloudflareaccess.com`."""
    organization: str = Field(min_length=1)
    """Its name, as people see it when they sign in."""
    identity_providers: Mapping[str, IdentityProviderSpec] = Field(min_length=1)
    """Identity providers by name."""
    groups: Mapping[str, GroupSpec] = Field(min_length=1)
    """Access groups by name. The default applications are for one named `platform`."""
    applications: Mapping[str, ApplicationSpec] = Field(default_factory=lambda: dict(DEFAULT_APPLICATIONS))
    """Admin interfaces by name, which is the first part of their host names. All regions have them."""
    service_tokens: Mapping[str, ServiceTokenSpec] = Field(default_factory=dict[str, ServiceTokenSpec])
    """Tokens for machines by name."""
    adaptive: bool = False
    """Whether people at medium risk need a hardware key and those at high risk stay outside. Needs Enterprise."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        if faults := list(_name_faults(self)):
            raise ValueError("; ".join(faults))
        return self


def _name_faults(spec: AccessSpec) -> Iterator[str]:
    """Names that stand for nothing."""
    for name, group in spec.groups.items():
        if group.provider not in spec.identity_providers:
            yield f"groups.{name}.provider: {group.provider} is none of {', '.join(sorted(spec.identity_providers))}"
    for name, application in spec.applications.items():
        for group in set(application.groups) - set(spec.groups):
            yield f"applications.{name}.groups: {group} is none of {', '.join(sorted(spec.groups))}"
    for name, token in spec.service_tokens.items():
        for application in set(token.applications) - set(spec.applications):
            yield f"service_tokens.{name}.applications: {application} is none of {', '.join(sorted(spec.applications))}"


def admin_host(application: str, region: str, domain: str) -> str:
    """Host name of a region's admin interface: one label below the zone, which the universal certificate covers."""
    return f"{application}-{region}.{domain}"


def access_faults(spec: AccessSpec, site: EdgeSite, regions: tuple[str, ...]) -> Iterator[str]:
    """One line for each thing that the zone's plan or the account cannot do."""
    if spec.adaptive and (lack := site.lacks("zero-trust.risk-score")) is not None:
        yield f"adaptive: {lack}"
    if (count := len(spec.applications) * len(regions)) > MOST_APPLICATIONS:
        yield f"applications: {count} in {len(regions)} regions, an account takes {MOST_APPLICATIONS}: protect fewer interfaces"
    if (count := len(spec.service_tokens)) > MOST_SERVICE_TOKENS:
        yield f"service_tokens: {count}, an account takes {MOST_SERVICE_TOKENS}: let one token open several applications"
