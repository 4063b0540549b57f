"""The residency table: what may go where, from the law's side, and that nothing else may."""

import itertools

import pytest

from components import catalog
from components.tags import DataClass

REGIONS = tuple(catalog.regions())
PERSONAL = {
    ("eu-west-1", "eu-central-1"),
    ("eu-central-1", "eu-west-1"),
    ("eu-west-1", "eu-west-2"),
    ("eu-central-1", "eu-west-2"),
    ("eu-west-2", "eu-west-1"),
    ("eu-west-2", "eu-central-1"),
    ("us-east-1", "us-west-2"),
    ("us-west-2", "us-east-1"),
}
SENSITIVE = {("us-east-1", "us-west-2"), ("us-west-2", "us-east-1")}


def allowed(data_class: str) -> set[tuple[str, str]]:
    return {(a, b) for a, b in itertools.permutations(REGIONS, 2) if catalog.may_copy(data_class, a, b)}


def test_personal_data_goes_nowhere_but_along_the_graph() -> None:
    assert allowed("personal") == PERSONAL


def test_sensitive_data_never_leaves_its_country() -> None:
    assert allowed("sensitive") == SENSITIVE


@pytest.mark.parametrize("data_class", ["public", "operational"])
def test_data_without_people_may_go_everywhere(data_class: str) -> None:
    assert allowed(data_class) == set(itertools.permutations(REGIONS, 2))


def test_a_class_may_not_go_where_a_lower_one_may_not() -> None:
    graphs = [allowed(data_class) for data_class in catalog.data_classes()]
    assert all(lower >= higher for lower, higher in itertools.pairwise(graphs))


def test_retention_rises_with_the_class() -> None:
    days = [rule.minimum_retention_days for rule in catalog.data_classes().values()]
    assert days == sorted(days)
    assert min(days) >= 7


def test_classes_are_those_of_the_tags_in_their_order() -> None:
    assert list(catalog.data_classes()) == [str(data_class) for data_class in DataClass]


def test_every_region_has_its_law() -> None:
    assert {region.jurisdiction for region in catalog.regions().values()} == set(catalog.jurisdictions())
    laws = {region.name: catalog.jurisdiction(region.jurisdiction).laws for region in catalog.regions().values()}
    assert laws["eu-central-1"] == ("GDPR", "BDSG")
    assert laws["ap-south-1"] == ("DPDP",)
    assert len({law for row in laws.values() for law in row} - {"UK GDPR"}) == 10


def test_edges_name_article_and_known_ends() -> None:
    for edge in catalog.edges():
        assert {edge.source, edge.destination} <= set(catalog.jurisdictions())
        assert edge.source != edge.destination
        assert set(edge.data_classes) <= set(catalog.data_classes())
        assert "Art." in edge.basis


def test_what_is_unknown_is_refused_by_name() -> None:
    with pytest.raises(catalog.NotInCatalog, match=r"data class 'secret'.*known: operational, personal, public, sensitive"):
        catalog.may_copy("secret", "eu-west-1", "eu-central-1")
    with pytest.raises(catalog.NotInCatalog, match="region 'eu-west-9'"):
        catalog.may_copy("personal", "eu-west-9", "eu-central-1")
    with pytest.raises(catalog.NotInCatalog, match="jurisdiction 'EU'"):
        catalog.jurisdiction("EU")


def test_regions_allowed_are_those_with_a_basis() -> None:
    assert catalog.regions_allowed("personal", "eu-west-1") == ("eu-central-1", "eu-west-2")
    assert catalog.regions_allowed("personal", "ap-south-1") == ()
