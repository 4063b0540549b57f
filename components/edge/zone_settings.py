"""The settings of a zone, one by one: Cloudflare's provider has no resource for all of them since its version 5."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.catalog.cloudflare_plans import zone_settings
from components.edge.site import EdgeSite

DEFAULTS: Mapping[str, str | int] = {
    # TLS
    "ssl": "strict",
    "tls_1_3": "on",
    "0rtt": "off",  # early data can be replayed (RFC 8446, 8)
    "always_use_https": "on",
    "automatic_https_rewrites": "on",
    "opportunistic_encryption": "on",
    # Cache. No purge reaches browsers: a year for everything cannot be taken back, so the origin decides and a cache rule overrides.
    "cache_level": "aggressive",
    "browser_cache_ttl": 0,
    "always_online": "on",
    # Delivery
    "brotli": "on",
    "early_hints": "on",
    "http3": "on",
    "ipv6": "on",
    "websockets": "on",
    # Security
    "security_level": "medium",
    "challenge_ttl": 1800,
    "browser_check": "on",
    "email_obfuscation": "on",
    "ip_geolocation": "on",
    "opportunistic_onion": "off",
    "rocket_loader": "off",  # rewrites scripts, which a content security policy then refuses
}
"""What every zone gets unless its spec says otherwise."""
OWNED = {"min_tls_version": "min_tls_version", "security_header": "hsts", "tls_client_auth": "the origin's certificate"}
"""Settings that something else sets -> what does."""
REGIONAL = {"http3": "http3", "opportunistic_onion": "onion-routing", "orange_to_orange": "orange-to-orange"}
"""Settings that, when on, do not go with Regional Services -> their name there."""


def setting_faults(site: EdgeSite, settings: Mapping[str, str | int]) -> Iterator[str]:
    """A line for each setting that is unknown, takes no such value, is set elsewhere, or needs a higher plan."""
    known = zone_settings()
    for name, value in settings.items():
        if name in OWNED:
            yield f"settings.{name}: {value!r}: is set by {OWNED[name]}: take it out of settings"
        elif name not in known:
            remedy = "a cache rule's edge_ttl carries it" if name == "edge_cache_ttl" else f"known: {', '.join(known)}"
            yield f"settings.{name}: {value!r}: no setting that Meridian sets: {remedy}"
        elif value not in known[name].values:
            yield f"settings.{name}: {value!r}: allowed: {', '.join(map(str, known[name].values))}"
        elif (feature := known[name].feature) and value != "off" and (lacking := site.lacks(feature)):
            yield f"settings.{name}: {value!r}: {lacking}"


def regional_settings(settings: Mapping[str, str | int]) -> tuple[str, ...]:
    """Names, for Regional Services, of what is switched on."""
    return tuple(feature for setting, feature in REGIONAL.items() if settings.get(setting) == "on")


def security_header(*, max_age: int, include_subdomains: bool, preload: bool) -> Mapping[str, Any]:
    """Value of the setting `security_header`: HSTS, and no guessing of content types."""
    return {
        "strict_transport_security": {
            "enabled": True,
            "max_age": max_age,
            "include_subdomains": include_subdomains,
            "preload": preload,
            "nosniff": True,
        }
    }
