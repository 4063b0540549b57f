"""What a plan refuses of a firewall, against Cloudflare's availability tables."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.firewall_spec import FirewallSpec, RateLimitSpec, firewall_faults, rate_limit_faults
from tests.components.edge.sites import site

FREE, PRO, BUSINESS, ENTERPRISE = CloudflarePlan
LIMIT = {"description": "d", "prefixes": ["/api/"], "requests": 10, "period": 10, "timeout": 10}
RULE = {"description": "d", "expression": "true", "action": "block"}


@pytest.mark.parametrize("plan", [BUSINESS, ENTERPRISE])
def test_the_defaults_suit_the_plans_for_companies(plan: CloudflarePlan) -> None:
    assert list(firewall_faults(FirewallSpec(), site(plan))) == []


def test_plan_free_is_told_what_to_leave_out() -> None:
    faults = list(firewall_faults(FirewallSpec(), site(FREE)))
    assert [fault.split(":")[0] for fault in faults] == [
        "managed",
        *["rate_limits.sign-in"] * 2,
        *["rate_limits.api"] * 2,
        *["bots"] * 2,
        "http_ratelimit",
    ]
    assert "needs plan pro, the zone has plan free" in faults[0]


@pytest.mark.parametrize(
    ("plan", "change", "told"),
    [
        (FREE, {"period": 60}, "period: 60: plan free takes 10 seconds"),
        (PRO, {"period": 120}, "period: 120: plan pro takes 10, 15, 20, 30, 40, 45, 60 seconds"),
        (ENTERPRISE, {"period": 61}, "period: 61: plan enterprise takes 10, 15,"),
        (ENTERPRISE, {"period": 86_400}, "period: 86400"),
        (PRO, {"timeout": 86_400}, "timeout: 86400: plan pro takes"),
        (BUSINESS, {"timeout": 0}, "timeout: 0: blocking only what is above the rate"),
        (BUSINESS, {"action": "managed_challenge"}, "timeout: 10: a mitigation timeout with a challenge needs plan enterprise"),
        (BUSINESS, {"action": "log"}, "action: log: the action log needs plan enterprise"),
        (FREE, {"hosts": ["api.example.com"]}, "hosts: the host name in a rate limit's expression needs plan pro"),
        (PRO, {"counting_expression": "http.response.code eq 401"}, "counting_expression: a counting expression needs plan business"),
        (PRO, {"by": ["cf.unique_visitor_id"]}, "by: cf.unique_visitor_id: counting by visitor"),
        (ENTERPRISE, {"by": ['http.request.headers["x-key"]']}, "plan enterprise with add-on advanced-rate-limiting"),
        (ENTERPRISE, {"by": ["cf.colo.id"]}, "by: cf.colo.id: is always there"),
    ],
)
def test_a_rate_limit_has_only_legal_numbers(plan: CloudflarePlan, change: dict[str, Any], told: str) -> None:
    (fault,) = rate_limit_faults(RateLimitSpec.from_yaml(LIMIT | change), site(plan))
    assert told in fault


def test_a_challenge_without_timeout_is_legal_on_every_plan() -> None:
    limit = RateLimitSpec.from_yaml(LIMIT | {"action": "managed_challenge", "timeout": 0})
    assert list(rate_limit_faults(limit, site(FREE))) == []


@pytest.mark.parametrize(
    ("plan", "change", "told"),
    [
        (PRO, {"expression": 'http.request.uri.path matches "^/a"'}, "regular expressions needs plan business"),
        (ENTERPRISE, {"expression": "cf.bot_management.score lt 30"}, "bot scores needs plan enterprise with add-on bot-management"),
        (PRO, {"expression": "cf.waf.score lt 20"}, "the attack score needs plan business"),
        (BUSINESS, {"action": "log"}, "the action log needs plan enterprise"),
    ],
)
def test_a_rule_above_the_plan_is_refused_by_name(plan: CloudflarePlan, change: dict[str, Any], told: str) -> None:
    spec = FirewallSpec.from_yaml({"custom_rules": {"mine": RULE | change}, "rate_limits": {}, "bots": {"mode": "fight"}})
    (fault,) = firewall_faults(spec, site(plan))
    assert fault.startswith("custom_rules.mine: ")
    assert told in fault


def test_a_text_that_looks_like_an_operator_is_none() -> None:
    rule = RULE | {"expression": 'http.user_agent contains "matches ~"'}
    spec = FirewallSpec.from_yaml({"custom_rules": {"mine": rule}, "rate_limits": {}, "bots": {"mode": "fight"}})
    assert list(firewall_faults(spec, site(PRO))) == []


@pytest.mark.parametrize(
    ("values", "plan", "told"),
    [
        ({"import_ids": {"http_request_cache_settings": "f"}}, ENTERPRISE, "import_ids.http_request_cache_settings: not owned here"),
        ({"blocked_countries": ["Iran"]}, ENTERPRISE, "blocked_countries: Iran: no country code"),
        ({"credential_places": {"app": {"username": "u", "password": "p"}}}, BUSINESS, "credential_places: 1: plan business takes 0"),
        ({"leaked_credentials": "log"}, BUSINESS, "leaked_credentials: log: the action log needs plan enterprise"),
        ({"ddos": {"action": "log"}}, BUSINESS, "ddos.action: log: the action log of DDoS rules needs plan enterprise"),
        ({"bots": {"mode": "management"}}, ENTERPRISE, "bots: bot scores needs plan enterprise with add-on bot-management"),
        ({"rate_limits": {f"limit-{number}": LIMIT for number in range(6)}}, ENTERPRISE, "http_ratelimit: 6 rules"),
    ],
)
def test_each_knob_above_the_plan_is_refused(values: dict[str, Any], plan: CloudflarePlan, told: str) -> None:
    (fault,) = firewall_faults(FirewallSpec.from_yaml(values), site(plan))
    assert told in fault


def test_the_add_on_lifts_the_number_of_limits() -> None:
    spec = FirewallSpec.from_yaml({"rate_limits": {f"limit-{number}": LIMIT for number in range(100)}})
    assert list(firewall_faults(spec, site(ENTERPRISE, CloudflareAddon.ADVANCED_RATE_LIMITING))) == []


def test_nobody_can_write_a_rule_that_skips() -> None:
    with pytest.raises(ValidationError, match=r"custom_rules\.mine\.action"):
        FirewallSpec.from_yaml({"custom_rules": {"mine": RULE | {"action": "skip"}}})
