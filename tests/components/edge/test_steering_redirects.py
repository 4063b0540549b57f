"""The general host name sends every client to its jurisdiction."""

import re

from components.catalog import routing
from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.ruleset import Phase, count_faults
from components.edge.steering_redirects import redirect_rules
from tests.components.edge.fleets import spec
from tests.components.edge.sites import site

LONGEST_EXPRESSION = 4096
"""Characters (Cloudflare, rules language: expression limits)."""
RULES = redirect_rules(spec())


def _sent_to(country: str) -> str:
    """The host that the first rule holding for the country names, read from the rules' own text."""
    for rule in RULES:
        assert 'http.host eq "api.example.com"' in rule.expression
        listed = re.search(r"ip\.src\.country in \{([^}]*)\}", rule.expression)
        if listed is None or f'"{country}"' in listed[1]:
            assert rule.parameters
            target = rule.parameters.from_value.target_url.expression  # type: ignore[union-attr]
            found = re.fullmatch(r'concat\("https://([a-z.]+)", http\.request\.uri\.path\)', str(target))
            assert found
            return found[1]
    raise AssertionError(country)


def test_every_country_is_sent_to_the_host_of_its_group() -> None:
    for country, route in routing().countries.items():
        assert _sent_to(country) == f"{route.group}.api.example.com"


def test_clients_of_no_known_country_are_under_the_strictest_law() -> None:
    assert _sent_to("XX") == _sent_to("T1") == "eu.api.example.com"


def test_method_and_body_survive_and_nothing_is_remembered() -> None:
    sent = [rule.parameters.from_value for rule in RULES if rule.parameters]
    assert {(target.status_code, target.preserve_query_string) for target in sent} == {(307, True)}  # type: ignore[union-attr]


def test_they_fit_into_the_smallest_plan() -> None:
    assert list(count_faults(site(CloudflarePlan.FREE), Phase.REDIRECTS, [rule.ref for rule in RULES])) == []
    assert max(len(rule.expression) for rule in RULES) < LONGEST_EXPRESSION
    assert {rule.action for rule in RULES} == {"redirect"}


def test_a_host_name_of_ones_own_is_the_target() -> None:
    own = redirect_rules(spec(hostnames={"uk": "britain.example.com"}))
    (rule,) = [rule for rule in own if rule.ref == "uk-clients"]
    assert rule.parameters
    assert "britain.example.com" in str(rule.parameters.from_value.target_url.expression)  # type: ignore[union-attr]
