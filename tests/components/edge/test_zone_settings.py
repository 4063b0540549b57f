"""Zone settings against Cloudflare's list of what they take."""

import pytest

from components.catalog.cloudflare_plans import CloudflarePlan, plan_features, zone_settings
from components.edge.zone_settings import DEFAULTS, OWNED, regional_settings, security_header, setting_faults
from tests.components.edge.sites import site


def test_every_default_is_a_value_that_every_plan_takes() -> None:
    assert list(setting_faults(site(CloudflarePlan.FREE), DEFAULTS)) == []


def test_every_gate_is_a_feature_of_the_plan_table() -> None:
    assert {fact.feature for fact in zone_settings().values()} - {None} <= set(plan_features())


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("edge_cache_ttl", 2_592_000, "a cache rule's edge_ttl carries it"),
        ("browser_cache_ttl", 31_536_001, "16070400, 31536000"),
        ("polish", "lossless", "Polish needs plan pro, the zone has plan free"),
        ("image_resizing", "on", "add-on image-optimization"),
        ("min_tls_version", "1.0", "is set by min_tls_version"),
        ("security_header", "on", "is set by hsts"),
        ("tls_client_auth", "on", "is set by the origin's certificate"),
        ("minify", "on", "no setting that Meridian sets"),
        ("ssl", "loose", "off, flexible, full, strict"),
    ],
)
def test_what_cloudflare_would_refuse_is_refused_by_name(setting: str, value: str | int, told: str) -> None:
    (fault,) = setting_faults(site(CloudflarePlan.FREE), {setting: value})
    assert fault.startswith(f"settings.{setting}: {value!r}: ")
    assert told in fault


def test_switching_off_what_the_plan_lacks_is_no_fault() -> None:
    assert list(setting_faults(site(CloudflarePlan.FREE), {"polish": "off"})) == []


def test_transport_is_strict_by_default() -> None:
    assert {key: DEFAULTS[key] for key in ("ssl", "tls_1_3", "0rtt", "always_use_https")} == {
        "ssl": "strict",
        "tls_1_3": "on",
        "0rtt": "off",
        "always_use_https": "on",
    }


def test_settings_with_an_owner_are_no_defaults() -> None:
    assert set(OWNED) & set(DEFAULTS) == set()


def test_what_is_on_is_named_for_regional_services() -> None:
    assert regional_settings(DEFAULTS) == ("http3",)
    assert regional_settings({"http3": "off", "opportunistic_onion": "on"}) == ("onion-routing",)


def test_hsts_is_nested_as_the_api_wants() -> None:
    value = security_header(max_age=31_536_000, include_subdomains=True, preload=False)
    assert value == {
        "strict_transport_security": {"enabled": True, "max_age": 31_536_000, "include_subdomains": True, "preload": False, "nosniff": True}
    }
