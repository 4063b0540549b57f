"""What a plan allows, against Cloudflare's published tables."""

import pytest

from components.catalog import NotInCatalog
from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan, plan_faults, plan_features, plan_limit, plan_limits

FREE, ENTERPRISE = CloudflarePlan.FREE, CloudflarePlan.ENTERPRISE


def test_the_refusal_names_plan_add_ons_and_source() -> None:
    fault = plan_faults("regional-services", CloudflarePlan.BUSINESS, [CloudflareAddon.ARGO])
    assert fault == (
        "Regional Services needs plan enterprise with add-on data-localization, the zone has plan business and argo"
        " (data-localization/regional-services)"
    )


@pytest.mark.parametrize(
    ("plan", "addons"),
    [(FREE, []), (ENTERPRISE, []), (FREE, [CloudflareAddon.DATA_LOCALIZATION])],
)
def test_an_offer_needs_plan_and_add_on_together(plan: CloudflarePlan, addons: list[CloudflareAddon]) -> None:
    assert plan_faults("regional-services", plan, addons)
    assert plan_faults("regional-services", ENTERPRISE, [CloudflareAddon.DATA_LOCALIZATION]) is None


def test_an_add_on_alone_is_enough_where_any_plan_may_buy_it() -> None:
    assert plan_faults("load-balancing", FREE, [CloudflareAddon.LOAD_BALANCING]) is None
    assert "any plan with add-on load-balancing" in (plan_faults("load-balancing", FREE, []) or "")


def test_a_higher_plan_never_has_less() -> None:
    for feature in plan_features():
        has = [plan_faults(feature, plan, tuple(CloudflareAddon)) is None for plan in CloudflarePlan]
        assert has == sorted(has), feature
        assert has[-1], feature


def test_limits_name_every_plan() -> None:
    assert {name for name, limit in plan_limits().items() if set(limit.plans) != set(CloudflarePlan)} == set()


def test_monitors_may_probe_every_15_seconds_but_on_enterprise_every_10() -> None:
    assert [plan_limit("load-balancing.monitor-interval", plan) for plan in CloudflarePlan] == [15, 15, 15, 10]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(NotInCatalog, match="did you mean load-balancing"):
        plan_faults("load-balancin", FREE, [])
    with pytest.raises(NotInCatalog, match="Cloudflare limit"):
        plan_limit("rules.nothing", FREE)
