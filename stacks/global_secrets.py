"""Secrets of the global stack: which it needs, where each stands in its configuration, and that none stands there in the clear."""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum

import pulumi

from components.edge.access_spec import ProviderKind
from stacks.faults import Fault
from stacks.global_spec import GlobalSpec

PREFIX = "meridian"
"""Namespace of the keys."""
ORIGIN_PULLS_KEY = "originPullsKey"
UNITS_SIGNING_KEY = "unitsSigningKey"
EDR_SECRET = "edrSecret"


class Kept(Enum):
    """How the stack's configuration keeps a value."""

    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    MISSING = "missing"


def client_secret(provider: str) -> str:
    """Key of an identity provider's client secret."""
    return f"clientSecret-{provider}"


def kept(key: str) -> Kept:
    """How the configuration of the stack that Pulumi runs keeps it."""
    full = f"{PREFIX}:{key}"
    if pulumi.runtime.get_config(full) is None:
        return Kept.MISSING
    return Kept.ENCRYPTED if pulumi.runtime.is_config_secret(full) else Kept.PLAIN


def secret(key: str) -> pulumi.Output[str]:
    """The value, for what `load` has found there."""
    return pulumi.Config(PREFIX).require_secret(key)


def client_secrets(spec: GlobalSpec) -> Mapping[str, pulumi.Output[str]]:
    """Identity provider -> its client secret."""
    return {provider: secret(client_secret(provider)) for provider in _with_secrets(spec)}


def wanted(spec: GlobalSpec) -> Mapping[str, str]:
    """Key -> what it is, for each secret that the spec needs."""
    return {
        ORIGIN_PULLS_KEY: "private key of origin_pulls.certificate, PEM",
        **({UNITS_SIGNING_KEY: "key that links to units are signed with"} if spec.units else {}),
        **({EDR_SECRET: f"client secret of posture.edr, {spec.posture.edr.kind}"} if spec.posture.edr else {}),
        **{client_secret(provider): f"client secret of access.identity_providers.{provider}" for provider in _with_secrets(spec)},
    }


def secret_faults(spec: GlobalSpec, kept: Callable[[str], Kept]) -> Iterator[Fault]:
    """A line for each secret that is missing, or lies open in the file."""
    for key, what in wanted(spec).items():
        if (how := kept(key)) is not Kept.ENCRYPTED:
            yield Fault(f"{PREFIX}:{key}", how.value, f"{what}: run `pulumi config set --secret {PREFIX}:{key}` and commit the ciphertext")


def _with_secrets(spec: GlobalSpec) -> tuple[str, ...]:
    """SAML signs instead."""
    return tuple(name for name, provider in spec.access.identity_providers.items() if provider.kind is not ProviderKind.SAML)
