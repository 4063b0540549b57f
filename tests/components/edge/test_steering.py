"""Load balancers as they would be made: each trap of residency in load balancing, the provider's bugs, alerts and regional host names."""

import itertools
from typing import Any

import pytest

from components.catalog import routing
from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.site import EdgeSite
from components.edge.steering import Steering, SteeringArgs
from components.edge.steering_spec import Fleet
from meridian.plan import Plan
from tests.components.edge.fleets import CAPACITY, DEMAND, args, spec
from tests.components.edge.sites import site
from tests.deploy import deploy

EVERYTHING = site(CloudflarePlan.ENTERPRISE, *CloudflareAddon)
LB_COMPUTED = {
    *("description", "enabled", "proxied", "steeringPolicy", "adaptiveRouting", "locationStrategy", "randomSteering"),
    *("sessionAffinity", "sessionAffinityAttributes"),
}
"""Fields that the provider's schema marks optional and computed, but for those that stand for nothing when empty."""
STRICT = sorted(routing().eu_strict.countries)


def planned(where: EdgeSite, mode: str = "update", **knobs: Any) -> Plan:
    """The Plan of steering for the whole fleet."""
    return deploy(lambda: Steering("edge", args(where, **knobs)), mode=mode)


class World:
    """The made load balancers, read as Cloudflare would: which region a client of a host reaches."""

    def __init__(self, plan: Plan) -> None:
        made = {resource.name: resource for resource in plan.made}
        self.regions = {
            resource.id: name.removeprefix("edge-").removesuffix("-pool")
            for name, resource in made.items()
            if resource.type.endswith(":LoadBalancerPool")
        }
        self.balancers = {str(row.inputs["name"]): dict(row.inputs) for row in plan.made if row.type.endswith(":LoadBalancer")}

    def order(self, host: str, country: str, data_centre: str) -> list[str]:
        """Country before region before default (Cloudflare, traffic steering: geo)."""
        balancer = self.balancers[host]
        pools = balancer["defaultPools"]
        if balancer["steeringPolicy"] == "geo":
            pools = balancer.get("countryPools", {}).get(country) or balancer.get("regionPools", {}).get(data_centre) or pools
        return [self.regions[pool] for pool in pools]

    def answer(self, host: str, country: str, data_centre: str, lost: set[str]) -> str:
        left = [region for region in self.order(host, country, data_centre) if region not in lost]
        return left[0] if left else self.regions[self.balancers[host]["fallbackPool"]]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(EVERYTHING)


@pytest.fixture(scope="module")
def world(plan: Plan) -> World:
    return World(plan)


def test_one_load_balancer_for_each_jurisdiction_and_none_for_the_general_name(world: World) -> None:
    assert set(world.balancers) == {f"{group}.api.example.com" for group in ("eu", "uk", "na", "apac", "in", "mea")}


def test_the_load_balancers_say_what_the_table_says(world: World) -> None:
    table = routing()
    for country, route in table.countries.items():
        for data_centre in ("WNAM", "ENAM", "NSAM", "SSAM") if route.cloudflare_regions else ("OC",):
            assert world.order(f"{route.group}.api.example.com", country, data_centre) == list(table.route(country, (), data_centre))


def test_trap_1_the_fallback_is_the_maintenance_page_and_never_a_region_elsewhere(world: World) -> None:
    assert {world.regions[balancer["fallbackPool"]] for balancer in world.balancers.values()} == {"maintenance"}


def test_trap_2_strict_countries_are_steered_by_country_not_by_data_centre(world: World) -> None:
    eu = world.balancers["eu.api.example.com"]
    assert set(STRICT) <= set(eu["countryPools"])
    assert "regionPools" not in eu


def test_trap_3_failing_over_across_pools_and_cookies_stay_in_the_jurisdiction(world: World) -> None:
    table = routing()
    for host, balancer in world.balancers.items():
        lists = [balancer["defaultPools"], *balancer.get("countryPools", {}).values(), *balancer.get("regionPools", {}).values()]
        allowed = set(table.groups[host.split(".")[0]].regions)
        assert {world.regions[pool] for pools in lists for pool in pools} <= allowed
        assert balancer["adaptiveRouting"] == {"failoverAcrossPools": True}
        assert balancer["sessionAffinity"] == "none"


def test_trap_3_a_cookie_lasts_as_long_as_said_and_is_secure() -> None:
    balancer = World(planned(EVERYTHING, affinity_seconds=3_600)).balancers["eu.api.example.com"]
    assert (balancer["sessionAffinity"], balancer["sessionAffinityTtl"]) == ("cookie", 3_600)
    assert balancer["sessionAffinityAttributes"]["secure"] == "Always"
    assert balancer["sessionAffinityAttributes"]["zeroDowntimeFailover"] == "none"


def test_trap_4_no_rule_and_no_header_overrides_geography(world: World) -> None:
    assert not any({"rules", "popPools"} & balancer.keys() for balancer in world.balancers.values())


def test_trap_5_no_client_of_the_unions_host_ever_leaves_it(world: World) -> None:
    """All countries, strict or not, at whatever data centre, under all single and double losses."""
    regions = sorted(CAPACITY)
    for lost in ({*lost} for count in (0, 1, 2) for lost in itertools.combinations(regions, count)):
        for country in routing().codes:
            assert world.answer("eu.api.example.com", country, "ENAM", lost) in {"eu-west-1", "eu-central-1", "maintenance"}


def test_clients_reach_what_the_table_says_under_every_single_and_double_loss(world: World) -> None:
    """All countries at the host name that they are redirected to."""
    table = routing()
    for lost in ({*lost} for count in (0, 1, 2) for lost in itertools.combinations(sorted(CAPACITY), count)):
        for country, route in table.countries.items():
            answer = world.answer(f"{route.group}.api.example.com", country, "ENAM", lost)
            assert answer == table.serving(country, lost, "ENAM")
            assert country not in STRICT or answer in {"eu-west-1", "eu-central-1", "maintenance"}


def test_trap_5_the_general_name_serves_nothing(plan: Plan) -> None:
    (record,) = [made.inputs for made in plan.made if made.type.endswith(":DnsRecord")]
    assert (record["name"], record["type"], record["content"], record["proxied"]) == ("api.example.com", "AAAA", "100::", True)


def test_trap_6_regional_host_names_follow_their_load_balancers() -> None:
    made = planned(EVERYTHING, regional_services=True)
    (regional,) = [row for row in made.made if row.type.endswith(":RegionalHostname")]
    assert (regional.inputs["hostname"], regional.inputs["regionKey"]) == ("eu.api.example.com", "eu")
    assert any("edge-eu-load-balancer" in urn for urn in regional.dependencies)


def test_trap_6_incompatible_features_are_refused() -> None:
    wires = args(EVERYTHING, regional_services=True)
    wrong = SteeringArgs(spec=wires.spec, site=EVERYTHING, fleet=Fleet(capacity=CAPACITY, zone_features=("argo",)), origins=wires.origins)
    with pytest.raises(ValueError, match="Argo Smart Routing does not work on regionalised host names"):
        Steering("edge", wrong)


def test_fields_that_the_api_fills_in_are_said_and_no_map_is_empty(plan: Plan) -> None:
    """TF#7339."""
    balancers = [made for made in plan.made if made.type.endswith(":LoadBalancer")]
    assert all(set(made.inputs) >= LB_COMPUTED for made in balancers)
    assert not any(value in ({}, [], "") for made in balancers for value in made.inputs.values())


def test_one_order_of_regions_needs_no_geography(world: World) -> None:
    assert {host.split(".")[0]: row["steeringPolicy"] for host, row in world.balancers.items()} == {
        **dict.fromkeys(("eu", "na", "apac"), "geo"),
        **dict.fromkeys(("uk", "in", "mea"), "off"),
    }


def test_a_fallback_inside_the_jurisdiction_is_used() -> None:
    world = World(planned(EVERYTHING, fallbacks={"na": "us-west-2"}))
    assert world.regions[world.balancers["na.api.example.com"]["fallbackPool"]] == "us-west-2"
    assert world.regions[world.balancers["eu.api.example.com"]["fallbackPool"]] == "maintenance"


def test_a_plan_with_one_region_sends_the_others_clients_to_the_page() -> None:
    wires = args(EVERYTHING, {"eu-west-1": 12_000}, demand=dict.fromkeys(DEMAND, 0))
    world = World(deploy(lambda: Steering("edge", wires)))
    assert world.answer("eu.api.example.com", "FR", "WEU", set()) == "eu-west-1"
    assert world.answer("na.api.example.com", "US", "ENAM", set()) == "maintenance"
    assert world.order("na.api.example.com", "US", "ENAM") == ["maintenance"]  # the API takes no empty list


def test_health_changes_are_told_to_those_named() -> None:
    plan = planned(EVERYTHING, alerts={"emails": ["ops@example.com"], "webhooks": ["w" * 32], "pagerduty": ["p" * 32]})
    (alert,) = [made.inputs for made in plan.made if made.type.endswith(":NotificationPolicy")]
    assert alert["alertType"] == "load_balancing_health_alert"
    assert len(alert["filters"]["poolIds"]) == 11
    assert (alert["filters"]["newHealths"], alert["filters"]["eventSources"]) == (["Unhealthy", "Healthy"], ["pool", "origin"])
    assert alert["mechanisms"] == {"emails": [{"id": "ops@example.com"}], "webhooks": [{"id": "w" * 32}], "pagerduties": [{"id": "p" * 32}]}


def test_nobody_is_told_by_default(plan: Plan) -> None:
    assert not any(made.type.endswith(":NotificationPolicy") for made in plan.made)


def test_a_preview_knows_everything_but_ids() -> None:
    made = planned(EVERYTHING, mode="preview").made
    unknown = {path.split("[")[0].split(".")[0] for row in made for path in row.unknown}
    assert unknown <= {"monitor", "defaultPools", "fallbackPool", "countryPools", "regionPools"}


@pytest.mark.parametrize(
    ("origins", "capacity", "fault"),
    [
        ({"eu-west-1": "a.example.net", "eu-central-1": "b.example.net"}, {"eu-west-1": 1}, "'eu-central-1' has an origin and no capacity"),
        ({"eu-west-1": "a.example.net"}, {"eu-west-1": 1, "eu-central-1": 1}, "'eu-central-1' has a capacity and no origin"),
    ],
)
def test_origin_and_capacity_belong_together(origins: dict[str, str], capacity: dict[str, int], fault: str) -> None:
    wires = SteeringArgs(spec=spec(demand={}), site=EVERYTHING, fleet=Fleet(capacity=capacity), origins=origins)
    with pytest.raises(ValueError, match=fault):
        Steering("edge", wires)


def test_all_faults_are_told_at_once() -> None:
    cheap = site(CloudflarePlan.PRO, CloudflareAddon.LOAD_BALANCING, CloudflareAddon.TRAFFIC_STEERING)
    wires = args(cheap, resident_in=["CN"], fallbacks={"eu": "us-east-1"}, monitor={"interval": 10})
    with pytest.raises(ValueError, match=r"steering 'edge'.*CN cannot be claimed.*outside the jurisdiction.*faster than plan"):
        Steering("edge", wires)
