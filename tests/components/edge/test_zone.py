"""A zone's settings, DNSSEC, CAA, certificates and regional host names."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.site import EdgeSite
from components.edge.zone import Zone, ZoneArgs, ZoneSpec, zone_faults
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

EVERYTHING = site(CloudflarePlan.ENTERPRISE, *CloudflareAddon)
FULL = {
    "settings": {"http3": "off", "polish": "lossless"},
    "host_tls": {"admin.example.com": "1.3"},
    "incident_address": "security@example.com",
    "certificates": {"api": {"hosts": ["*.api.example.com"]}},
    "regional_hosts": {"eu.api.example.com": "eu"},
}


def _plan(spec: dict[str, Any], where: EdgeSite = EVERYTHING, mode: str = "update") -> Plan:
    return deploy(lambda: Zone("edge", ZoneArgs(spec=ZoneSpec.from_yaml(spec), site=where)), mode=mode)


def _inputs(plan: Plan, kind: str) -> list[dict[str, Any]]:
    return [dict(resource.inputs) for resource in plan.made if resource.type.endswith(f":{kind}")]


def test_each_setting_is_a_resource_of_its_own_named_after_it() -> None:
    plan = _plan({}, site(CloudflarePlan.FREE))
    settings = {row["settingId"]: row["value"] for row in _inputs(plan, "ZoneSetting")}
    assert settings["ssl"] == "strict"
    assert (settings["min_tls_version"], settings["tls_1_3"], settings["0rtt"]) == ("1.2", "on", "off")
    assert settings["security_header"]["strict_transport_security"]["max_age"] == 31_536_000
    assert settings["cache_level"] == "aggressive"
    assert settings["browser_cache_ttl"] == 0
    assert "edge-browser-cache-ttl" in {resource.name for resource in plan.made}


def test_a_stack_file_overrides_one_setting_and_keeps_the_rest() -> None:
    settings = {row["settingId"]: row["value"] for row in _inputs(_plan(FULL), "ZoneSetting")}
    assert (settings["http3"], settings["polish"], settings["ssl"]) == ("off", "lossless", "strict")


def test_the_zone_is_signed_and_tells_the_registrars_record() -> None:
    (signed,) = _inputs(_plan({}), "ZoneDnssec")
    assert signed["status"] == "active"


def test_only_cloudflares_authorities_may_issue_wildcards_too() -> None:
    records = _inputs(_plan(FULL), "DnsRecord")
    assert {(row["data"]["tag"], row["data"]["value"]) for row in records} == {
        *((tag, value) for tag in ("issue", "issuewild") for value in ("pki.goog", "letsencrypt.org", "ssl.com")),
        ("iodef", "mailto:security@example.com"),
    }
    assert {(row["type"], row["name"], row["data"]["flags"]) for row in records} == {("CAA", "example.com", 0)}


def test_a_certificate_has_the_apex_which_cloudflare_demands() -> None:
    (pack,) = _inputs(_plan(FULL), "CertificatePack")
    assert pack["hosts"] == ["example.com", "*.api.example.com"]
    assert (pack["certificateAuthority"], pack["validationMethod"], pack["validityDays"]) == ("google", "txt", 90)


def test_a_host_may_be_stricter_than_its_zone() -> None:
    (setting,) = _inputs(_plan(FULL), "HostnameTlsSetting")
    assert (setting["hostname"], setting["settingId"], setting["value"]) == ("admin.example.com", "min_tls_version", "1.3")


def test_a_host_is_decrypted_in_its_region_only() -> None:
    (host,) = _inputs(_plan(FULL), "RegionalHostname")
    assert (host["hostname"], host["regionKey"]) == ("eu.api.example.com", "eu")


def test_preview_knows_all_that_update_makes() -> None:
    assert {r.urn for r in _plan(FULL, mode="preview")} == {r.urn for r in _plan(FULL)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"settings": {"http3": "on"}}, "HTTP/3 does not work on regionalised host names (eu.api.example.com): set settings.http3"),
        ({"certificates": {"api": {"hosts": ["*.api.other.org"]}}}, "certificates.api.hosts: *.api.other.org: not in zone example.com"),
        ({"issuers": ["lets_encrypt"]}, "certificates.api.authority: google: not among issuers"),
        ({"host_tls": {"admin.other.org": "1.3"}}, "host_tls: admin.other.org: not in zone example.com"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="zone 'edge'") as refusal:
        Zone("edge", ZoneArgs(spec=ZoneSpec.from_yaml(FULL | change), site=EVERYTHING))
    assert told in str(refusal.value)


def test_a_plan_that_lacks_it_all_is_told_of_each() -> None:
    faults = list(zone_faults(ZoneSpec.from_yaml(FULL), site(CloudflarePlan.FREE)))
    assert [fault.split(":")[0] for fault in faults] == ["settings.polish", "certificates", "host_tls", "regional_hosts"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"hsts": {"max_age": 86_400}}, "31536000"),
        ({"hsts": {"preload": True, "include_subdomains": False}}, "include_subdomains: true"),
        ({"min_tls_version": "1.1"}, "1.2"),
    ],
)
def test_a_weaker_zone_is_no_spec(values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ZoneSpec.from_yaml(values)
