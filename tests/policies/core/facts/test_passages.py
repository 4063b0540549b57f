"""What the table says of an edge, and what a user may tell beside it."""

from dataclasses import replace

from policies.core.facts.edges import Edge
from policies.core.facts.passages import passage
from policies.core.facts.ways import Kind
from policies.core.settings import Settings

EDGE = Edge(urn="u", kind=Kind.BUCKET, source="eu-west-1", destination="us-east-1", data_class="personal", place="b")


def test_the_table_decides() -> None:
    assert not passage(EDGE, Settings()).allowed
    assert passage(replace(EDGE, data_class="public"), Settings()).allowed
    assert passage(replace(EDGE, destination="eu-central-1"), Settings()).basis.startswith("GDPR Art. 1(3)")


def test_what_carries_no_class_is_of_people() -> None:
    assert not passage(replace(EDGE, data_class=""), Settings()).allowed
    assert passage(replace(EDGE, data_class=""), Settings.of({"untaggedDataClass": "operational"})).allowed


def test_a_place_or_class_outside_the_catalogue_is_refused_by_name() -> None:
    assert "region 'sa-east-1'" in passage(replace(EDGE, destination="sa-east-1"), Settings()).basis
    assert "data class 'secret'" in passage(replace(EDGE, data_class="secret"), Settings()).basis


def test_groups_and_links_of_the_configuration_come_first() -> None:
    together = Settings.of({"residencyGroups": {"eu-west-1": "company", "us-east-1": "company"}})
    assert passage(EDGE, together).basis == "both in residency group company of the configuration"
    linked = Settings.of({"networkLinks": ["eu-west-1>us-east-1"]})
    assert not passage(EDGE, linked).allowed
    assert passage(replace(EDGE, kind=Kind.NETWORK), linked).allowed
