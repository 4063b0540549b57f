"""Pools and the zones they lie in, or could."""

from typing import Any

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

from policies.core import tokens
from policies.core.example import Draft, example, resource
from policies.core.facts.node_groups import is_pinned, is_stateful, minimum_sizes, pool, zones_of, zones_offered
from policies.core.verdict import Undecided


def group(**inputs: Any) -> Draft:
    return resource(tokens.EKS_NODE_GROUP, {"clusterName": "blue", **inputs})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"instanceTypes": ["m7i.large"], "scalingConfig": {"minSize": 9}}, True),
        ({"labels": {"pool": "a"}}, False),
        ({"taints": [{"key": "dedicated", "value": "a", "effect": "NO_SCHEDULE"}]}, False),
        ({"taints": [{"key": "other", "value": "x", "effect": "NO_SCHEDULE"}]}, False),
        ({"clusterName": "green"}, False),
        ({"clusterName": "${cluster.name}"}, False),
    ],
)
def test_a_pool_is_what_pods_cannot_tell_apart(other: dict[str, Any], *, same: bool) -> None:
    stack = example(group(), other=group(**other), cluster=resource(tokens.EKS_CLUSTER)).stack(ids_known=False)
    assert [each.name for each in pool(stack, stack.resources[0])] == (["subject", "other"] if same else ["subject"])


@pytest.mark.parametrize("changed", [{"key": "b"}, {"value": "y"}, {"effect": "NO_EXECUTE"}])
def test_taints_differ_by_each_of_their_parts(changed: dict[str, str]) -> None:
    taint = {"key": "a", "value": "x", "effect": "NO_SCHEDULE"}
    stack = example(group(taints=[taint]), twin=group(taints=[taint]), other=group(taints=[{**taint, **changed}])).stack(ids_known=True)
    assert [each.name for each in pool(stack, stack.resources[0])] == ["subject", "twin"]


@pytest.mark.parametrize(
    ("inputs", "template", "pinned"),
    [
        ({"capacityType": "SPOT"}, {}, False),
        ({"capacityType": "CAPACITY_BLOCK"}, {}, True),
        ({}, {"placement": {"groupName": "fabric"}}, True),
        ({}, {"placement": {"tenancy": "default"}}, False),
        ({}, {"capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": "cr-1"}}}, True),
        ({}, {"capacityReservationSpecification": {"capacityReservationPreference": "open"}}, False),
    ],
)
def test_reservations_and_placement_groups_pin(inputs: dict[str, Any], template: dict[str, Any], *, pinned: bool) -> None:
    subject = group(launchTemplate={"id": "${template.id}"}, **inputs)
    stack = example(subject, template=resource(tokens.LAUNCH_TEMPLATE, template)).stack(ids_known=False)
    assert is_pinned(stack, stack.resources[0]) is pinned


@pytest.mark.parametrize("types", [["p4d.24xlarge"], ["g5.xlarge"], ["m7i.large"], ["m7i.large", "p4d.24xlarge"], ["g5g.xlarge"]])
def test_offers_are_what_ec2_says(types: list[str]) -> None:
    offered = INSTANCE_TYPE_OFFERINGS["availability-zone-id"]["eu-west-1"]
    zones = set.intersection(*({each["Location"] for each in offered if each["InstanceType"] == name} for name in types))
    subject = example(group(instanceTypes=types)).stack(ids_known=True).resources[0]
    assert zones_offered(subject, "euw1-az1") == zones_offered(subject, "eu-west-1b") == len(zones)


def test_a_group_without_a_minimum_may_be_empty() -> None:
    groups = example(group(scalingConfig={"minSize": 2.0}), other=group(scalingConfig={"maxSize": 3.0}), third=group())
    assert list(minimum_sizes(groups.stack(ids_known=True).resources)) == [2, 0, 0]


@pytest.mark.parametrize(
    ("labels", "stateful"),
    [({"meridian.dev/stateful": "true"}, True), ({"meridian.dev/stateful": "false"}, False), ({"stateful": "true"}, False), ({}, False)],
)
def test_a_label_says_that_pods_own_volumes(labels: dict[str, str], *, stateful: bool) -> None:
    assert is_stateful(example(group(labels=labels)).stack(ids_known=True).resources[0]) is stateful


def test_the_catalogue_may_not_know() -> None:
    for types, at in ((["x99.huge"], "euw1-az1"), ([], "euw1-az1"), (["m7i.large"], "mars-1a")):
        assert zones_offered(example(group(instanceTypes=types)).stack(ids_known=True).resources[0], at) is None


def test_subnets_outside_the_stack_are_undecided() -> None:
    inside = {"a": resource(tokens.SUBNET, {"availabilityZone": "eu-west-1a"})}
    stack = example(group(subnetIds=["${a.id}", "subnet-0b"]), **inside).stack(ids_known=False)
    with pytest.raises(Undecided, match=r"subject\.subnetIds \(subnets outside this stack\)"):
        zones_of(stack, stack.resources[0])
