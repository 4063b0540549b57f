"""Pools and their monitor: what keeps the provider from endless changes, and what a controller owns."""

from typing import Any

import pytest

from components.edge.steering_pools import CONTROLLED
from meridian.plan import Plan
from tests.components.edge.test_steering import EVERYTHING, planned

POOL_COMPUTED = {"description", "enabled", "minimumOrigins", "loadShedding", "originSteering"}
MONITOR_COMPUTED = {
    "allowInsecure",
    "expectedCodes",
    "followRedirects",
    "interval",
    "method",
    "path",
    "port",
    "probeZone",
    "retries",
    "timeout",
}
"""Fields that the provider's schemas mark optional and computed (terraform-provider-cloudflare, internal/services/*/schema.go)."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(EVERYTHING)


def _pools(plan: Plan) -> dict[str, dict[str, Any]]:
    return {made.name: dict(made.inputs) for made in plan.made if made.type.endswith(":LoadBalancerPool")}


def test_one_pool_for_each_region_and_one_for_maintenance(plan: Plan) -> None:
    pools = _pools(plan)
    assert len(pools) == 11
    assert pools["edge-eu-west-1-pool"]["origins"][0]["address"] == "origin.eu-west-1.example.net"


def test_a_pool_has_one_origin_so_that_no_order_can_differ(plan: Plan) -> None:
    """TF#6140."""
    assert {len(pool["origins"]) for pool in _pools(plan).values()} == {1}


def test_optional_fields_that_the_api_fills_in_are_said(plan: Plan) -> None:
    """TF#7339."""
    assert all(set(pool) >= POOL_COMPUTED for pool in _pools(plan).values())
    assert all(set(pool["origins"][0]) >= {"enabled", "weight", "port", "flattenCname"} for pool in _pools(plan).values())
    (monitor,) = [made for made in plan.made if made.type.endswith(":LoadBalancerMonitor")]
    assert set(monitor.inputs) >= MONITOR_COMPUTED


def test_load_shedding_begins_at_nothing_and_then_belongs_to_a_controller(plan: Plan) -> None:
    pools = [made for made in plan.made if made.type.endswith(":LoadBalancerPool")]
    assert CONTROLLED == ["loadShedding"]
    assert {made.options.ignore_changes for made in pools} == {("loadShedding",)}
    assert all(made.inputs["loadShedding"]["defaultPercent"] == 0 for made in pools)


def test_pools_are_never_deleted_before_they_are_replaced(plan: Plan) -> None:
    """Error 1005, TF#7306: a pool that a load balancer names cannot go."""
    pools = [made for made in plan.made if made.type.endswith(":LoadBalancerPool")]
    assert not any(made.options.delete_before_replace for made in pools)


def test_the_monitor_is_the_issues_and_acts_as_the_zone(plan: Plan) -> None:
    (monitor,) = [made.inputs for made in plan.made if made.type.endswith(":LoadBalancerMonitor")]
    asked = ("type", "path", "port", "interval", "timeout", "retries", "consecutiveDown", "consecutiveUp", "probeZone", "expectedCodes")
    assert [monitor[key] for key in asked] == ["https", "/health", 443, 15, 5, 2, 2, 5, "example.com", "200"]
    assert monitor["header"] == {"Host": ["api.example.com"]}
    assert monitor["allowInsecure"] is False


def test_regions_are_watched_from_three_sides_and_the_page_is_not(plan: Plan) -> None:
    pools = _pools(plan)
    page = pools.pop("edge-maintenance-pool")
    assert {len(set(pool["checkRegions"])) for pool in pools.values()} == {3}
    assert all(pool["monitor"] for pool in pools.values())
    assert not {"monitor", "checkRegions"} & page.keys()


def test_the_page_is_asked_by_its_own_name_and_regions_by_the_clients(plan: Plan) -> None:
    pools = _pools(plan)
    assert pools.pop("edge-maintenance-pool")["origins"][0]["header"] == {"hosts": ["meridian-maintenance.pages.dev"]}
    assert not any("header" in pool["origins"][0] for pool in pools.values())
