"""Nodes for data: in every zone, never on the spot market, for data only."""

from typing import Any

import pytest
from pydantic import ValidationError

from components import catalog
from components.cluster.node_group import NodeGroup, NodeGroupArgs, NodeGroupSpec
from components.data.placement import DataPoolSpec, data_node_faults
from meridian.plan import Plan
from tests.components.cluster.surroundings import KEY, TAGS, ZONES, Region, region_plan

GROUP = "aws:eks/nodeGroup:NodeGroup"


def build(region: Region) -> NodeGroup:
    spec = DataPoolSpec(nodes_per_zone=2).node_group()
    subnets = region.vpc.private_subnet_ids
    return NodeGroup(
        "data", NodeGroupArgs(spec=spec, cluster=region.cluster, addons=region.addons, subnet_ids=subnets, volume_key_arn=KEY, tags=TAGS)
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


def test_every_zone_has_a_group_of_its_own(plan: Plan) -> None:
    groups = plan.of_type(GROUP)
    assert {group.name for group in groups} == {f"data-nodes-{zone}" for zone in ZONES}
    assert all(len(group.inputs["subnetIds"]) == 1 for group in groups)


def test_nodes_are_on_demand_tainted_and_always_there(plan: Plan) -> None:
    for group in plan.of_type(GROUP):
        assert group.inputs["capacityType"] == "ON_DEMAND"
        assert group.inputs["taints"] == [{"key": "dedicated", "value": "data", "effect": "NO_SCHEDULE"}]
        assert group.inputs["labels"]["workload"] == "data"
        assert group.inputs["scalingConfig"] == {"minSize": 2, "maxSize": 3, "desiredSize": 2}


def test_the_stores_pods_may_go_there() -> None:
    seen: list[Any] = []
    region_plan(lambda region: seen.append(build(region).tolerations))
    assert seen == [({"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"},)]


@pytest.mark.parametrize("region", catalog.regions())
def test_the_default_type_is_offered_in_three_zones_of_every_region(region: str) -> None:
    for name in DataPoolSpec().instance_types:
        offers = catalog.instance_type(name).zones[region]
        assert len(set(offers) & set(catalog.region(region).eks_zones)) >= 3


def test_defaults_have_no_fault() -> None:
    assert data_node_faults(DataPoolSpec().node_group(), ZONES) == []


@pytest.mark.parametrize(
    ("knobs", "zones", "told"),
    [
        ({"placement": "spread"}, ZONES, "placement: spread: a volume never leaves its zone, use per_zone"),
        ({"capacity": "spot"}, ZONES, "capacity: spot: two interruptions at once cost a quorum, use on_demand"),
        ({"min_nodes": 0}, ZONES, "min_nodes: 0: a zone without nodes has no quorum member"),
        ({"taints": []}, ZONES, "taints: none: pods without data would crowd the nodes, add dedicated=data"),
        ({}, ZONES[:2], "zones: euw1-az1, euw1-az2: a quorum outlives a zone only over 3 or more"),
    ],
)
def test_each_fault_is_told_by_itself(knobs: dict[str, Any], zones: tuple[str, ...], told: str) -> None:
    good = {"instance_types": ["r7g.4xlarge"], "placement": "per_zone", "min_nodes": 1, "taints": [{"key": "dedicated", "value": "data"}]}
    (fault,) = data_node_faults(NodeGroupSpec.from_yaml(good | knobs), zones)
    assert told in fault


def test_burstable_types_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"t3\.large run out of CPU credit under load"):
        DataPoolSpec(instance_types=("t3.large",))
