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
SENSITIVE = {("us-west-2", "us-east-1")}
"""Health data leaves Virginia for nowhere (S-319); what was wrongly put into Oregon may go home."""


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


def test_a_copy_of_german_data_names_what_makes_up_for_its_own_law() -> None:
    found = catalog.passage("personal", "eu-central-1", "eu-west-1")
    assert found.allowed
    assert "GDPR Art. 1(3)" in found.basis
    assert "BDSG section 1(4)" in found.basis
    assert "BDSG" not in catalog.passage("personal", "eu-west-1", "eu-central-1").basis


def test_what_is_missing_is_named() -> None:
    assert catalog.passage("sensitive", "us-east-1", "us-west-2") == catalog.Passage(
        allowed=False, basis="HIPAA does not hold in us-west-2, and no equivalence makes up for it"
    )
    assert catalog.passage("personal", "eu-west-1", "us-east-1").basis == "no legal basis for personal data to leave IE for US"


def test_data_may_stay_where_it_is() -> None:
    assert all(catalog.passage(name, region, region).allowed for name in catalog.data_classes() for region in REGIONS)


@pytest.mark.parametrize(("theirs", "ours"), [("internal", "operational"), ("confidential", "personal"), ("restricted", "sensitive")])
def test_classes_of_the_documents_are_ours(theirs: str, ours: str) -> None:
    assert all(catalog.passage(theirs, a, b) == catalog.passage(ours, a, b) for a, b in itertools.permutations(REGIONS, 2))


def test_a_regime_holds_where_somebody_said_so() -> None:
    assert catalog.laws("us-east-1") == ("CCPA", "HIPAA")
    assert catalog.laws("us-west-2") == ("CCPA",)
    assert catalog.laws("eu-central-1") == ("GDPR", "BDSG")
    assert {row.regime for row in catalog.equivalences()} <= set(catalog.regimes())


def test_somebody_answers_for_every_edge_in_use() -> None:
    register = {(row.source, row.destination) for row in catalog.transfers()}
    assert register == {("IE", "DE"), ("DE", "IE")}
    assert register <= {(edge.source, edge.destination) for edge in catalog.edges()}


def test_nobody_has_assessed_mainland_china() -> None:
    assert catalog.inflows() == {}
