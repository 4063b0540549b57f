"""What a device must be before it may reach an admin interface, as a stack file says it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from components.base import Spec


class Platform(StrEnum):
    """Operating systems of devices, as Cloudflare's API spells them. Linux is none of them: the client cannot tell there whether a
    firewall is on (Cloudflare, device client checks).
    """

    WINDOWS = "windows"
    MAC = "mac"


class Check(StrEnum):
    """Kinds of posture rules, as Cloudflare's API spells them; the SDK's docstrings print `*` for `_`."""

    OS_VERSION = "os_version"
    DISK_ENCRYPTION = "disk_encryption"
    FIREWALL = "firewall"
    CLIENT_CERTIFICATE = "client_certificate_v2"
    CROWDSTRIKE = "crowdstrike_s2s"
    SENTINELONE = "sentinelone_s2s"
    INTUNE = "intune"


EDR_SETTINGS: Mapping[Check, tuple[str, ...]] = {
    Check.CROWDSTRIKE: ("api_url", "client_id", "customer_id"),
    Check.SENTINELONE: ("api_url",),
    Check.INTUNE: ("client_id", "customer_id"),
}
"""Endpoint protection -> what its connection needs beside the secret (Cloudflare, service-to-service integrations)."""


class EdrSpec(Spec):
    """Knobs of the connection to an endpoint protection."""

    kind: Check
    """Product: `crowdstrike_s2s`, `sentinelone_s2s` or `intune`."""
    settings: Mapping[str, str]
    """Address and identifiers of the connection; its secret is a wire."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (needed := EDR_SETTINGS.get(self.kind)) is None:
            raise ValueError(f"kind: {self.kind} is no endpoint protection: take {', '.join(EDR_SETTINGS)}")
        if set(self.settings) != set(needed):
            raise ValueError(f"settings: {self.kind} needs {', '.join(needed)}, given are {', '.join(sorted(self.settings)) or 'none'}")
        return self


class CertificateSpec(Spec):
    """Knobs of the certificate that managed devices hold."""

    certificate_id: str = Field(min_length=1)
    """Identifier at Cloudflare of the authority that signed it (mTLS certificates)."""
    common_name: str = Field(min_length=1)
    """Common name; `${serial_number}` and `${hostname}` stand for the device's own."""


class PostureSpec(Spec):
    """Knobs of device posture."""

    os_versions: Mapping[Platform, str] = Field(
        default_factory=lambda: {Platform.WINDOWS: "10.0.26200", Platform.MAC: "15.0.0"}, min_length=1
    )
    """Platform -> least version that may enter, as semantic version; what is not named may not enter at all. Oldest that their makers still
    mend in November 2026: Windows 11 25H2, macOS 15. To be raised as they end."""
    certificate: CertificateSpec | None = None
    """Certificate of managed devices; not asked for without."""
    edr: EdrSpec | None = None
    """Endpoint protection; not asked for without."""
    every_minutes: int = Field(default=5, ge=1, le=60)
    """Time between two checks of a device. Cloudflare's least is one minute."""
    valid_minutes: int = Field(default=30, ge=5, le=480)
    """How long a result counts when the device is silent. A lost one is out within the half hour."""

    @model_validator(mode="after")
    def _longer_than_schedule(self) -> Self:
        if self.valid_minutes <= self.every_minutes:
            raise ValueError(
                f"valid_minutes: {self.valid_minutes} is not above every_minutes {self.every_minutes}: devices would fail between checks"
            )
        return self
