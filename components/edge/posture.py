"""Device posture: rules for each platform, and a group for each check that devices of any platform can pass."""

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.posture_spec import Check, Platform, PostureSpec
from components.edge.site import EdgeSite

_Input = cloudflare.ZeroTrustDevicePostureRuleInputArgs

CLIENT_CHECKS = (Check.OS_VERSION, Check.DISK_ENCRYPTION, Check.FIREWALL, Check.CLIENT_CERTIFICATE)
"""Checks that the device client makes, on each platform by a rule of its own."""


@dataclass(frozen=True, kw_only=True)
class PostureArgs:
    """Wires of a Posture."""

    spec: PostureSpec
    """Knobs."""
    site: EdgeSite
    """The account."""
    edr_secret: pulumi.Input[str] | None = None
    """Secret of the connection to the endpoint protection; a secret of the stack's configuration."""


class Posture(Component, token="meridian:edge:Posture"):
    """Posture rules with an Access group for each check.

    A rule is for one platform, and a device of another fails it. Policies that required the rules themselves would let nobody in, so they
    require the groups, of which one rule is enough.

    Raises:
        ValueError: endpoint protection is asked for and its secret is not there.
    """

    requirements: dict[str, pulumi.Output[str]]
    """Check -> identifier of the Access group whose members passed it."""
    rule_ids: dict[str, list[pulumi.Output[str]]]
    """Check -> identifiers of its rules, one for each platform; a device passes the check by one of them."""

    def __init__(self, name: str, args: PostureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.spec.edr is not None and args.edr_secret is None:
            raise ValueError(f"posture '{name}': edr.kind {args.spec.edr.kind} needs the secret of its connection: hand in edr_secret")
        super().__init__(name, opts)
        rules = {check: self._rules(name, check, args) for check in CLIENT_CHECKS if check in _asked(args.spec)}
        if args.spec.edr is not None:
            rules[args.spec.edr.kind] = [self._edr(name, args)]
        groups = {check: self._group(name, check, found, args.site) for check, found in rules.items()}
        self.resources: tuple[pulumi.Resource, ...] = tuple(groups.values())
        self.requirements = {str(check): group.id for check, group in groups.items()}
        self.rule_ids = {str(check): [rule.id for rule in found] for check, found in rules.items()}
        self._seal()

    def _rules(self, name: str, check: Check, args: PostureArgs) -> list[cloudflare.ZeroTrustDevicePostureRule]:
        """One for each platform that may enter."""
        return [
            self._rule(f"{name}-{check}-{platform}", check, _input(check, platform, args.spec), args, platform)
            for platform in args.spec.os_versions
        ]

    def _rule(
        self, name: str, check: Check, values: _Input, args: PostureArgs, platform: Platform | None = None
    ) -> cloudflare.ZeroTrustDevicePostureRule:
        match = cloudflare.ZeroTrustDevicePostureRuleMatchArgs
        return cloudflare.ZeroTrustDevicePostureRule(
            name,
            account_id=args.site.account_id,
            name=name,
            type=check,
            description="Made by Meridian",
            schedule=f"{args.spec.every_minutes}m",
            expiration=f"{args.spec.valid_minutes}m",
            input=values,
            matches=[match(platform=one) for one in ([platform] if platform else sorted(args.spec.os_versions))],
            opts=self.child,
        )

    def _edr(self, name: str, args: PostureArgs) -> cloudflare.ZeroTrustDevicePostureRule:
        """The rule on what the product says of the device."""
        edr = args.spec.edr
        assert edr is not None
        connection = cloudflare.ZeroTrustDevicePostureIntegration(
            f"{name}-{edr.kind}",
            account_id=args.site.account_id,
            name=f"{name}-{edr.kind}",
            type=edr.kind,
            interval=f"{args.spec.every_minutes}m",
            config=cloudflare.ZeroTrustDevicePostureIntegrationConfigArgs(
                **edr.settings, client_secret=pulumi.Output.secret(args.edr_secret) if args.edr_secret is not None else None
            ),
            opts=self.child,
        )
        return self._rule(f"{name}-{edr.kind}-rule", edr.kind, _edr_input(edr.kind, connection.id), args)

    def _group(
        self, name: str, check: Check, rules: list[cloudflare.ZeroTrustDevicePostureRule], site: EdgeSite
    ) -> cloudflare.ZeroTrustAccessGroup:
        posture = cloudflare.ZeroTrustAccessGroupIncludeDevicePostureArgs
        return cloudflare.ZeroTrustAccessGroup(
            f"{name}-{check}-passed",
            account_id=site.account_id,
            name=f"{name}-{check}",
            includes=[cloudflare.ZeroTrustAccessGroupIncludeArgs(device_posture=posture(integration_uid=rule.id)) for rule in rules],
            opts=self.child,
        )


def _asked(spec: PostureSpec) -> set[Check]:
    return {Check.OS_VERSION, Check.DISK_ENCRYPTION, Check.FIREWALL} | ({Check.CLIENT_CERTIFICATE} if spec.certificate else set())


def _input(check: Check, platform: Platform, spec: PostureSpec) -> _Input:
    """What the client compares on the device."""
    if check is Check.OS_VERSION:
        return _Input(operating_system=platform, operator=">=", version=spec.os_versions[platform])
    if check is Check.DISK_ENCRYPTION:
        return _Input(operating_system=platform, require_all=True)
    if check is Check.FIREWALL:
        return _Input(operating_system=platform, enabled=True)
    assert spec.certificate is not None
    return _Input(
        operating_system=platform,
        certificate_id=spec.certificate.certificate_id,
        cn=spec.certificate.common_name,
        check_private_key=True,
        extended_key_usages=["clientAuth"],
    )


def _edr_input(kind: Check, connection_id: pulumi.Input[str]) -> _Input:
    """What the product must say: CrowdStrike's overall assessment, no open threat at SentinelOne, compliance at Intune."""
    if kind is Check.CROWDSTRIKE:
        return _Input(connection_id=connection_id, operator=">=", overall="80")
    if kind is Check.SENTINELONE:
        return _Input(connection_id=connection_id, active_threats=0, operator="==", infected=False, is_active=True)
    return _Input(connection_id=connection_id, compliance_status="compliant")
