"""Policies of an admin interface: who, with which second factor, from what kind of device, for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.edge.access_spec import ApplicationSpec, Authenticator

_Include = cloudflare.ZeroTrustAccessPolicyIncludeArgs
_Require = cloudflare.ZeroTrustAccessPolicyRequireArgs
_Exclude = cloudflare.ZeroTrustAccessPolicyExcludeArgs

AT_RISK = ("medium", "high")
"""Risk scores that the common policy does not let in (Cloudflare, user risk score)."""


@dataclass(frozen=True, kw_only=True)
class PolicyGround:
    """What the policies of all applications share."""

    account_id: str
    """Account."""
    groups: Mapping[str, pulumi.Output[str]]
    """Access group -> its identifier."""
    requirements: Mapping[str, pulumi.Output[str]]
    """Posture check -> group of the devices that passed it."""
    adaptive: bool
    """Whether the risk score counts."""
    opts: pulumi.ResourceOptions
    """Parent."""


def application_policies(name: str, application: ApplicationSpec, ground: PolicyGround) -> list[cloudflare.ZeroTrustAccessPolicy]:
    """In the order they are asked: the strict one for people at medium risk, then the common one. Who fits neither stays outside."""
    common = _allow(name, application, application.authenticators, ground, _common_risk(ground))
    if not ground.adaptive:
        return [common]
    return [_allow(f"{name}-at-risk", application, (Authenticator.SECURITY_KEY,), ground, _medium_risk()), common]


def machine_policy(
    name: str, tokens: Sequence[pulumi.Input[str]], session_hours: int, ground: PolicyGround
) -> cloudflare.ZeroTrustAccessPolicy:
    """For service tokens, which have no identity and no second factor."""
    token = cloudflare.ZeroTrustAccessPolicyIncludeServiceTokenArgs
    return cloudflare.ZeroTrustAccessPolicy(
        f"{name}-machines",
        account_id=ground.account_id,
        name=f"{name}-machines",
        decision="non_identity",
        includes=[_Include(service_token=token(token_id=id_)) for id_ in tokens],
        session_duration=_hours(session_hours),
        opts=ground.opts,
    )


@dataclass(frozen=True, kw_only=True)
class _Risk:
    requires: tuple[_Require, ...] = ()
    excludes: tuple[_Exclude, ...] = ()


def _common_risk(ground: PolicyGround) -> _Risk:
    if not ground.adaptive:
        return _Risk()
    return _Risk(
        excludes=(_Exclude(user_risk_score=cloudflare.ZeroTrustAccessPolicyExcludeUserRiskScoreArgs(user_risk_scores=list(AT_RISK))),)
    )


def _medium_risk() -> _Risk:
    return _Risk(
        requires=(_Require(user_risk_score=cloudflare.ZeroTrustAccessPolicyRequireUserRiskScoreArgs(user_risk_scores=["medium"])),)
    )


def _allow(
    name: str, application: ApplicationSpec, authenticators: Sequence[Authenticator], ground: PolicyGround, risk: _Risk
) -> cloudflare.ZeroTrustAccessPolicy:
    """One of the groups, and a device that passed all checks. No `everyone`, no bypass; where a hardware key is needed one is asked why."""
    session = _hours(application.session_hours)
    groups = [_Include(group=cloudflare.ZeroTrustAccessPolicyIncludeGroupArgs(id=ground.groups[group])) for group in application.groups]
    passed = [_Require(group=cloudflare.ZeroTrustAccessPolicyRequireGroupArgs(id=id_)) for id_ in ground.requirements.values()]
    return cloudflare.ZeroTrustAccessPolicy(
        name,
        account_id=ground.account_id,
        name=name,
        decision="allow",
        includes=groups,
        requires=[*passed, *risk.requires],
        excludes=list(risk.excludes) or None,
        session_duration=session,
        mfa_config=cloudflare.ZeroTrustAccessPolicyMfaConfigArgs(
            allowed_authenticators=list(authenticators), mfa_disabled=False, session_duration=session
        ),
        purpose_justification_required=tuple(application.authenticators) == (Authenticator.SECURITY_KEY,),
        opts=ground.opts,
    )


def _hours(hours: int) -> str:
    return f"{hours}h"
