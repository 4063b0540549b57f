"""A zone's facts."""

import pytest

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.site import EdgeSite

SITE = EdgeSite(
    account_id="a" * 32,
    zone_id="b" * 32,
    domain="example.com",
    plan=CloudflarePlan.PRO,
    addons=(CloudflareAddon.LOAD_BALANCING,),
)


@pytest.mark.parametrize("hostname", ["example.com", "eu.api.example.com"])
def test_the_apex_and_what_is_below_it_are_covered(hostname: str) -> None:
    assert SITE.covers(hostname)


@pytest.mark.parametrize("hostname", ["notexample.com", "example.com.evil.net", "com"])
def test_nothing_else_is_covered(hostname: str) -> None:
    assert not SITE.covers(hostname)


def test_plan_and_add_ons_decide_together() -> None:
    assert SITE.lacks("load-balancing") is None
    assert "traffic-steering" in (SITE.lacks("load-balancing.steering") or "")
    assert SITE.limit("load-balancing.monitor-interval") == 15
