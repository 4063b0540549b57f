"""What steering refuses, each by the name in its message."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from components.catalog import headroom, routing
from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.site import EdgeSite
from components.edge.steering_spec import Fleet, MonitorSpec, SteeringSpec, steering_faults, told_apart
from tests.components.edge.fleets import CAPACITY, DEMAND, spec
from tests.components.edge.sites import site

BUSINESS = site(CloudflarePlan.BUSINESS, CloudflareAddon.LOAD_BALANCING, CloudflareAddon.TRAFFIC_STEERING)
ENTERPRISE = site(
    CloudflarePlan.ENTERPRISE, CloudflareAddon.LOAD_BALANCING, CloudflareAddon.TRAFFIC_STEERING, CloudflareAddon.DATA_LOCALIZATION
)
FLEET = Fleet(capacity=CAPACITY)


def faults(knobs: SteeringSpec, where: EdgeSite = BUSINESS, fleet: Fleet = FLEET) -> list[str]:
    return list(steering_faults(knobs, where, fleet))


def test_the_fleet_passes_on_business_with_both_add_ons() -> None:
    assert faults(spec()) == []
    assert headroom(routing(), DEMAND, CAPACITY) >= 1


def test_the_defaults_are_the_numbers_of_the_issue() -> None:
    monitor = MonitorSpec()
    assert (monitor.interval, monitor.timeout, monitor.retries) == (15, 5, 2)
    assert (monitor.consecutive_down, monitor.consecutive_up) == (2, 5)


def test_detection_of_the_documents_and_ours() -> None:
    """Just after a probe, then further probes, the last with its retries: 30 + 2 * 30 + 4 * 10 and 15 + 15 + 3 * 5."""
    documents = MonitorSpec(interval=30, timeout=10, retries=3, consecutive_down=3)
    assert documents.detection_seconds == 30 + 60 + 40 == 130
    assert MonitorSpec().detection_seconds == 15 + 15 + 15 == 45


@pytest.mark.parametrize(
    ("knobs", "fault"),
    [
        ({"resident_in": ["CN"]}, "resident_in: residency in CN cannot be claimed: Hong Kong is outside the mainland"),
        ({"resident_in": ["ZZ"]}, "country code 'ZZ' is none of ISO 3166-1"),
        ({"fallbacks": {"eu": "us-east-1"}}, "fallbacks.eu: 'us-east-1' lies outside the jurisdiction of group eu"),
        ({"fallbacks": {"eu": "eu-west-2"}}, "fallbacks.eu: 'eu-west-2' lies outside the jurisdiction of group eu"),
        ({"fallbacks": {"moon": "us-east-1"}}, "fallbacks: group 'moon' is none of the catalogue"),
        ({"hostnames": {"moon": "moon.example.com"}}, "hostnames: group 'moon' is none of the catalogue"),
        ({"hostnames": {"eu": "uk.api.example.com"}}, "'uk.api.example.com' has 2 load balancers or redirects"),
        ({"hostnames": {"eu": "api.example.com"}}, "'api.example.com' has 2 load balancers or redirects"),
        ({"hostnames": {"eu": "eu.example.org"}}, "hostname: eu.example.org: not in zone example.com"),
        ({"hostname": "api.example.net"}, "hostname: api.example.net: not in zone example.com"),
        ({"monitor": {"interval": 10}}, "monitor.interval: 10 s is faster than plan business allows: 15 s at least"),
        (
            {"monitor": {"interval": 15, "timeout": 10}, "demand": DEMAND | {"atlantis": 1}},
            "demand: route 'atlantis' is not in the catalogue",
        ),
        ({"demand": DEMAND | {"eu-west": 5_000}}, "losing eu-central-1: eu-west-1 would carry 10,300 of 9,600 sessions, 700 too many"),
        ({"demand": {"eu-west": 1}}, "demand: route 'uk' is not counted"),
        ({"regional_services": True}, "Regional Services needs plan enterprise with add-on data-localization"),
    ],
)
def test_wrong_knobs_are_refused(knobs: dict[str, object], fault: str) -> None:
    found = faults(spec(**knobs))
    assert any(fault in line for line in found), found


def test_a_probe_may_not_outlast_the_interval() -> None:
    (fault,) = faults(spec(monitor={"interval": 10, "timeout": 10}), ENTERPRISE)
    assert "monitor.timeout: 10 s is not shorter than the interval of 10 s" in fault


def test_enterprise_may_probe_every_ten_seconds() -> None:
    assert faults(spec(monitor={"interval": 10}), ENTERPRISE) == []


@pytest.mark.parametrize(
    ("addons", "fault"),
    [
        ((), "load balancing needs any plan with add-on load-balancing"),
        ((CloudflareAddon.LOAD_BALANCING,), "steering by country, region or latency needs any plan with add-on load-balancing"),
    ],
)
def test_add_ons_are_needed(addons: tuple[CloudflareAddon, ...], fault: str) -> None:
    found = faults(spec(), site(CloudflarePlan.BUSINESS, *addons))
    assert any(fault in line for line in found), found


def test_a_jurisdiction_of_one_order_needs_no_steering() -> None:
    table = routing()
    assert {group for group in table.groups if told_apart(table, group)} == {"eu", "na", "apac"}
    alone = Fleet(capacity={"eu-west-1": 12_000})
    nobody = dict.fromkeys(("eu-west", "eu-central", "europe", "uk", "middle-east-africa"), 0)  # what is served at all is counted
    assert faults(spec(demand=nobody), site(CloudflarePlan.BUSINESS, CloudflareAddon.LOAD_BALANCING), alone) == []


def test_more_pools_than_the_plan_takes_are_refused() -> None:
    many = Fleet(capacity=CAPACITY | {f"xx-north-{number}": 1 for number in range(10)})
    assert any("capacity: 21 pools, maintenance included: plan business takes 20" in line for line in faults(spec(), fleet=many))


def test_a_region_missing_from_the_routing_table_is_refused() -> None:
    fleet = Fleet(capacity=CAPACITY | {"eu-south-2": 1})
    assert any("region 'eu-south-2' is missing from the routing table" in line for line in faults(spec(), fleet=fleet))


@pytest.mark.parametrize("feature", ["argo", "http3", "smart-tiered-cache", "turnstile"])
def test_regional_services_refuse_what_the_zone_uses(feature: str) -> None:
    fleet = Fleet(capacity=CAPACITY, zone_features=(feature,))
    assert faults(spec(), ENTERPRISE, fleet) == []
    (fault,) = faults(spec(regional_services=True), ENTERPRISE, fleet)
    assert "eu.api.example.com" in fault


def test_a_table_with_a_strict_country_outside_the_union_is_refused() -> None:
    table = routing()
    wrong = table.model_copy(update={"groups": {**table.groups, "eu": table.groups["eu"].model_copy(update={"regions": ("us-east-1",)})}})
    found = list(steering_faults(spec(), BUSINESS, FLEET, wrong))
    assert any("'us-east-1' lies outside the EEA but may serve EU-strict" in line for line in found)


@pytest.mark.parametrize("seconds", [60, 604_800])
def test_a_cookie_lasts_a_day_at_most(seconds: int) -> None:
    """Trap 3: a session pins a traveller. Cloudflare takes no less than half an hour."""
    with pytest.raises(ValidationError, match="affinity_seconds"):
        spec(affinity_seconds=seconds)


def test_the_page_maps_every_requirement_on_routing_to_a_setting_or_a_reason() -> None:
    """S-188 to S-212 of the platform's requirements, and the numbers that this program sets."""
    rows = [line for line in (Path(__file__).parents[3] / "docs/EDGE.md").read_text().splitlines() if line.startswith("| S-")]
    assert {row.split("|")[1].strip() for row in rows} >= {f"S-{number}" for number in range(188, 213)}
    monitor = MonitorSpec()
    (probe,) = [row for row in rows if row.startswith("| S-199")]
    assert f"`monitor.interval` {monitor.interval}, `timeout` {monitor.timeout}, `retries` {monitor.retries}" in probe
    assert f"= {monitor.detection_seconds} s" in probe
