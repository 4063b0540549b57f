"""Offers of GPUs, against what moto carries of EC2's own answers rather than our catalogue, and against known placements."""

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from components import catalog
from components.cluster.gpu_offers import Accelerator, Purpose, alternatives, carriers, fitting, network_shape, offer

REGIONS = sorted(catalog.regions())
CASES = [pytest.param(region, purpose, id=f"{region}-{purpose}") for region in REGIONS for purpose in Purpose]


def offered_by_moto(region: str, zone: str) -> set[str]:
    rows = INSTANCE_TYPE_OFFERINGS["availability-zone-id"][region]
    return {row["InstanceType"] for row in rows if row["Location"] == zone}


def names(region: str, accelerator: Accelerator, purpose: Purpose = Purpose.INFERENCE, *, efa: bool = False) -> list[str]:
    return [kind.name for kind in fitting(carriers(accelerator, region), purpose, efa=efa)]


@pytest.mark.parametrize(("region", "purpose"), CASES)
def test_every_choice_is_offered_in_every_zone_it_names(region: str, purpose: Purpose) -> None:
    zones = catalog.region(region).eks_zones
    for accelerator in Accelerator:
        found = offer(fitting(carriers(accelerator, region), purpose, efa=False), region, zones)
        assert bool(found.instance_types) == bool(found.zones)
        for zone in found.zones:
            assert {kind.name for kind in found.instance_types} <= offered_by_moto(region, zone)


@pytest.mark.parametrize(("region", "purpose"), CASES)
def test_every_choice_carries_whole_gpus_of_one_model_and_one_count(region: str, purpose: Purpose) -> None:
    for accelerator in Accelerator:
        gpus = [INSTANCE_TYPES[name]["GpuInfo"]["Gpus"][0] for name in names(region, accelerator, purpose)]
        assert len({(gpu["Name"], gpu["Count"]) for gpu in gpus}) <= 1
        assert all(gpu["Count"] >= 1 and gpu["Manufacturer"] == "NVIDIA" for gpu in gpus)


def test_ireland_has_no_l4_and_a100_in_one_zone_only() -> None:
    zones = catalog.region("eu-west-1").eks_zones
    assert names("eu-west-1", Accelerator.L4) == []
    assert offer(carriers(Accelerator.A100, "eu-west-1"), "eu-west-1", zones).zones == ("euw1-az2",)
    assert alternatives("eu-west-1", zones) == "t4 in euw1-az1, euw1-az2, euw1-az3; a10g in euw1-az1, euw1-az2, euw1-az3; a100 in euw1-az2"


def test_nothing_is_said_plainly() -> None:
    assert alternatives("eu-west-1", ()) == "no GPU"


def test_inference_takes_few_gpus_with_room_for_weights_and_training_many() -> None:
    assert names("eu-west-1", Accelerator.A10G)[:3] == ["g5.2xlarge", "g5.4xlarge", "g5.8xlarge"]  # g5.xlarge: 16 GiB for a 24 GB GPU
    assert names("eu-west-1", Accelerator.A10G, Purpose.TRAINING) == ["g5.48xlarge"]
    assert names("ap-northeast-1", Accelerator.H100)[0] == "p5.4xlarge"
    assert names("ap-northeast-1", Accelerator.H100, Purpose.TRAINING) == ["p5.48xlarge"]


def test_shares_of_a_gpu_are_left_out() -> None:
    assert not [name for region in REGIONS for name in names(region, Accelerator.L4) if name.startswith("g6f.")]


def test_efa_leaves_types_of_one_network_shape() -> None:
    chosen = fitting(carriers(Accelerator.L40S, "us-east-1"), Purpose.INFERENCE, efa=True)
    assert [kind.name for kind in chosen][:1] == ["g6e.8xlarge"]
    assert len({network_shape(kind) for kind in chosen}) == 1
    assert all(INSTANCE_TYPES[kind.name]["NetworkInfo"]["EfaSupported"] for kind in chosen)
    assert names("ap-southeast-1", Accelerator.T4G, efa=True) == []


def test_types_that_not_all_zones_have_are_left_out() -> None:
    types = [*carriers(Accelerator.B200, "us-east-1"), *carriers(Accelerator.A100_80, "us-east-1")]
    found = offer(types, "us-east-1", ("use1-az4", "use1-az6"))
    assert found.zones == ("use1-az4", "use1-az6")
    assert [kind.name for kind in found.instance_types] == ["p4de.24xlarge"]  # p6-b200 is in use1-az6 only


def test_where_no_type_is_in_all_zones_the_widest_one_is_taken() -> None:
    types = [*carriers(Accelerator.B200, "ap-south-1"), *carriers(Accelerator.H200, "ap-south-1")]
    found = offer(types, "ap-south-1", ("aps1-az1", "aps1-az2", "aps1-az3"))
    assert [kind.name for kind in found.instance_types] == ["p5en.48xlarge"]
    assert found.zones == ("aps1-az1", "aps1-az3")  # az2 has p6-b200 only
