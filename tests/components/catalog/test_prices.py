"""Prices: what is written down, what is not, and how the table refuses a row that is cut off."""

import pytest

from components import catalog
from components.catalog import prices
from components.catalog.loader import NotInCatalog
from components.catalog.prices import PriceBasis, monthly, price


@pytest.mark.parametrize(
    ("item", "region", "usd"),
    [
        ("ec2/m7g.large", "us-east-1", 0.0816),
        ("nat-gateway/hour", "us-east-1", 0.045),
        ("eks/control-plane-standard", "us-east-1", 0.10),
        ("eks/control-plane-extended", "us-east-1", 0.60),
        ("ebs/gp3-storage", "us-east-1", 0.08),
        ("kms/customer-key", "us-east-1", 1),
        ("data-transfer/inter-region-out:eu-central-1", "eu-west-1", 0.02),
    ],
)
def test_prices_that_aws_publishes(item: str, region: str, usd: float) -> None:
    found = price(item, region)
    assert found is not None
    assert found.usd == usd
    assert found.source


def test_nothing_is_guessed() -> None:
    assert price("eks/control-plane-standard", "ap-east-1") is None
    assert monthly("ec2-spot/m7g.large", "us-east-1") is None
    with pytest.raises(NotInCatalog, match="largest"):
        price("ec2/m7g.largest", "us-east-1")


def test_a_month_has_730_hours() -> None:
    assert monthly("nat-gateway/hour", "us-east-1") == pytest.approx(32.85)


def test_valkey_costs_a_fifth_less_than_redis_did() -> None:
    """cache.r7g.large of Redis OSS is 0.219 USD in us-east-1 (AWS, ElastiCache pricing)."""
    found = price("elasticache/cache.r7g.large", "us-east-1")
    assert found is not None
    assert found.usd == pytest.approx(0.8 * 0.219, abs=0.0005)


def test_derived_prices_say_so() -> None:
    bases = {each.basis for row in prices.prices().values() for each in row.values()}
    assert bases == set(PriceBasis)


def test_only_what_a_region_offers_has_no_price() -> None:
    """97 % of the pairs of region and instance type on offer are priced (research of 2026-11-20)."""
    pairs = [(name, region) for name, kind in catalog.instance_types().items() for region in kind.zones]
    known = [pair for pair in pairs if pair[1] in prices.prices().get(f"ec2/{pair[0]}", {})]
    assert len(known) / len(pairs) > 0.95


def test_regions_are_those_of_the_catalogue() -> None:
    assert {region for row in prices.prices().values() for region in row} == set(catalog.regions())


def test_a_row_that_is_cut_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        "sources": {"ec2": "s", "elasticache": "s"},
        "regions": ["a", "b"],
        "instances": {"m7g.large": "0.1"},
        "cache_nodes": {},
        "items": {},
    }
    monkeypatch.setattr(prices, "read", lambda name: table)
    prices.prices.cache_clear()
    with pytest.raises(ValueError, match="1 prices for 2 regions"):
        prices.prices()
    prices.prices.cache_clear()
