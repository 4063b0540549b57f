"""The firewall's rulesets: what runs, in which order, with which numbers."""

from typing import Any

import pytest

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.firewall import Firewall, FirewallArgs
from components.edge.firewall_spec import FirewallSpec
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy


def _plan(**values: Any) -> Plan:
    args = FirewallArgs(spec=FirewallSpec.from_yaml(values), site=site(), api_hosts=["eu.api.example.com"])
    return deploy(lambda: Firewall("firewall", args))


def _rules(plan: Plan, phase: str) -> list[dict[str, Any]]:
    (ruleset,) = (resource for resource in plan.made if resource.inputs.get("phase") == phase)
    return ruleset.inputs["rules"]


def test_each_phase_has_one_ruleset_and_each_rule_a_name_a_purpose_and_is_on() -> None:
    plan = _plan()
    rulesets = [resource for resource in plan.made if resource.type.endswith(":Ruleset")]
    assert sorted(ruleset.inputs["phase"] for ruleset in rulesets) == [
        "ddos_l7",
        "http_ratelimit",
        "http_request_firewall_custom",
        "http_request_firewall_managed",
    ]
    rules = [rule for ruleset in rulesets for rule in ruleset.inputs["rules"]]
    assert all(rule["ref"] and rule["description"] and rule["enabled"] for rule in rules)


def test_cloudflares_rules_run_before_owasps_which_act_on_the_sum() -> None:
    cloudflares, owasp = _rules(_plan(), "http_request_firewall_managed")
    assert cloudflares["actionParameters"] == {"id": "efb7b8c949ac4650a09736fc376e9aee"}
    assert owasp["actionParameters"]["id"] == "4814384a9e5d4991b9815dcfc25d2f1f"
    overrides = owasp["actionParameters"]["overrides"]
    assert overrides["rules"] == [{"id": "6179ae15870a4bb7b2d480d4843b323c", "action": "block", "scoreThreshold": 40}]
    assert overrides["categories"] == [{"category": f"paranoia-level-{level}", "enabled": False} for level in (3, 4)]


def test_the_highest_paranoia_switches_no_level_off() -> None:
    _, owasp = _rules(_plan(managed={"owasp_paranoia": 4, "owasp_threshold": 25}), "http_request_firewall_managed")
    assert "categories" not in owasp["actionParameters"]["overrides"]
    assert owasp["actionParameters"]["overrides"]["rules"][0]["scoreThreshold"] == 25


def test_rate_limits_count_per_data_centre_and_address() -> None:
    sign_in, api = _rules(_plan(), "http_ratelimit")
    assert sign_in["expression"] == ('(starts_with(http.request.uri.path, "/api/auth/")) or (starts_with(http.request.uri.path, "/login"))')
    assert sign_in["ratelimit"] == {
        "characteristics": ["cf.colo.id", "ip.src"],
        "period": 60,
        "requestsPerPeriod": 20,
        "mitigationTimeout": 600,
        "requestsToOrigin": False,
    }
    assert api["action"] == "block"


def test_own_rules_come_after_countries_and_before_leaked_passwords_and_bots() -> None:
    rules = _rules(_plan(blocked_countries=["KP"]), "http_request_firewall_custom")
    assert [rule["ref"] for rule in rules] == ["countries", "scanners", "leaked-password", "api-clients"]
    assert rules[0]["expression"] == 'ip.src.country eq "KP"'
    assert (rules[2]["expression"], rules[2]["action"]) == ("cf.waf.credential_check.password_leaked", "managed_challenge")


def test_ddos_protection_is_at_its_highest_and_blocks() -> None:
    (rule,) = _rules(_plan(), "ddos_l7")
    assert rule["actionParameters"] == {
        "id": "4d21379b4f9f4bb088e0729962c8b3cf",
        "overrides": {"action": "block", "sensitivityLevel": "default"},
    }


def test_leaked_passwords_are_looked_for_where_they_are() -> None:
    place = {"username": 'lookup_json_string(http.request.body.raw, "u")', "password": 'lookup_json_string(http.request.body.raw, "p")'}
    plan = _plan(credential_places={"mobile": place})
    (check,) = (resource for resource in plan.made if resource.type.endswith(":LeakedCredentialCheck"))
    (rule,) = (resource for resource in plan.made if resource.type.endswith(":LeakedCredentialCheckRule"))
    assert check.inputs["enabled"] is True
    assert (rule.name, rule.inputs["username"]) == ("firewall-credentials-mobile", place["username"])
    assert check.urn in plan.depends(rule)


def test_a_ruleset_made_by_hand_is_adopted_for_its_phase_only() -> None:
    plan = _plan(import_ids={"http_ratelimit": "f" * 32})
    adopted = {resource.inputs["phase"]: resource.options.import_id for resource in plan.made if "phase" in resource.inputs}
    assert adopted.pop("http_ratelimit") == f"zones/{'b' * 32}/{'f' * 32}"
    assert set(adopted.values()) == {""}


def test_the_component_refuses_what_the_plan_lacks() -> None:
    with pytest.raises(ValueError, match="firewall 'firewall': managed: the Cloudflare and OWASP rulesets needs plan pro"):
        Firewall("firewall", FirewallArgs(spec=FirewallSpec(), site=site(CloudflarePlan.FREE)))
