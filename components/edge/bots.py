"""Protection from bots: one of Cloudflare's products, and the rules that go with it."""

from collections.abc import Iterator, Sequence

import pulumi_cloudflare as cloudflare

from components.edge.firewall_spec import BotMode, BotsSpec
from components.edge.ruleset import Rule, one_of
from components.edge.site import EdgeSite

LIKELY_BOT = 30
"""Score below which Cloudflare takes a request for automated (bots/concepts/bot-score)."""


def bot_settings(spec: BotsSpec, site: EdgeSite) -> cloudflare.BotManagementArgs:
    """Settings of the product in use only: the API refuses a mixture."""
    settings = cloudflare.BotManagementArgs(
        zone_id=site.zone_id, enable_js=True, ai_bots_protection="block" if spec.ai_crawlers_blocked else "disabled"
    )
    match spec.mode:
        case BotMode.NONE | BotMode.FIGHT:
            settings.fight_mode = spec.mode is BotMode.FIGHT
        case BotMode.SUPER_FIGHT:
            settings.sbfm_definitely_automated = "block"
            settings.sbfm_verified_bots = "allow"
            settings.sbfm_static_resource_protection = False  # it would challenge image and feed readers
            if not site.lacks("bots.likely"):
                settings.sbfm_likely_automated = "managed_challenge" if spec.likely_challenged else "allow"
        case BotMode.MANAGEMENT:
            settings.auto_update_model = True
            settings.suppress_session_score = False
    return settings


def bot_rules(spec: BotsSpec, api_hosts: Sequence[str]) -> Iterator[Rule]:
    """What the product needs said in rules: whom it leaves alone, or whom the score stops."""
    if spec.mode is BotMode.SUPER_FIGHT and api_hosts:
        yield Rule(
            ref="api-clients",
            description="Programs are welcome on API hosts: no Super Bot Fight Mode there",
            expression=one_of("http.host", api_hosts),
            action="skip",
            parameters=cloudflare.RulesetRuleActionParametersArgs(phases=["http_request_sbfm"]),
        )
    if spec.mode is BotMode.MANAGEMENT:
        suspicious = f"cf.bot_management.score lt {LIKELY_BOT} and not cf.bot_management.verified_bot"
        elsewhere = f" and not {one_of('http.host', api_hosts)}" if api_hosts else ""
        yield Rule(
            ref="bots",
            description="Automated visitors that are not verified",
            expression=f"{suspicious} and not cf.bot_management.static_resource{elsewhere}",
            action="managed_challenge",
        )
