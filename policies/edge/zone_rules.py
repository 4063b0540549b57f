"""How a zone encrypts, and who may speak in its name."""

from collections.abc import Callable, Iterator
from typing import Any

from policies.core import edge_tokens as edge
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import edge_zones
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

STRICT = frozenset({"strict", "origin_pull"})
"""Modes in which Cloudflare checks the origin's certificate (Cloudflare, SSL/TLS encryption modes)."""
MODERN = frozenset({"1.2", "1.3"})
"""Values of `min_tls_version` that shut TLS 1.0 and 1.1 out (RFC 8996)."""
HSTS_SECONDS = 31_536_000
"""A year: the least that browsers' preload lists take (hstspreload.org)."""
_ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def _setting(setting: str, value: Any) -> Draft:
    return resource(edge.ZONE_SETTING[0], {"zoneId": _ZONE, "settingId": setting, "value": value})


def _ruleset(phase: str, *rules: dict[str, Any]) -> Draft:
    return resource(edge.RULESET[0], {"zoneId": _ZONE, "kind": "zone", "name": phase, "phase": phase, "rules": list(rules)})


def _made(**others: Draft) -> Example:
    """A zone that the stack makes itself."""
    return example(resource(edge.ZONE[0], {"account": {"id": "01a7362d577a6c3019a474fd6f485823"}, "name": "example.com"}), **others)


def _setting_findings(zone: Subject, setting: str, holds: Callable[[Any], bool]) -> Iterator[str]:
    """A finding where the subject sets it wrong, and one for a zone whose settings the stack decides but not this one."""
    if zone.resource.type in edge.ZONE_SETTING and zone.properties.text("settingId") == setting and not holds(zone.properties.get("value")):
        yield f"{setting} is {_shown(zone.properties.get('value'))}"
    speaks = edge_zones.speaks_for_zone(zone.stack, zone.resource, edge_zones.MADE_OR_SET)
    if speaks and not any(True for _ in edge_zones.settings(zone.stack, zone.resource, setting)):
        yield f"{setting} of the zone is left at its default"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "too weak"


@rule(
    "edge-01",
    on=(*edge.ZONE_SETTING, *edge.ZONE, *edge.RULESET, *edge.PAGE_RULE),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Short of strict, Cloudflare talks to whoever answers in the origin's place, in the clear or under any certificate.",
    fix='Set the ZoneSetting ssl to "strict" and give no ssl in configuration rules and page rules.',
    controls=("pci-dss-4.0:4.2.1",),
    bad=(
        example(_setting("ssl", "flexible")),
        example(_setting("ssl", "full")),
        example(_setting("ssl", "off")),
        example(_setting("min_tls_version", "1.2")),
        _made(),
        example(
            _ruleset("http_config_settings", {"action": "set_config", "actionParameters": {"ssl": "flexible"}, "expression": "true"}),
        ),
        example(resource(edge.PAGE_RULE[0], {"zoneId": _ZONE, "target": "example.com/*", "actions": {"ssl": "flexible"}})),
    ),
    good=(
        example(_setting("ssl", "strict")),
        example(_setting("ssl", "origin_pull")),
        _made(ssl=resource(edge.ZONE_SETTING[0], {"zoneId": "${subject.id}", "settingId": "ssl", "value": "strict"})),
        example(
            _ruleset(
                "http_config_settings",
                {"action": "set_config", "actionParameters": {"ssl": "off"}, "expression": "true", "enabled": False},
                {"action": "set_config", "actionParameters": {"bic": False}, "expression": "true"},
            ),
        ),
        example(resource(edge.PAGE_RULE[0], {"zoneId": _ZONE, "target": "example.com/*", "actions": {"ssl": "strict"}})),
    ),
)
def origin_is_asked_for_its_certificate(zone: Subject) -> Iterator[str]:
    yield from _setting_findings(zone, "ssl", STRICT.__contains__)
    for parameters in _overriding(zone):
        if "ssl" in parameters and parameters.text("ssl") not in STRICT:
            yield f"a rule sets ssl to {parameters.text('ssl')}"


def _overriding(zone: Subject) -> Iterator[Properties]:
    """What the subject sets for some requests apart."""
    if zone.resource.type in edge.PAGE_RULE:
        yield zone.properties.section("actions")
    elif zone.resource.type in edge.RULESET and zone.properties.text("phase") == "http_config_settings":
        yield from known_first(edge_zones.enabled(zone.resource), lambda each: (each.section("actionParameters"),))


def _tls(minimum: str, **others: Draft) -> Example:
    return example(_setting("min_tls_version", minimum), **others)


_TLS_13 = _setting("tls_1_3", "on")


@rule(
    "edge-02",
    on=(*edge.ZONE_SETTING, *edge.ZONE, *edge.HOSTNAME_TLS_SETTING),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="TLS 1.0 and 1.1 have known breaks and are forbidden since RFC 8996; 1.3 shuts the choice of weak ciphers out.",
    fix='Set the ZoneSettings min_tls_version to "1.2" or "1.3" and tls_1_3 to "on"; HostnameTlsSettings no lower.',
    controls=("pci-dss-4.0:4.2.1", "hipaa:164.312(e)(1)"),
    bad=(
        _tls("1.0", tls=_TLS_13),
        _tls("1.1", tls=_TLS_13),
        _tls("1.2"),
        example(_setting("tls_1_3", "off"), tls=_setting("min_tls_version", "1.2")),
        example(_setting("tls_1_3", "on")),
        _made(),
        example(
            resource(
                edge.HOSTNAME_TLS_SETTING[0],
                {"zoneId": _ZONE, "hostname": "api.example.com", "settingId": "min_tls_version", "value": "1.0"},
            )
        ),
    ),
    good=(
        _tls("1.2", tls=_TLS_13),
        _tls("1.3", tls=_setting("tls_1_3", "zrt")),
        example(
            resource(
                edge.HOSTNAME_TLS_SETTING[0],
                {"zoneId": _ZONE, "hostname": "api.example.com", "settingId": "min_tls_version", "value": "1.3"},
            )
        ),
    ),
)
def visitors_come_with_modern_tls(zone: Subject) -> Iterator[str]:
    yield from _setting_findings(zone, "min_tls_version", lambda value: str(value) in MODERN)
    yield from _setting_findings(zone, "tls_1_3", {"on", "zrt"}.__contains__)
    of_host = zone.resource.type in edge.HOSTNAME_TLS_SETTING and zone.properties.text("settingId") == "min_tls_version"
    if of_host and zone.properties.text("value") not in MODERN:
        yield f"{zone.resource.name} takes TLS {zone.properties.text('value')}"


def _hsts(seconds: int, *, enabled: bool = True) -> Draft:
    return _setting("security_header", {"strict_transport_security": {"enabled": enabled, "max_age": seconds, "include_subdomains": True}})


@rule(
    "edge-03",
    on=(*edge.ZONE_SETTING, *edge.ZONE),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A visitor who comes by http:// can be answered by anybody on the way; a browser that was told to never asks that way again.",
    fix='Set the ZoneSettings always_use_https to "on" and security_header to strict_transport_security enabled with max_age 31536000.',
    controls=("pci-dss-4.0:4.2.1",),
    bad=(
        example(_setting("always_use_https", "off"), header=_hsts(HSTS_SECONDS)),
        example(_setting("always_use_https", "on")),
        example(_hsts(HSTS_SECONDS)),
        example(_hsts(86_400), https=_setting("always_use_https", "on")),
        example(_hsts(HSTS_SECONDS, enabled=False), https=_setting("always_use_https", "on")),
        _made(),
    ),
    good=(
        example(_setting("always_use_https", "on"), tls=_hsts(HSTS_SECONDS)),
        example(_hsts(2 * HSTS_SECONDS), tls=_setting("always_use_https", "on")),
    ),
)
def visitors_come_encrypted(zone: Subject) -> Iterator[str]:
    yield from _setting_findings(zone, "always_use_https", "on".__eq__)
    yield from _setting_findings(zone, "security_header", _is_strict)


def _is_strict(header: Any) -> bool:
    if not isinstance(header, Properties):
        return False
    transport = header.section("strict_transport_security")
    return transport.flag("enabled") and transport.number("max_age", 0) >= HSTS_SECONDS


_CAA = resource(
    edge.DNS_RECORD[0],
    {"zoneId": _ZONE, "name": "example.com", "type": "CAA", "ttl": 3600, "data": {"flags": 0, "tag": "issue", "value": "pki.goog"}},
)
_SIGNED = resource(edge.ZONE_DNSSEC[0], {"zoneId": _ZONE, "status": "active"})


@rule(
    "edge-04",
    on=(*edge.ZONE, *edge.ZONE_SETTING, *edge.ZONE_DNSSEC),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Without signatures a resolver believes forged answers; without CAA any authority may be talked into a certificate for the domain.",
    fix='Make a ZoneDnssec with status "active" and DnsRecords of type CAA with tag "issue" for the authorities in use.',
    controls=(),
    bad=(
        _made(),
        example(_setting("ssl", "strict"), signed=_SIGNED),
        example(_setting("ssl", "strict"), caa=_CAA),
        example(_setting("ssl", "strict"), caa=_CAA, signed=resource(edge.ZONE_DNSSEC[0], {"zoneId": _ZONE, "status": "disabled"})),
        example(resource(edge.ZONE_DNSSEC[0], {"zoneId": _ZONE, "status": "disabled"})),
    ),
    good=(
        example(_setting("ssl", "strict"), caa=_CAA, signed=_SIGNED),
        _made(
            caa=resource(edge.DNS_RECORD[1], {**_CAA.inputs, "zoneId": "${subject.id}"}),
            signed=resource(edge.ZONE_DNSSEC[0], {"zoneId": "${subject.id}"}),
        ),
        example(_SIGNED),
    ),
)
def names_cannot_be_forged(zone: Subject) -> Iterator[str]:
    if zone.resource.type in edge.ZONE_DNSSEC and not _is_signed(zone.properties):
        yield "DNSSEC is switched off"
    if edge_zones.speaks_for_zone(zone.stack, zone.resource, edge_zones.MADE_OR_SET):
        signing = edge_zones.of_zone(zone.stack, zone.resource, *edge.ZONE_DNSSEC)
        if not any(_is_signed(each.properties) for each in signing):
            yield "the zone is not signed"
        records = edge_zones.of_zone(zone.stack, zone.resource, *edge.DNS_RECORD)
        if not any(each.properties.text("type") == "CAA" for each in records):
            yield "no CAA record says who may issue certificates"


def _is_signed(dnssec: Properties) -> bool:
    """Active unless told otherwise: the resource exists to sign."""
    return dnssec.text("status", "active") == "active"
