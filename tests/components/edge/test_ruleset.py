"""Rulesets: one per phase, lasting references, limits of the plan, adoption of what exists."""

import pytest

from components.base import Component
from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.ruleset import (
    LIMITS,
    Phase,
    PhaseArgs,
    Rule,
    all_of,
    any_of,
    count_faults,
    import_faults,
    one_of,
    path_under,
    phase_ruleset,
    quoted,
)
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

RULES = [Rule(ref=f"rule-{letter}", description=letter, expression="true", action="block") for letter in "ab"]


class _Owner(Component, token="meridian:edge:Owner"):
    def __init__(self, import_ids: dict[Phase, str]) -> None:
        super().__init__("owner")
        args = PhaseArgs(site=site(CloudflarePlan.FREE), phase=Phase.FIREWALL_CUSTOM, rules=RULES, import_ids=import_ids)
        phase_ruleset(self, "owner", args)
        self._seal()


def _plan(**import_ids: str) -> Plan:
    return deploy(lambda: _Owner({Phase[name]: known for name, known in import_ids.items()}))


def test_the_ruleset_is_the_zones_entry_point_of_its_phase() -> None:
    (ruleset,) = _plan().made
    assert ruleset.type == "cloudflare:index/ruleset:Ruleset"
    assert ruleset.name == "owner-http-request-firewall-custom"
    assert (ruleset.inputs["kind"], ruleset.inputs["phase"], ruleset.inputs["zoneId"]) == ("zone", "http_request_firewall_custom", "b" * 32)


def test_every_rule_is_named_described_and_enabled() -> None:
    (ruleset,) = _plan().made
    assert [(rule["ref"], rule["description"], rule["enabled"]) for rule in ruleset.inputs["rules"]] == [
        ("rule-a", "a", True),
        ("rule-b", "b", True),
    ]


def test_a_second_rule_of_one_name_is_refused() -> None:
    (fault,) = count_faults(site(), Phase.CACHE, ["static", "static"])
    assert "'static' is there 2 times" in fault


def test_more_rules_than_the_plan_takes_are_refused_with_both_numbers() -> None:
    (fault,) = count_faults(site(CloudflarePlan.FREE), Phase.RATE_LIMITS, ["login", "api"])
    assert fault.startswith("http_ratelimit: 2 rules (login, api): plan free takes 1")


def test_a_ruleset_of_somebody_elses_phase_cannot_be_adopted() -> None:
    assert list(import_faults([Phase.CACHE], Phase.CACHE, Phase.DDOS)) == []
    (fault,) = import_faults([Phase.RATE_LIMITS], Phase.CACHE)
    assert fault.startswith("import_ids.http_ratelimit: not owned here: allowed are http_request_cache_settings")


def test_every_limited_phase_names_a_limit() -> None:
    assert {site(CloudflarePlan.PRO).limit(limit) for limit in LIMITS.values()} == {25, 20, 2, 1}


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (quoted('a"b\\c'), '"a\\"b\\\\c"'),
        (one_of("http.host", ["b.com", "a.com", "b.com"]), 'http.host in {"a.com" "b.com"}'),
        (one_of("http.host", ["a.com"]), 'http.host eq "a.com"'),
        (path_under("/api/"), 'starts_with(http.request.uri.path, "/api/")'),
        (any_of(["x", "y"]), "(x) or (y)"),
        (all_of(["x", "y"]), "(x) and (y)"),
        (any_of(["x"]), "x"),
    ],
)
def test_expressions_are_spelt_as_the_rules_language_wants(built: str, expected: str) -> None:
    assert built == expected
