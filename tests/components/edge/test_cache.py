"""What is cached how long: the documents' numbers, and what must never be."""

from typing import Any

import pytest

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.cache import FILE_EXTENSIONS, EdgeCache, EdgeCacheArgs, EdgeCacheSpec, OriginAddress, edge_cache_faults
from components.edge.site import EdgeSite
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

VENDOR_EXTENSIONS = """
7Z CSV GIF MIDI PNG TIF ZIP AVI DOC GZ MKV PPT TIFF ZST AVIF DOCX ICO MP3 PPTX TTF APK DMG ISO MP4 PS WEBM BIN EJS JAR OGG RAR WEBP BMP EOT
JPG OTF SVG WOFF BZ2 EPS JPEG PDF SVGZ WOFF2 CLASS EXE JS PICT SWF XLS CSS FLAC MID PLS TAR XLSX
"""
"""Cloudflare's page on default cache behaviour."""


def _plan(where: EdgeSite, hosts: tuple[str, ...] = (), **values: Any) -> Plan:
    spec = EdgeCacheSpec.from_yaml(values)
    origins = {"ireland-a": OriginAddress(ip="203.0.113.7", region="eu-west-1")}
    return deploy(lambda: EdgeCache("cache", EdgeCacheArgs(spec=spec, site=where, uncached_hosts=hosts, origins=origins)))


def _rules(plan: Plan) -> dict[str, dict[str, Any]]:
    (ruleset,) = (resource for resource in plan.made if resource.type.endswith(":Ruleset"))
    return {rule["ref"]: rule for rule in ruleset.inputs["rules"]}


def _switches(plan: Plan) -> dict[str, str]:
    return {resource.name: resource.inputs["value"] for resource in plan.made if "value" in resource.inputs}


def test_files_stay_thirty_days_at_the_edge_as_edge_cache_ttl_asks() -> None:
    settings = _rules(_plan(site()))["files"]["actionParameters"]
    assert settings["edgeTtl"] == {"mode": "override_origin", "default": 2_592_000}
    assert settings["browserTtl"] == {"mode": "respect_origin"}


def test_static_paths_have_the_documents_day_at_the_edge_and_year_in_browsers() -> None:
    rule = _rules(_plan(site()))["static"]
    assert rule["expression"] == 'starts_with(http.request.uri.path, "/static/")'
    assert rule["actionParameters"]["edgeTtl"]["default"] == 86_400
    assert rule["actionParameters"]["browserTtl"] == {"mode": "override_origin", "default": 31_536_000}
    assert rule["actionParameters"]["cacheKey"]["cacheDeceptionArmor"] is True


def test_what_is_never_cached_comes_last_where_it_decides() -> None:
    rules = _rules(_plan(site(), ("eu.api.example.com", "api.example.com")))
    assert list(rules) == ["files", "static", "api", "personal"]
    assert [rules[ref]["actionParameters"] for ref in ("api", "personal")] == [{"cache": False}] * 2
    assert rules["api"]["expression"] == (
        '(starts_with(http.request.uri.path, "/api/")) or (http.host in {"api.example.com" "eu.api.example.com"})'
    )


def test_whoever_carries_a_session_or_a_token_is_never_served_from_cache() -> None:
    expression = _rules(_plan(site(), auth_cookies=["__Host-session", "sso"]))["personal"]["expression"]
    assert 'http.cookie contains "__Host-session="' in expression
    assert 'http.cookie contains "sso="' in expression
    assert 'http.request.headers.names[*] eq "authorization"' in expression


def test_file_extensions_are_those_cloudflare_caches_by_itself() -> None:
    assert set(FILE_EXTENSIONS) == set(VENDOR_EXTENSIONS.lower().split())


@pytest.mark.parametrize(("tiers", "tiered", "smart"), [("none", "off", "off"), ("smart", "on", "on"), ("generic", "on", "off")])
def test_smart_is_a_topology_of_tiered_caching(tiers: str, tiered: str, smart: str) -> None:
    assert _switches(_plan(site(), tiers=tiers)) == {"cache-tiers": tiered, "cache-smart-tiers": smart, "cache-regional-tiers": "off"}


def test_what_the_plan_has_is_switched_off_by_value_since_deleting_does_nothing() -> None:
    plan = _plan(site(CloudflarePlan.ENTERPRISE, CloudflareAddon.ARGO, CloudflareAddon.CACHE_RESERVE))
    assert (_switches(plan)["cache-argo"], _switches(plan)["cache-reserve"]) == ("off", "off")
    assert set(_switches(_plan(site(CloudflarePlan.BUSINESS)))) == {"cache-tiers", "cache-smart-tiers"}


def test_cloudflare_is_told_where_an_origin_stands() -> None:
    (region,) = (resource for resource in _plan(site()).made if resource.type.endswith(":OriginCloudRegion"))
    assert {key: region.inputs[key] for key in ("originIp", "vendor", "region")} == {
        "originIp": "203.0.113.7",
        "vendor": "aws",
        "region": "eu-west-1",
    }


@pytest.mark.parametrize(
    ("values", "plan", "told"),
    [
        ({"static": {"edge_ttl": 3600}}, CloudflarePlan.FREE, "static.edge_ttl: 3600: at least 7200 seconds with plan free"),
        ({"file_edge_ttl": 60}, CloudflarePlan.PRO, "file_edge_ttl: 60: at least 3600 seconds"),
        ({"tiers": "generic"}, CloudflarePlan.BUSINESS, "tiers: generic tiered cache needs plan enterprise"),
        ({"regional_tiers": True}, CloudflarePlan.BUSINESS, "regional_tiers: regional tiered cache needs plan enterprise"),
        ({"reserve": True}, CloudflarePlan.ENTERPRISE, "reserve: Cache Reserve needs any plan with add-on cache-reserve"),
        ({"argo": True}, CloudflarePlan.ENTERPRISE, "argo: Argo Smart Routing needs any plan with add-on argo"),
        ({"import_ids": {"ddos_l7": "f"}}, CloudflarePlan.FREE, "import_ids.ddos_l7: not owned here"),
        ({"uncached_prefixes": ["/api"]}, CloudflarePlan.FREE, "prefix '/api': write '/api/'"),
    ],
)
def test_what_the_plan_lacks_is_refused(values: dict[str, Any], plan: CloudflarePlan, told: str) -> None:
    (fault,) = edge_cache_faults(EdgeCacheSpec.from_yaml(values), site(plan), {})
    assert fault.startswith(told)


def test_argo_and_smart_tiers_are_refused_beside_regional_hosts() -> None:
    spec = EdgeCacheSpec.from_yaml({"argo": True})
    faults = list(edge_cache_faults(spec, site(CloudflarePlan.ENTERPRISE, *CloudflareAddon), {"eu.api.example.com": "eu"}))
    assert [fault.split(" does")[0] for fault in faults] == ["Argo Smart Routing", "Smart Tiered Cache"]


def test_the_component_refuses_too() -> None:
    with pytest.raises(ValueError, match="cache 'cache': argo: Argo Smart Routing needs"):
        EdgeCache("cache", EdgeCacheArgs(spec=EdgeCacheSpec(argo=True), site=site()))
