"""NodeGroup: groups over zones or per zone, what must be there before them, and what is refused."""

import pytest
from pydantic import ValidationError

from components.cluster.node_group import NodeGroupSpec
from meridian.plan import Plan
from tests.components.cluster.surroundings import ZONES, Region, region_plan

GROUP = "aws:eks/nodeGroup:NodeGroup"


def groups(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {made.name: tuple(made.inputs["subnetIds"]) for made in plan.of_type(GROUP)}


def subnets(plan: Plan) -> dict[str, str]:
    return {zone: plan[f"network-private-{zone}"].id for zone in ZONES}


def test_stateless_work_gets_one_group_over_all_zones() -> None:
    plan = region_plan(lambda region: region.node_group())
    assert groups(plan) == {"system-nodes": tuple(subnets(plan).values())}


def test_stateful_work_gets_one_equal_group_in_each_zone() -> None:
    plan = region_plan(lambda region: region.node_group("tidb", placement="per_zone", min_nodes=1))
    assert groups(plan) == {f"tidb-nodes-{zone}": (subnet,) for zone, subnet in subnets(plan).items()}
    assert {made.inputs["scalingConfig"]["minSize"] for made in plan.of_type(GROUP)} == {1}
    assert len(plan.of_type("aws:ec2/launchTemplate:LaunchTemplate")) == 1


def test_losing_a_zone_renames_no_other_group() -> None:
    def build(region: Region) -> object:
        return region.node_group("tidb", placement="per_zone")

    three = set(groups(region_plan(build)))
    two = set(groups(region_plan(build, zones=(ZONES[0], ZONES[2]))))
    assert three - two == {f"tidb-nodes-{ZONES[1]}"}


def test_nodes_come_after_cni_identity_agent_role_and_the_way_out() -> None:
    plan = region_plan(lambda region: region.node_group())
    made = plan.find(GROUP, "system-nodes")
    before = {plan.by_urn[urn].name for urn in made.dependencies}
    assert {"node-addons-vpc-cni", "node-addons-kube-proxy", "node-addons-eks-pod-identity-agent"} <= before
    assert {"system-role-worker", "system-role-images"} <= before
    routes = {urn for urn, found in plan.by_urn.items() if found.type == "aws:ec2/route:Route"}
    assert routes
    assert routes <= set(made.dependencies)


def test_children_are_below_the_component_and_outputs_are_its_role() -> None:
    plan = region_plan(lambda region: region.node_group())
    component = plan.find("meridian:cluster:NodeGroup", "system")
    assert plan.find(GROUP, "system-nodes").parent == component.urn
    role = plan.find("aws:iam/role:Role", "system-role")
    assert component.outputs == {"role_arn": role.outputs["arn"], "role_name": role.outputs["name"]}


def test_pods_find_the_group_by_its_label_and_pass_its_taints() -> None:
    found: list[object] = []

    def build(region: Region) -> None:
        made = region.node_group(taints=[{"key": "CriticalAddonsOnly", "value": "true"}], labels={"tier": "core"})
        found.extend([made.node_selector, made.tolerations])

    plan = region_plan(build)
    assert found == [{"node-group": "system"}, ({"key": "CriticalAddonsOnly", "operator": "Exists", "effect": "NoSchedule"},)]
    assert plan.find(GROUP, "system-nodes").inputs["labels"] == {"tier": "core", "node-group": "system"}


def test_two_groups_do_not_collide() -> None:
    plan = region_plan(lambda region: (region.node_group(), region.node_group("data")))
    assert set(groups(plan)) == {"system-nodes", "data-nodes"}


def test_spot_is_a_capacity_type() -> None:
    plan = region_plan(lambda region: region.node_group(capacity="spot", instance_types=["m7i.large", "m6i.large"]))
    assert plan.find(GROUP, "system-nodes").inputs["capacityType"] == "SPOT"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"instance_types": []}, "instance_types"),
        ({"instance_types": ["m7i.huge"]}, "m7i.huge"),
        ({"instance_types": ["m7i.large", "m7g.large"]}, "m7g.large is arm64"),
        ({"instance_types": ["g5.xlarge"]}, "make a GPU pool"),
        ({"instance_types": ["m7i.large"], "capacity": "capacity_block"}, "capacity: capacity_block"),
        ({"instance_types": ["m7i.large"], "labels": {"node-group": "x"}}, "node-group is set by Meridian"),
        ({"instance_types": ["m7i.large"], "labels": {"team": "a b"}}, "Kubernetes label value"),
        ({"instance_types": ["m7i.large"], "min_nodes": 4, "max_nodes": 3}, "min_nodes: 4"),
        ({"instance_types": ["m7i.large"], "placement": "everywhere"}, "placement"),
    ],
)
def test_refused(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NodeGroupSpec.from_yaml(knobs)


def test_a_type_that_a_zone_lacks_is_refused_before_anything_is_made() -> None:
    with pytest.raises(Exception, match=r"node group 'system': instance_types: m8i\.large is not offered"):
        region_plan(lambda region: region.node_group(instance_types=["m8i.large"]), region="ap-east-1", zones=("ape1-az1", "ape1-az2"))
