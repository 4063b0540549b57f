"""Adaptive policies: the strict one is asked first, and who is at risk does not slip through the common one."""

import pytest

from meridian.plan import Plan
from tests.components.edge.access import access_plan

APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication"
POLICY = "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return access_plan(adaptive=True)


def test_people_at_medium_risk_need_a_hardware_key(plan: Plan) -> None:
    strict = plan.find(POLICY, "access-grafana-at-risk").inputs
    assert {"userRiskScore": {"userRiskScores": ["medium"]}} in strict["requires"]
    assert strict["mfaConfig"]["allowedAuthenticators"] == ["security_key"]


def test_the_common_policy_lets_in_neither_medium_nor_high(plan: Plan) -> None:
    common = plan.find(POLICY, "access-grafana").inputs
    assert common["excludes"] == [{"userRiskScore": {"userRiskScores": ["medium", "high"]}}]


def test_high_risk_fits_no_policy(plan: Plan) -> None:
    for policy in plan.of_type(POLICY):
        required = [scores for rule in policy.inputs["requires"] for scores in rule.get("userRiskScore", {}).get("userRiskScores", [])]
        excluded = [scores for rule in policy.inputs.get("excludes", []) for scores in rule["userRiskScore"]["userRiskScores"]]
        assert "high" not in required
        assert "high" in excluded or required == ["medium"]


def test_the_stricter_one_has_the_lower_precedence(plan: Plan) -> None:
    policies = plan.find(APPLICATION, "access-grafana-eu-west-1").inputs["policies"]
    assert policies == [
        {"id": plan.find(POLICY, "access-grafana-at-risk").id, "precedence": 1},
        {"id": plan.find(POLICY, "access-grafana").id, "precedence": 2},
    ]


def test_without_it_no_score_is_asked() -> None:
    assert not [found for found in access_plan().of_type(POLICY) if "userRiskScore" in str(found.inputs)]
