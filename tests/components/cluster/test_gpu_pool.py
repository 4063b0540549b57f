"""GpuPool: the node group, template and fabric it makes."""

import base64
from typing import Any

import pytest

from components import catalog
from components.cluster.gpu_pool import GpuPool, GpuPoolArgs, interfaces
from components.cluster.gpu_pool_spec import GpuPoolSpec
from meridian.plan import Plan, Planned
from tests.components.cluster.surroundings import KEY, TAGS, ZONES, Region, region_plan

GROUP, TEMPLATE = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"
RESERVATION = "cr-0123456789abcdef0"


def pool(region: Region, name: str = "gpu", **knobs: Any) -> GpuPool:
    spec = GpuPoolSpec.from_yaml({"accelerator": "a10g", **knobs})
    args = GpuPoolArgs(
        spec=spec,
        cluster=region.cluster,
        addons=region.addons,
        subnet_ids=region.vpc.private_subnet_ids,
        volume_key_arn=KEY,
        tags=TAGS,
    )
    return GpuPool(name, args)


def plan(region: str = "eu-west-1", within: tuple[str, ...] = ZONES, **knobs: Any) -> Plan:
    return region_plan(lambda around: pool(around, **knobs), region=region, zones=within)


def group(made: Plan) -> Planned:
    return made.find(GROUP, "gpu-nodes")


def template(made: Plan) -> Planned:
    return made.find(TEMPLATE, "gpu-template")


def test_an_inference_pool_of_a10g_in_ireland() -> None:
    made = group(plan())
    assert made.inputs["instanceTypes"] == ["g5.2xlarge", "g5.4xlarge", "g5.8xlarge"]
    assert made.inputs["amiType"] == "AL2023_x86_64_NVIDIA"
    assert made.inputs["capacityType"] == "ON_DEMAND"
    assert made.inputs["scalingConfig"] == {"minSize": 0, "maxSize": 3, "desiredSize": 0}
    assert len(made.inputs["subnetIds"]) == 3
    assert made.options.ignore_changes == ("scalingConfig.desiredSize",)


def test_only_gpu_work_gets_in() -> None:
    made = group(plan())
    assert made.inputs["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"},
        {"key": "dedicated", "value": "ai-workload", "effect": "NO_SCHEDULE"},
    ]
    assert made.inputs["labels"] == {"node-group": "gpu", "accelerator": "a10g", "purpose": "inference", "nvidia.com/gpu.present": "true"}


def test_a_gpu_of_one_zone_gets_a_pool_of_one_zone() -> None:
    made = plan(accelerator="a100", purpose="training")
    assert group(made).inputs["subnetIds"] == [made["network-private-euw1-az2"].id]
    assert group(made).inputs["instanceTypes"] == ["p4d.24xlarge"]


def test_local_disks_become_one_and_images_are_pulled_in_parallel() -> None:
    text = base64.b64decode(template(plan()).inputs["userData"]).decode()
    assert "strategy: RAID0" in text
    assert "FastImagePull: true" in text
    assert template(plan()).inputs["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 100


def test_without_local_disks_the_volume_is_large_and_fast() -> None:
    made = template(plan("ap-southeast-1", ("apse1-az1", "apse1-az2"), accelerator="t4g"))
    (device,) = made.inputs["blockDeviceMappings"]
    assert (device["ebs"]["volumeSize"], device["ebs"]["throughput"]) == (500, 1000)
    assert "RAID0" not in base64.b64decode(made.inputs["userData"]).decode()


def test_arm_gpus_get_the_arm_image() -> None:
    made = plan("ap-southeast-1", ("apse1-az1", "apse1-az2"), accelerator="t4g")
    assert group(made).inputs["amiType"] == "AL2023_ARM_64_NVIDIA"


def test_bottlerocket_brings_its_own_plugin_and_keeps_the_operator_away() -> None:
    made = plan(system="bottlerocket", runtime="operating_system")
    assert group(made).inputs["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA"
    labels = group(made).inputs["labels"]
    assert labels["nvidia.com/gpu.deploy.operands"] == "false"
    assert "nvidia.com/gpu.present" not in labels


def test_spot() -> None:
    assert group(plan(capacity="spot")).inputs["capacityType"] == "SPOT"


def test_an_on_demand_reservation_is_targeted() -> None:
    made = plan(reservation=RESERVATION, instance_types=["g5.12xlarge"], zones=["euw1-az3"])
    assert template(made).inputs["capacityReservationSpecification"] == {
        "capacityReservationTarget": {"capacityReservationId": RESERVATION}
    }
    assert "instanceMarketOptions" not in template(made).inputs
    assert group(made).inputs["capacityType"] == "ON_DEMAND"
    assert group(made).inputs["subnetIds"] == [made["network-private-euw1-az3"].id]


def test_a_capacity_block_is_a_market_of_its_own() -> None:
    made = plan(accelerator="a100", capacity="capacity_block", reservation=RESERVATION)
    assert template(made).inputs["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert template(made).inputs["capacityReservationSpecification"]["capacityReservationTarget"]["capacityReservationId"] == RESERVATION
    assert group(made).inputs["capacityType"] == "CAPACITY_BLOCK"
    assert group(made).inputs["scalingConfig"]["desiredSize"] == 0


def test_efa_placement_and_reservation_do_not_bring_each_other() -> None:
    fabric = plan(accelerator="a100", efa=True)
    assert not fabric.of_type("aws:ec2/placementGroup:PlacementGroup")
    assert "capacityReservationSpecification" not in template(fabric).inputs
    assert "placement" not in template(fabric).inputs
    close = plan(accelerator="a100", placement_group=True)
    assert close["gpu-placement"].inputs == {"strategy": "cluster"}
    assert template(close).inputs["placement"]["groupName"] == close["gpu-placement"].outputs["name"]
    assert [row.get("interfaceType") for row in template(close).inputs["networkInterfaces"]] == [None]


def test_efa_has_an_adapter_on_every_card_and_one_address() -> None:
    made = plan(accelerator="a100", efa=True)
    rows = template(made).inputs["networkInterfaces"]
    assert [(row["networkCardIndex"], row["deviceIndex"], row["interfaceType"]) for row in rows] == [
        (0, 0, "efa"),
        (1, 1, "efa-only"),
        (2, 1, "efa-only"),
        (3, 1, "efa-only"),
    ]
    assert {row["associatePublicIpAddress"] for row in rows} == {"false"}
    fabric = made["gpu-fabric"]
    assert all(fabric.id in row["securityGroups"] and len(row["securityGroups"]) == 2 for row in rows)


@pytest.mark.parametrize("rule", ["gpu-fabric-in", "gpu-fabric-out"])
def test_the_fabrics_group_names_itself_both_ways(rule: str) -> None:
    made = plan(accelerator="a100", efa=True)
    fabric = made["gpu-fabric"].id
    assert made[rule].inputs == {"securityGroupId": fabric, "referencedSecurityGroupId": fabric, "ipProtocol": "-1"}


@pytest.mark.parametrize(("kind", "cards", "first"), [("g5.8xlarge", 1, "efa"), ("p5.48xlarge", 32, "efa"), ("p6-b300.48xlarge", 17, None)])
def test_adapters_follow_the_machines_cards(kind: str, cards: int, first: str | None) -> None:
    found = interfaces(catalog.instance_type(kind))
    assert len(found) == cards
    assert found[0].kind == first
    assert sum(interface.kind is not None for interface in found) == catalog.instance_type(kind).efa_interfaces


def test_nodes_come_after_the_cni_and_go_before_it() -> None:
    made = plan()
    before = {made.by_urn[urn].name for urn in group(made).dependencies}
    assert {"node-addons-vpc-cni", "node-addons-eks-pod-identity-agent", "gpu-role-worker"} <= before


def test_removing_the_middle_pool_renames_nothing_else() -> None:
    def urns(*names: str) -> set[str]:
        made = region_plan(lambda around: [pool(around, name) for name in names])
        return {resource.urn for resource in made.resources}

    assert urns("chat", "embed", "image") - urns("chat", "image") == {urn for urn in urns("embed") if "::embed" in urn}


def test_what_the_region_lacks_is_refused_before_anything_is_made() -> None:
    with pytest.raises(Exception, match=r"GPU pool 'gpu': accelerator: h100 is not offered .*; offered are: t4 in"):
        plan(accelerator="h100")
