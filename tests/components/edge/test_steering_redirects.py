"""The general host name sends every client to its jurisdiction."""

import re

import pytest

from components.catalog import routing
from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.redirects import Redirects, RedirectsArgs, RedirectsSpec
from components.edge.steering_redirects import country_redirects
from meridian.plan import Plan
from tests.components.edge.fleets import spec
from tests.components.edge.sites import site
from tests.deploy import deploy

LONGEST_EXPRESSION = 4096
"""Characters (Cloudflare, rules language: expression limits)."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The zone's ruleset of redirects on the smallest plan, which takes ten rules."""
    args = RedirectsArgs(
        spec=RedirectsSpec(), site=site(CloudflarePlan.FREE), general_host="api.example.com", jurisdictions=country_redirects(spec())
    )
    return deploy(lambda: Redirects("edge", args))


def _sent_to(plan: Plan, country: str) -> str:
    """The host that the first rule holding for the country names, read from the rules as they would be made."""
    (ruleset,) = [made.inputs for made in plan.made if made.type.endswith(":Ruleset")]
    for rule in ruleset["rules"]:
        assert 'http.host eq "api.example.com"' in rule["expression"]
        listed = re.search(r"ip\.src\.country in \{([^}]*)\}", rule["expression"])
        if listed is None or f'"{country}"' in listed[1]:
            (host,) = re.findall(r"[a-z]+\.api\.example\.com", str(rule["actionParameters"]))
            return host
    raise AssertionError(country)


def test_every_country_is_sent_to_the_host_of_its_group(plan: Plan) -> None:
    for country, route in routing().countries.items():
        assert _sent_to(plan, country) == f"{route.group}.api.example.com"


def test_clients_of_no_known_country_are_under_the_strictest_law(plan: Plan) -> None:
    assert _sent_to(plan, "XX") == _sent_to(plan, "T1") == "eu.api.example.com"


def test_expressions_are_short_enough(plan: Plan) -> None:
    (ruleset,) = [made.inputs for made in plan.made if made.type.endswith(":Ruleset")]
    assert len(ruleset["rules"]) == len(routing().groups) + 1
    assert max(len(rule["expression"]) for rule in ruleset["rules"]) < LONGEST_EXPRESSION


def test_a_host_name_of_ones_own_is_the_target() -> None:
    assert country_redirects(spec(hostnames={"uk": "britain.example.com"}))["uk"].target == "britain.example.com"
