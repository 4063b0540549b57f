"""Which of Cloudflare's bot products, never two."""

from typing import Any

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.bots import bot_rules, bot_settings
from components.edge.firewall_spec import BotsSpec
from tests.components.edge.sites import site

HOSTS = ["eu.api.example.com"]


def _settings(plan: CloudflarePlan, **values: Any) -> dict[str, Any]:
    made = vars(bot_settings(BotsSpec.from_yaml(values), site(plan)))
    return {key: value for key, value in made.items() if value is not None and key != "zone_id"}


def test_each_product_sets_only_its_own() -> None:
    shared = {"enable_js": True, "ai_bots_protection": "block"}
    assert _settings(CloudflarePlan.FREE, mode="fight") == shared | {"fight_mode": True}
    assert _settings(CloudflarePlan.ENTERPRISE, mode="management") == shared | {"auto_update_model": True, "suppress_session_score": False}
    assert _settings(CloudflarePlan.BUSINESS) == shared | {
        "sbfm_definitely_automated": "block",
        "sbfm_likely_automated": "managed_challenge",
        "sbfm_verified_bots": "allow",
        "sbfm_static_resource_protection": False,
    }


def test_plan_pro_says_nothing_of_likely_bots() -> None:
    assert "sbfm_likely_automated" not in _settings(CloudflarePlan.PRO, likely_challenged=False)


def test_programs_that_call_an_api_are_left_alone_by_that_phase_only() -> None:
    (rule,) = bot_rules(BotsSpec(), HOSTS)
    assert (rule.action, rule.expression) == ("skip", 'http.host eq "eu.api.example.com"')
    assert rule.parameters
    assert rule.parameters.phases == ["http_request_sbfm"]
    assert list(bot_rules(BotsSpec(), [])) == []


def test_a_score_stops_what_is_automated_and_not_verified() -> None:
    (rule,) = bot_rules(BotsSpec.from_yaml({"mode": "management"}), HOSTS)
    assert rule.expression == (
        "cf.bot_management.score lt 30 and not cf.bot_management.verified_bot and not cf.bot_management.static_resource"
        ' and not http.host eq "eu.api.example.com"'
    )
