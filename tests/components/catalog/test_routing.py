"""The routing table: every country, the traps of residency in load balancing, and what is refused."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from components import catalog
from components.catalog import MAINTENANCE, NotInCatalog, RoutingTable, region_faults, residency_claim_faults, routing, routing_faults

TABLE = routing()
TEN = {
    "ap-east-1",
    "ap-southeast-1",
    "ap-northeast-1",
    "ap-south-1",
    "eu-west-1",
    "eu-central-1",
    "eu-west-2",
    "us-east-1",
    "us-west-2",
    "ca-central-1",
}
EU = {"eu-west-1", "eu-central-1"}
EU_STRICT = {
    # the 27 as the Union's own list (europa.eu, country profiles) spells them, with GR for Greece
    *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL"),
    *("PT", "RO", "SK", "SI", "ES", "SE"),
    *("IS", "LI", "NO", "CH"),  # EEA and Switzerland
    *("AX", "GP", "MQ", "GF", "RE", "YT", "MF"),  # Aland, Guadeloupe, Martinique, Guyane, Reunion, Mayotte, Saint-Martin
}
CLOUDFLARE_REGIONS = (None, "WNAM", "ENAM", "WEU", "EEU", "NSAM", "SSAM", "OC", "ME", "NAF", "SAF", "SAS", "SEAS", "NEAS")
LOSSES = [frozenset(), *(frozenset(lost) for count in (1, 2) for lost in itertools.combinations(sorted(TEN), count))]


def _changed(routes: Mapping[str, Mapping[str, Any]] | None = None, groups: Mapping[str, Mapping[str, Any]] | None = None) -> RoutingTable:
    """The table with other values in some rows."""

    def rows(table: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
        return {name: row.model_copy(update=dict((changes or {}).get(name, {}))) for name, row in table.items()}

    return TABLE.model_copy(update={"routes": rows(TABLE.routes, routes), "groups": rows(TABLE.groups, groups)})


def test_every_country_of_iso_3166_and_kosovo_stands_in_one_route() -> None:
    assert list(routing_faults(TABLE)) == []
    assert len(TABLE.countries) == 249 + 1
    assert {len(country) for country in TABLE.countries} == {2}
    assert "XK" in TABLE.countries


def test_all_ten_regions_serve_somebody_first() -> None:
    assert TABLE.regions == TEN
    assert {TABLE.route(country, cloudflare_region=region)[0] for country in TABLE.countries for region in CLOUDFLARE_REGIONS} == TEN


def test_every_region_is_one_of_the_catalogue() -> None:
    assert TABLE.regions <= set(catalog.regions())
    assert {name for group in TABLE.groups.values() for name in group.regions} == TEN


@pytest.mark.parametrize(
    ("country", "pools"),
    {  # edge.md 2.2 and requirements S-188 to S-191 with the corrections of D-07
        "IE": "eu-west-1 eu-central-1",
        "FR": "eu-west-1 eu-central-1",
        "RE": "eu-west-1 eu-central-1",
        "DE": "eu-central-1 eu-west-1",
        "CH": "eu-central-1 eu-west-1",
        "NO": "eu-central-1 eu-west-1",
        "GB": "eu-west-2 eu-west-1 eu-central-1",
        "CA": "ca-central-1 us-east-1 us-west-2",
        "US": "us-east-1 us-west-2 ca-central-1",
        "CN": "ap-east-1 ap-southeast-1 ap-northeast-1",
        "TW": "ap-east-1 ap-northeast-1 ap-southeast-1",
        "VN": "ap-southeast-1 ap-northeast-1 ap-east-1",
        "KR": "ap-northeast-1 ap-southeast-1 ap-east-1",
        "IN": "ap-south-1 ap-southeast-1",
        "NG": "eu-west-1 eu-central-1 ap-south-1",
        "AU": "ap-southeast-1 ap-northeast-1 ap-east-1",
        "BR": "us-east-1 us-west-2 ca-central-1",
        "XX": "eu-west-1 eu-central-1",
        "T1": "eu-west-1 eu-central-1",
    }.items(),
)
def test_order_of_a_country(country: str, pools: str) -> None:
    assert TABLE.route(country) == tuple(pools.split())


def test_the_strict_set_is_the_union_the_eea_switzerland_and_the_outermost_territories() -> None:
    assert TABLE.eu_strict.countries == EU_STRICT
    assert "GB" not in TABLE.eu_strict.countries
    assert "GB" not in TABLE.eu_strict.jurisdictions


@pytest.mark.parametrize("lost", LOSSES, ids=lambda lost: "+".join(sorted(lost)) or "nothing")
def test_no_strict_country_reaches_a_region_outside_the_eea_whatever_is_lost(lost: frozenset[str]) -> None:
    """All countries, all data centres that may answer, all single and double losses, the fallback pool included."""
    for country, region in itertools.product(EU_STRICT, CLOUDFLARE_REGIONS):
        assert set(TABLE.route(country, lost, region)) <= EU - lost
        assert TABLE.serving(country, lost, region) in (EU - lost or {MAINTENANCE})


@pytest.mark.parametrize("lost", LOSSES, ids=lambda lost: "+".join(sorted(lost)) or "nothing")
def test_no_country_leaves_its_group_and_every_one_is_served_or_told_so(lost: frozenset[str]) -> None:
    for country, route in TABLE.countries.items():
        assert set(TABLE.route(country, lost)) <= set(TABLE.groups[route.group].regions) - lost
        assert TABLE.serving(country, lost) == next((pool for pool in route.pools if pool not in lost), MAINTENANCE)


def test_trap_1_when_both_regions_of_the_union_are_lost_its_clients_see_the_maintenance_page() -> None:
    assert {TABLE.serving(country, EU) for country in EU_STRICT} == {MAINTENANCE}


def test_trap_2_a_client_of_the_union_whose_data_centre_lies_elsewhere_is_still_served_there() -> None:
    assert {TABLE.serving(country, (), region) for country in EU_STRICT for region in CLOUDFLARE_REGIONS} == EU
    assert all(not TABLE.countries[country].cloudflare_regions for country in EU_STRICT)


def test_americans_are_told_apart_by_data_centre() -> None:
    assert TABLE.route("US", (), "WNAM") == ("us-west-2", "us-east-1")
    assert TABLE.route("MX", (), "NSAM")[0] == "us-east-1"
    assert TABLE.route("CA", (), "WNAM")[0] == "ca-central-1"


def test_britain_may_go_to_the_union_and_the_union_never_to_britain() -> None:
    assert TABLE.serving("GB", {"eu-west-2"}) == "eu-west-1"
    assert "eu-west-2" not in {pool for route in TABLE.routes_of("eu") for pool in route.pools}


def test_a_plan_of_fewer_regions_keeps_the_order_of_those_it_has() -> None:
    small = TABLE.served_by(["eu-central-1", "us-east-1"])
    assert small.route("FR") == ("eu-central-1",)
    assert small.route("JP") == ()
    assert small.serving("JP") == MAINTENANCE
    assert small.groups["uk"].regions == ("eu-central-1",)


def test_a_country_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotInCatalog, match="country 'ZZ'"):
        TABLE.route("ZZ")


def _without(route: str, country: str) -> RoutingTable:
    return _changed({route: {"countries": tuple(name for name in TABLE.routes[route].countries if name != country)}})


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (_without("eu-west", "FR"), "country 'FR', which is EU-strict, is missing"),
        (_without("oceania", "NZ"), "country 'NZ' is missing"),
        (_changed({"canada": {"countries": ("CA", "ZZ")}}), "country code 'ZZ' is none of ISO 3166-1"),
        (_changed({"canada": {"countries": ("CA", "US")}}), "country 'US' stands in 2 routes"),
        (_changed({"canada": {"pools": ("ca-central-1", "eu-west-1")}}), "routes.canada.pools: 'eu-west-1' is outside group na"),
        (_changed({"canada": {"group": "arctic"}}), "routes.canada.group: routing group 'arctic' is not in the catalogue"),
        (_changed({"eu-west": {"pools": ("eu-west-1", "eu-west-2")}}), "'eu-west-2' lies outside the EEA but may serve EU-strict"),
        (_changed({"eu-central": {"pools": ("eu-central-1", "us-east-1")}}), "'us-east-1' lies outside the EEA but may serve EU-strict"),
        (_changed(groups={"eu": {"regions": ("eu-west-1", "eu-central-1", "us-east-1")}}), "'us-east-1' lies outside the EEA"),
        (_changed({"eu-west": {"cloudflare_regions": ("WEU",)}}), "must be told apart by country"),
    ],
)
def test_a_wrong_table_is_refused(table: RoutingTable, fault: str) -> None:
    assert any(fault in found for found in routing_faults(table)), list(routing_faults(table))


def test_a_region_that_nobody_is_sent_to_is_refused() -> None:
    assert list(region_faults(TEN, TABLE)) == []
    (fault,) = region_faults([*TEN, "eu-south-2"], TABLE)
    assert "region 'eu-south-2' is missing from the routing table" in fault


@pytest.mark.parametrize(
    ("country", "fault"),
    [
        ("CN", "residency in CN cannot be claimed: Hong Kong is outside the mainland"),
        ("IN", "residency in IN cannot be claimed: ap-southeast-1"),
        ("DE", "residency in DE cannot be claimed: eu-west-1"),
        ("QQ", "country code 'QQ' is none of ISO 3166-1"),
    ],
)
def test_a_claim_of_residency_that_is_not_kept_is_refused(country: str, fault: str) -> None:
    (found,) = residency_claim_faults([country], TABLE)
    assert fault in found


def test_a_claim_that_is_kept_passes() -> None:
    assert list(residency_claim_faults(["IN", "DE"], TABLE.served_by({"ap-south-1", "eu-central-1"}))) == []
