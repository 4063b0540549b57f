"""Regional Services against Cloudflare's compatibility table."""

import pytest

from components.catalog import NotInCatalog
from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan, regional_conflicts
from components.edge.regional import regional_faults, regional_plan_faults
from tests.components.edge.sites import site

REGIONS = {"eu.api.example.com": "eu"}
REFUSED = {
    "access",
    "argo",
    "http3",
    "onion-routing",
    "orange-to-orange",
    "smart-placement",
    "smart-tiered-cache",
    "stream",
    "turnstile",
    "workers-dev",
    "workers-kv",
}
"""What the vendor's table marks as not compatible, of the features that Meridian knows."""


def test_the_matrix_is_the_vendors() -> None:
    assert set(regional_conflicts()) == REFUSED


@pytest.mark.parametrize("feature", sorted(REFUSED))
def test_each_feature_is_refused_with_host_and_remedy(feature: str) -> None:
    (fault,) = regional_faults(REGIONS, [feature, feature])
    assert "eu.api.example.com" in fault
    assert fault.endswith(regional_conflicts()[feature].remedy)


def test_nothing_is_refused_while_no_host_is_bound() -> None:
    assert list(regional_faults({}, REFUSED)) == []


def test_a_feature_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(NotInCatalog, match="argoo"):
        list(regional_faults(REGIONS, ["argoo"]))


def test_it_needs_enterprise_and_the_suite() -> None:
    assert list(regional_plan_faults(site(CloudflarePlan.ENTERPRISE, CloudflareAddon.DATA_LOCALIZATION), REGIONS)) == []
    (fault,) = regional_plan_faults(site(CloudflarePlan.ENTERPRISE), REGIONS)
    assert "plan enterprise with add-on data-localization" in fault


def test_a_host_of_no_zone_is_refused() -> None:
    faults = list(regional_plan_faults(site(CloudflarePlan.ENTERPRISE, CloudflareAddon.DATA_LOCALIZATION), {"api.other.org": "eu"}))
    assert faults == ["regional_hosts: api.other.org: not in zone example.com: name a host of the zone"]
