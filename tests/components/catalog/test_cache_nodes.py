"""Cache nodes against what others say: the price list of Valkey nodes, ElastiCache's own model, its rules about families."""

import csv
from collections import defaultdict

import botocore.loaders
import pytest

from components import catalog
from components.catalog.cache_nodes import NodeFeature, cache_node, cache_nodes, offered_cache_nodes
from tests.shared import shared

PREFIX = "valkey-node-"


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, float]]:
    """Node type -> region -> price."""
    prices: dict[str, dict[str, float]] = defaultdict(dict)
    with (shared("catalog") / "service_prices.csv").open() as file:
        for row in csv.DictReader(file):
            if row["item"].startswith(PREFIX):
                prices[row["item"].removeprefix(PREFIX)][row["region"]] = float(row["price_usd"])
    return prices


def test_prices_are_those_of_the_list(listed: dict[str, dict[str, float]]) -> None:
    assert {name: node.usd_per_hour for name, node in cache_nodes().items()} == {
        name: by_region["us-east-1"] for name, by_region in listed.items() if ".r6gd." not in name
    }


def test_a_type_is_offered_where_it_has_a_price(listed: dict[str, dict[str, float]]) -> None:
    for region in catalog.regions():
        assert {node.name for node in offered_cache_nodes(region)} == {
            name for name, by_region in listed.items() if region in by_region and ".r6gd." not in name
        }


def test_prices_relate_alike_in_every_region(listed: dict[str, dict[str, float]]) -> None:
    """Layouts are compared by one region's prices: the ratios must hold elsewhere. Burstable nodes are never chosen by price."""
    base = cache_node("cache.r6g.large")
    for region in catalog.regions():
        for node in (node for node in offered_cache_nodes(region) if not node.burstable):
            here = listed[node.name][region] / listed[base.name][region]
            assert here == pytest.approx(node.usd_per_hour / base.usd_per_hour, rel=0.1)


def test_types_are_named_as_the_api_names_them() -> None:
    """The general description of CacheNodeType lists what is current; c7gn and the like are only in the user guide."""
    model = botocore.loaders.Loader().load_service_model("elasticache", "service-2")
    described = model["shapes"]["CreateReplicationGroupMessage"]["members"]["CacheNodeType"]["documentation"]
    assert all(f"<code>{name}</code>" in described for name, node in cache_nodes().items() if node.family != "c7gn")


def test_features_of_families() -> None:
    """ElastiCache user guide: durability and global datastores need size large and up; burstable families have neither."""
    assert {node.family for node in cache_nodes().values() if NodeFeature.DURABILITY in node.features} == {
        "r7g",
        "r6g",
        "m7g",
        "m6g",
        "c7gn",
    }
    assert {node.family for node in cache_nodes().values() if not node.features} == {"t4g"}
    assert [node.name for node in cache_nodes().values() if node.burstable] == ["cache.t4g.micro", "cache.t4g.small", "cache.t4g.medium"]
    assert (cache_node("cache.c7gn.large").generation, cache_node("cache.m6g.large").generation) == (7, 6)


def test_hong_kong_has_the_sixth_generation_only() -> None:
    assert {node.family for node in offered_cache_nodes("ap-east-1")} == {"m6g", "r6g", "t4g"}


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(catalog.NotInCatalog, match=r"cache node type 'cache\.r7g\.huge' is not in the catalogue"):
        cache_node("cache.r7g.huge")
    with pytest.raises(catalog.NotInCatalog, match="region 'eu-west-9'"):
        offered_cache_nodes("eu-west-9")
