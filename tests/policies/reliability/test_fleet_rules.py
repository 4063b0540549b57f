"""Rules that ask about the fleet: undecided until somebody tells it, and each subject speaks of what is its own."""

from datetime import date
from typing import Any

import pytest

from policies.core import edge_tokens, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.settings import Settings
from policies.core.verdict import Verdict
from policies.reliability.fleet_example import fleet

BALANCER = resource(edge_tokens.LOAD_BALANCER[0], {"defaultPools": ["ireland", "frankfurt"]})
CLUSTER = resource(tokens.EKS_CLUSTER)


def said(rule: str, case: Example, told: dict[str, Any] | None = None) -> list[tuple[Verdict, str]]:
    settings = Settings.of({"fleet": told} if told else {})
    found = judge(case.stack(ids_known=True), [each for each in rules("reliability") if each.id == rule], (), date(2026, 11, 20), settings)
    return [(judgement.verdict, judgement.message) for judgement in found]


def in_region(name: str) -> Example:
    return example(CLUSTER, provider=resource(tokens.AWS_PROVIDER, {"region": name}))


@pytest.mark.parametrize(
    ("rule", "subject", "leaf"),
    [
        ("rel-04", CLUSTER, "fleet.routes"),
        ("rel-04", BALANCER, "fleet.routes"),
        ("rel-05", BALANCER, "fleet.groups"),
        ("rel-06", BALANCER, "fleet.regions"),
        ("rel-21", CLUSTER, "fleet.regions.*.standsOn"),
    ],
)
def test_what_nobody_told_is_undecided(rule: str, subject: Draft, leaf: str) -> None:
    ((verdict, message),) = said(rule, example(subject))
    assert verdict is Verdict.UNDECIDED
    assert message.startswith(leaf)


def test_a_region_that_the_fleet_does_not_name_is_undecided() -> None:
    for rule in ("rel-04", "rel-21"):
        ((verdict, message),) = said(rule, in_region("ap-east-1"), fleet())
        assert (verdict, message.split(" ")[0]) == (Verdict.UNDECIDED, "fleet.regions.ap-east-1")


def test_a_region_speaks_of_what_it_would_carry_and_of_nobody_else() -> None:
    """4,000 and 4,001 are one too many for either of Europe; America has nothing to do with it."""
    told = fleet(routes__germany__demand=4_001)
    assert [verdict for verdict, _ in said("rel-04", in_region("us-west-2"), told)] == [Verdict.PASS]
    ((verdict, message),) = said("rel-04", in_region("eu-central-1"), told)
    assert verdict is Verdict.FAIL
    assert message.startswith("losing eu-west-1: eu-central-1 would carry 8,001 of 8,000 sessions, 1 too many")


def test_the_first_load_balancer_speaks_of_all_regions() -> None:
    """Both regions of Europe would carry too much, and the second load balancer does not say so again."""
    found = said("rel-04", example(BALANCER, other=BALANCER), fleet(routes__germany__demand=4_001))
    assert sorted(message.split(":")[0] for _, message in found) == ["", "losing eu-central-1", "losing eu-west-1"]


def test_share_of_what_regions_have_in_common() -> None:
    told = fleet(regions__us_east_1__standsOn={"stack": "a", "key": "mrk-1"}, regions__eu_west_1__standsOn={"stack": "b", "key": "mrk-1"})
    assert said("rel-21", in_region("us-east-1"), told) == [(Verdict.FAIL, "50% of the fleet's capacity stands on key mrk-1: 34 % may")]
    assert said("rel-21", in_region("us-west-2"), told) == [(Verdict.PASS, "")]


def test_a_region_of_no_stack_is_undecided() -> None:
    assert said("rel-21", in_region("eu-west-1"), fleet(regions__eu_west_1__standsOn={})) == [
        (Verdict.UNDECIDED, "fleet.regions.eu-west-1.standsOn.stack is not known yet")
    ]


def test_a_pool_that_leads_nowhere_known_is_undecided() -> None:
    case = example(resource(edge_tokens.LOAD_BALANCER[0], {"defaultPools": ["ireland", "rome"]}))
    ((verdict, message),) = said("rel-05", case, fleet())
    assert verdict is Verdict.UNDECIDED
    assert "where rome leads" in message


def test_places_whose_pools_are_not_known_yet_are_undecided_where_they_could_be_told_apart() -> None:
    """One load balancer for two groups may be right: which place names which pool shows when ids are known."""
    pools = {name: resource(edge_tokens.LOAD_BALANCER_POOL[0], {"name": name}) for name in ("ireland", "frankfurt", "virginia", "oregon")}
    places = {"IE": ["${ireland.id}", "${frankfurt.id}"], "US": ["${virginia.id}", "${oregon.id}"]}
    inputs = {"defaultPools": ["${ireland.id}", "${frankfurt.id}"], "countryPools": places}
    ((verdict, message),) = said("rel-05", example(resource(edge_tokens.LOAD_BALANCER[0], inputs), **pools), fleet())
    assert verdict is Verdict.UNDECIDED
    assert "countryPools" in message


def test_the_part_that_all_requests_pass_is_named() -> None:
    told = fleet(requests={"eu-west-1": ["gate"], "eu-central-1": ["gate"], "gate": ["one", "two"]})
    assert said("rel-06", example(BALANCER), told) == [(Verdict.FAIL, "every request passes gate: nothing takes over from it")]
