"""Cloudflare Gateway: what enrolled devices may look up, connect to and load; whatever no rule allows is blocked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Self

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field, model_validator

from components.base import Component, Spec
from components.edge.site import EdgeSite


class Layer(StrEnum):
    """What a rule looks at, as the API spells it, in the order a device meets them."""

    DNS = "dns"
    NETWORK = "l4"
    HTTP = "http"


EVERYTHING: Mapping[Layer, str] = {
    Layer.DNS: 'dns.fqdn matches ".*"',
    Layer.NETWORK: "net.dst.ip in {0.0.0.0/0 ::/0}",
    Layer.HTTP: 'http.request.host matches ".*"',
}
"""Layer -> expression of the block that ends it."""
DOMAINS: Mapping[Layer, str] = {Layer.DNS: "any(dns.domains[*] in {%s})", Layer.HTTP: "any(http.request.domains[*] in {%s})"}
"""Layer -> expression of domains with all below them (Cloudflare, Gateway selectors)."""
THREATS: Mapping[Layer, str] = {
    Layer.DNS: "any(dns.security_category[*] in {%s})",
    Layer.HTTP: "any(http.request.uri.security_category[*] in {%s})",
}
"""Layer -> expression of security categories."""
SECURITY_CATEGORIES = (68, 80, 83, 117, 131, 134, 151, 153, 175, 176, 178)
"""All security categories, from anonymisers over malware to phishing, by Cloudflare's numbers (Gateway, recommended DNS policies)."""
FIRST = {layer: 1000 + 10_000 * rank for rank, layer in enumerate(Layer)}
"""Layer -> precedence of its first rule. Precedences are of the account, not of the layer."""
SHARED_ADDRESSES = IPv4Network("100.64.0.0/10")
"""Private too, for carriers and pods (RFC 6598)."""
STEP = 100
"""Between two rules."""
LAST = 9000
"""Of the final block, above the layer's first."""


class GatewaySpec(Spec):
    """Knobs of Gateway."""

    domains: tuple[str, ...] = Field(min_length=1)
    """Domains that devices may visit, with all below them; the zone is always among them."""
    groups: tuple[str, ...] = Field(min_length=1)
    """Groups of the identity provider whose people may reach private networks."""
    ports: tuple[int, ...] = (443,)
    """TCP ports of private networks that they may reach."""
    inspect_tls: bool = True
    """Whether HTTPS is opened on the way. Devices need Cloudflare's certificate; without it HTTP rules see host names only."""

    @model_validator(mode="after")
    def _plain(self) -> Self:
        for domain in self.domains:
            if domain != domain.strip().lower() or "*" in domain or "/" in domain or '"' in domain:
                raise ValueError(f"domains: '{domain}' must be a plain name in small letters: names below it are included")
        for group in self.groups:
            if '"' in group or "\\" in group:
                raise ValueError(f"groups: '{group}' holds a quote or a backslash, which end the expression: rename the group")
        for port in self.ports:
            if not 1 <= port <= 65535:
                raise ValueError(f"ports: {port} is no TCP port, they go from 1 to 65535")
        return self


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """Wires of a Gateway."""

    spec: GatewaySpec
    """Knobs."""
    site: EdgeSite
    """The account, and the zone that is always allowed."""
    networks: Mapping[str, tuple[pulumi.Input[str], pulumi.Input[str]]]
    """Region -> CIDR block of its network, and identifier of its virtual network."""
    posture_rule_ids: Mapping[str, Sequence[pulumi.Input[str]]] = field(default_factory=dict[str, Sequence[pulumi.Input[str]]])
    """Check -> posture rules, one for each platform. To reach private networks a device must pass one of each check: `Posture.rule_ids`."""


class Gateway(Component, token="meridian:edge:Gateway"):
    """Rules of the three layers, each: threats blocked, listed things allowed, everything else blocked.

    Raises:
        ValueError: a network that is known is no CIDR block, or not private.
    """

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := list(network_faults({region: block for region, (block, _) in args.networks.items() if isinstance(block, str)})):
            raise ValueError(f"gateway '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        settings = self._settings(name, args)
        rules = [
            self._rule(name, layer, rule, FIRST[layer] + position, args)
            for layer in Layer
            for position, rule in _placed(tuple(_rules(layer, args)))
        ]
        self.resources: tuple[pulumi.Resource, ...] = (settings, *rules)
        self._seal()

    def _settings(self, name: str, args: GatewayArgs) -> cloudflare.ZeroTrustGatewaySettings:
        knobs = cloudflare.ZeroTrustGatewaySettingsSettingsArgs(
            activity_log=cloudflare.ZeroTrustGatewaySettingsSettingsActivityLogArgs(enabled=True),
            tls_decrypt=cloudflare.ZeroTrustGatewaySettingsSettingsTlsDecryptArgs(enabled=args.spec.inspect_tls),
            protocol_detection=cloudflare.ZeroTrustGatewaySettingsSettingsProtocolDetectionArgs(enabled=True),
        )
        return cloudflare.ZeroTrustGatewaySettings(f"{name}-settings", account_id=args.site.account_id, settings=knobs, opts=self.child)

    def _rule(self, name: str, layer: Layer, rule: "_Rule", precedence: int, args: GatewayArgs) -> cloudflare.ZeroTrustGatewayPolicy:
        logical = f"{name}-{layer}-{rule.name}"
        return cloudflare.ZeroTrustGatewayPolicy(
            logical,
            account_id=args.site.account_id,
            name=logical,
            description=rule.reason,
            action=rule.action,
            enabled=True,
            filters=[layer],
            traffic=rule.traffic,
            identity=rule.identity,
            device_posture=rule.posture,
            precedence=precedence,
            opts=self.child,
        )


def network_faults(networks: Mapping[str, str]) -> Iterator[str]:
    """One line for each region whose network is no CIDR block, or is the whole world."""
    for region, block in networks.items():
        try:
            network = IPv4Network(block)
        except ValueError as error:
            yield f"networks.{region}: {block} is no CIDR block: {error}"
            continue
        if not network.is_private and not network.subnet_of(SHARED_ADDRESSES):
            yield f"networks.{region}: {block} is public: only private networks are reached through a tunnel"


@dataclass(frozen=True, kw_only=True)
class _Rule:
    name: str
    action: str
    traffic: pulumi.Input[str]
    reason: str
    identity: str | None = None
    posture: pulumi.Input[str] | None = None


def _placed(rules: Sequence[_Rule]) -> Iterator[tuple[int, _Rule]]:
    """Each rule with its distance from the layer's first; the last one keeps its place when others come."""
    yield from ((STEP * rank, rule) for rank, rule in enumerate(rules[:-1]))
    yield LAST - STEP, rules[-1]


def _rules(layer: Layer, args: GatewayArgs) -> Iterator[_Rule]:
    """In their order. Expressions are spaced as the API gives them back (cloudflare/terraform-provider-cloudflare#5839)."""
    if layer in THREATS:
        categories = " ".join(map(str, SECURITY_CATEGORIES))
        yield _Rule(name="threats", action="block", traffic=THREATS[layer] % categories, reason="Known threats, whoever asks")
        domains = " ".join(f'"{domain}"' for domain in sorted({args.site.domain, *args.spec.domains}))
        yield _Rule(name="listed", action="allow", traffic=DOMAINS[layer] % domains, reason="Domains that work needs")
    else:
        yield from (_private(region, args) for region in sorted(args.networks))
    yield _Rule(name="rest", action="block", traffic=EVERYTHING[layer], reason="Whatever no rule before allows")


def _private(region: str, args: GatewayArgs) -> _Rule:
    """People of the groups on checked devices. The virtual network tells regions with equal addresses apart."""
    block, network = args.networks[region]
    ports = " ".join(map(str, sorted(args.spec.ports)))
    groups = " ".join(f'"{group}"' for group in sorted(args.spec.groups))
    return _Rule(
        name=f"private-{region}",
        action="allow",
        traffic=pulumi.Output.format('net.dst.ip in {{{0}}} and net.dst.port in {{{1}}} and net.vnet_id == "{2}"', block, ports, network),
        identity=f"any(identity.groups.name[*] in {{{groups}}})",
        posture=_passed(args.posture_rule_ids),
        reason=f"Private network of {region}",
    )


def _passed(checks: Mapping[str, Sequence[pulumi.Input[str]]]) -> pulumi.Output[str] | None:
    """Every check, by any of its rules."""
    passed = [pulumi.Output.all(*rules).apply(_any) for _, rules in sorted(checks.items()) if rules]
    return pulumi.Output.all(*passed).apply(" and ".join) if passed else None


def _any(rules: Sequence[str]) -> str:
    return f"any(device_posture.checks.passed[*] in {{{' '.join(json.dumps(rule) for rule in sorted(rules))}}})"
