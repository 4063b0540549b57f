"""Zones of subnets, as far as the program names them."""

import pytest

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts.zones import subnets, zone, zones
from policies.core.verdict import UNKNOWN, Undecided, known_part

SUBNETS = {
    "first": {"availabilityZoneId": "euw1-az1", "availabilityZone": "eu-west-1c"},
    "second": {"availabilityZone": "eu-west-1b"},
    "third": {"availabilityZoneId": None, "availabilityZone": "eu-west-1b"},
}


def cluster(*ids: str) -> Example:
    drafts = {name: resource(tokens.SUBNET, inputs) for name, inputs in SUBNETS.items()}
    return example(resource(tokens.EKS_CLUSTER, {"subnetIds": list(ids)}), vpc=resource(tokens.VPC), **drafts)


def test_the_id_of_a_zone_goes_before_its_name() -> None:
    of_type = cluster().stack(ids_known=True).of_type(tokens.SUBNET)
    assert [zone(each) for each in of_type] == ["euw1-az1", "eu-west-1b", "eu-west-1b"]
    assert zones(of_type) == {"euw1-az1", "eu-west-1b"}


@pytest.mark.parametrize("inputs", [{}, {"availabilityZoneId": UNKNOWN}])
def test_a_zone_left_to_aws_is_undecided(inputs: dict[str, str]) -> None:
    with pytest.raises(Undecided, match=r"subject\.availabilityZoneId"):
        zone(example(resource(tokens.SUBNET, inputs)).stack(ids_known=True).resources[0])


@pytest.mark.parametrize("ids_known", [True, False])
def test_subnets_are_those_that_the_property_names(*, ids_known: bool) -> None:
    stack = cluster("${first.id}", "${third.id}", "${vpc.id}").stack(ids_known=ids_known)
    assert [each.name for each in subnets(stack, stack.resources[0], "subnetIds", 2)] == ["first", "third"]


def test_known_subnets_come_before_the_doubt() -> None:
    stack = cluster("${second.id}", "subnet-0a1b").stack(ids_known=False)
    known, missing = known_part(subnets(stack, stack.resources[0], "subnetIds", 2))
    assert [each.name for each in known] == ["second"]
    assert str(missing) == "subject.subnetIds (subnets outside this stack)"
