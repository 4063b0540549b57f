"""A zone's own properties: settings, signed DNS, who may issue certificates for it, and which host names decrypt where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field, model_validator

from components.base import Component, Spec
from components.edge.regional import host_faults, regional_faults, regional_plan_faults
from components.edge.site import EdgeSite
from components.edge.zone_settings import DEFAULTS, regional_settings, security_header, setting_faults

HSTS_YEAR = 31_536_000
"""Seconds; the least that browsers' preload lists take (hstspreload.org)."""
CAA_TTL = 3600
"""Seconds that resolvers may keep a CAA record."""


class TlsVersion(StrEnum):
    """TLS versions that a visitor may still come with."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class CertificateAuthority(StrEnum):
    """Authorities of Cloudflare's advanced certificates, as its API spells them."""

    GOOGLE = "google"
    LETS_ENCRYPT = "lets_encrypt"
    SSL_COM = "ssl_com"


ISSUERS = {
    CertificateAuthority.GOOGLE: "pki.goog",
    CertificateAuthority.LETS_ENCRYPT: "letsencrypt.org",
    CertificateAuthority.SSL_COM: "ssl.com",
}
"""Authority -> its name in a CAA record (developers.cloudflare.com, ssl/edge-certificates/caa-records)."""


class HstsSpec(Spec):
    """Knobs of HTTP Strict Transport Security."""

    max_age: int = Field(default=HSTS_YEAR, ge=HSTS_YEAR)
    """Seconds that a browser insists on HTTPS. A year: the documents ask for no less, and preload lists take no less."""
    include_subdomains: bool = True
    """Whether it holds for every name below the one visited."""
    preload: bool = False
    """Whether browsers may ship the domain as HTTPS-only. Taking it back needs months, so it is a decision of its own."""

    @model_validator(mode="after")
    def _preload(self) -> "HstsSpec":
        if self.preload and not self.include_subdomains:
            raise ValueError("preload: true: preload lists take only domains with include_subdomains: true (hstspreload.org)")
        return self


class CertificateSpec(Spec):
    """Knobs of an advanced certificate. Universal SSL covers the apex and one label below it; deeper names need this."""

    hosts: tuple[str, ...] = Field(min_length=1, max_length=49)
    """Names and wildcards below the apex, which is added: e.g. `*.api.example.com`. At most 50 names with the apex."""
    authority: CertificateAuthority = CertificateAuthority.GOOGLE
    """Who issues it."""


class ZoneSpec(Spec):
    """Knobs of a zone."""

    min_tls_version: TlsVersion = TlsVersion.TLS_1_2
    """Oldest TLS version of visitors. 1.2 at the public edge, where old clients come; inside it is 1.3."""
    host_tls: Mapping[str, TlsVersion] = Field(default_factory=dict[str, TlsVersion])
    """Host name -> oldest TLS version there, where it differs (Advanced Certificate Manager)."""
    hsts: HstsSpec = Field(default_factory=HstsSpec)
    """Strict transport security of the whole zone."""
    settings: Mapping[str, str | int] = Field(default_factory=dict[str, str | int])
    """Zone settings by id, where they differ from `zone_settings.DEFAULTS`, e.g. `http3: "off"`."""
    dnssec: bool = True
    """Whether the zone is signed. The DS record then goes to the registrar by hand: output `ds_record`."""
    issuers: tuple[CertificateAuthority, ...] = tuple(CertificateAuthority)
    """Who may issue certificates for the domain: the authorities that Cloudflare takes turns with."""
    incident_address: str | None = Field(default=None, pattern=r"[^@\s]+@[^@\s]+")
    """Mail address that authorities tell of refused requests (CAA `iodef`)."""
    certificates: Mapping[str, CertificateSpec] = Field(default_factory=dict[str, CertificateSpec])
    """Purpose -> advanced certificate."""
    regional_hosts: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Host name -> region that alone decrypts it, by its key, e.g. `eu` (Regional Services); steering binds those of load balancers."""

    @property
    def effective_settings(self) -> Mapping[str, str | int]:
        """Every setting with the value the zone gets."""
        return {**DEFAULTS, **self.settings, "min_tls_version": self.min_tls_version.value}

    @property
    def regional_conflicts(self) -> tuple[str, ...]:
        """Names, for Regional Services, of what is switched on."""
        return regional_settings(self.effective_settings)


def zone_faults(spec: ZoneSpec, site: EdgeSite) -> Iterator[str]:
    """A line for each knob that the zone's plan, its domain or Regional Services refuses."""
    yield from setting_faults(site, spec.settings)
    if spec.certificates and (lacking := site.lacks("certificates.advanced")):
        yield f"certificates: {lacking}"
    if spec.host_tls and (lacking := site.lacks("tls.per-host")):
        yield f"host_tls: {lacking}"
    yield from host_faults(site, "host_tls", spec.host_tls)
    for purpose, certificate in spec.certificates.items():
        yield from host_faults(site, f"certificates.{purpose}.hosts", certificate.hosts)
        if certificate.authority not in spec.issuers:
            yield f"certificates.{purpose}.authority: {certificate.authority}: not among issuers: CAA would refuse it, add it there"
    yield from regional_plan_faults(site, spec.regional_hosts)
    yield from regional_faults(spec.regional_hosts, spec.regional_conflicts)


@dataclass(frozen=True, kw_only=True)
class ZoneArgs:
    """Wires of a Zone."""

    spec: ZoneSpec
    """Knobs."""
    site: EdgeSite
    """The zone, which exists."""


class Zone(Component, token="meridian:edge:Zone"):
    """Settings, HSTS, DNSSEC, CAA records, certificates, per-host TLS and regional host names of a zone that exists.

    Destroying it leaves the settings as they are: the provider's delete of a zone setting does nothing.

    Raises:
        ValueError: plan, domain or Regional Services refuse a knob.
    """

    zone_id: str
    """The zone."""
    ds_record: pulumi.Output[str]
    """DS record for the registrar; empty while the zone is not signed."""

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := list(zone_faults(args.spec, args.site)):
            raise ValueError(f"zone '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        self._name, self._site = name, args.site
        self.zone_id = args.site.zone_id
        self._settings(args.spec)
        self._issuers(args.spec)
        self._certificates(args.spec)
        self._regions(args.spec)
        self.ds_record = self._dnssec(args.spec)
        self._seal()

    def _settings(self, spec: ZoneSpec) -> None:
        header = security_header(max_age=spec.hsts.max_age, include_subdomains=spec.hsts.include_subdomains, preload=spec.hsts.preload)
        for setting, value in {**spec.effective_settings, "security_header": header}.items():
            cloudflare.ZoneSetting(
                f"{self._name}-{setting.replace('_', '-')}", zone_id=self.zone_id, setting_id=setting, value=value, opts=self.child
            )
        for host, version in spec.host_tls.items():
            cloudflare.HostnameTlsSetting(
                f"{self._name}-{host}-tls",
                zone_id=self.zone_id,
                hostname=host,
                setting_id="min_tls_version",
                value=version.value,
                opts=self.child,
            )

    def _dnssec(self, spec: ZoneSpec) -> pulumi.Output[str]:
        status = "active" if spec.dnssec else "disabled"
        signed = cloudflare.ZoneDnssec(f"{self._name}-dnssec", zone_id=self.zone_id, status=status, opts=self.child)
        return signed.ds.apply(lambda ds: ds or "")

    def _issuers(self, spec: ZoneSpec) -> None:
        for issuer in spec.issuers:
            self._caa(f"issue-{issuer.value.replace('_', '-')}", "issue", ISSUERS[issuer])
            self._caa(f"issuewild-{issuer.value.replace('_', '-')}", "issuewild", ISSUERS[issuer])
        if spec.incident_address:
            self._caa("iodef", "iodef", f"mailto:{spec.incident_address}")

    def _caa(self, noun: str, tag: str, value: str) -> None:
        cloudflare.DnsRecord(
            f"{self._name}-caa-{noun}",
            zone_id=self.zone_id,
            name=self._site.domain,
            type="CAA",
            ttl=CAA_TTL,
            data=cloudflare.DnsRecordDataArgs(flags=0, tag=tag, value=value),
            comment="Who may issue certificates",
            opts=self.child,
        )

    def _certificates(self, spec: ZoneSpec) -> None:
        for purpose, certificate in spec.certificates.items():
            cloudflare.CertificatePack(
                f"{self._name}-{purpose}-certificate",
                zone_id=self.zone_id,
                type="advanced",
                certificate_authority=certificate.authority.value,
                hosts=[self._site.domain, *certificate.hosts],
                validation_method="txt",
                validity_days=90,  # the one that all three authorities issue; Cloudflare renews it
                cloudflare_branding=False,
                opts=self.child,
            )

    def _regions(self, spec: ZoneSpec) -> None:
        for host, region in spec.regional_hosts.items():
            cloudflare.RegionalHostname(
                f"{self._name}-{host}-region", zone_id=self.zone_id, hostname=host, region_key=region, opts=self.child
            )
