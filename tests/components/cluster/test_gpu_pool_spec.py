"""GPU pools refuse what AWS would refuse half an hour later, each fault with the knob's name and a way out."""

from typing import Any

import pytest
from pydantic import ValidationError

from components import catalog
from components.cluster.gpu_pool_spec import GpuPoolSpec, gpu_faults, gpu_offer

IRELAND = ("euw1-az1", "euw1-az2", "euw1-az3")
RESERVATION = "cr-0123456789abcdef0"


def faults(within: tuple[str, ...] = IRELAND, region: str = "eu-west-1", **knobs: Any) -> list[str]:
    return gpu_faults(GpuPoolSpec.from_yaml(knobs), region, within)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"accelerator": "l5"}, "accelerator"),
        ({"accelerator": "t4", "min_nodes": 3, "max_nodes": 2}, "min_nodes: 3 is more than max_nodes: 2"),
        ({"accelerator": "t4", "instance_types": ["g5.xlarge"]}, "g5.xlarge carries a10g, not t4"),
        ({"accelerator": "t4", "instance_types": ["m7i.large"]}, "m7i.large carries no GPU"),
        ({"accelerator": "t4", "instance_types": ["g4dn.huge"]}, "g4dn.huge"),
        ({"accelerator": "a100", "capacity": "capacity_block"}, "needs the id of the block"),
        ({"accelerator": "a100", "capacity": "spot", "reservation": RESERVATION}, "spot instances fill no reservation"),
        ({"accelerator": "a100", "reservation": "eni-1"}, "reservation"),
        ({"accelerator": "a10g", "reservation": RESERVATION, "zones": IRELAND[:2]}, "2 zones .*: a reservation lies in one"),
        ({"accelerator": "a10g", "placement_group": True, "zones": IRELAND}, "3 zones .*: a cluster placement group lies in one"),
        ({"accelerator": "a10g", "system": "bottlerocket"}, "device_plugin on bottlerocket: its NVIDIA image brings its own plugin"),
        ({"accelerator": "a10g", "system": "bottlerocket", "runtime": "gpu_operator"}, "gpu_operator on bottlerocket"),
        ({"accelerator": "a10g", "runtime": "operating_system"}, "operating_system on al2023: its image has no device plugin"),
        ({"accelerator": "a10g", "efa": True, "instance_types": ["g5.xlarge"]}, "efa: g5.xlarge takes no Elastic Fabric Adapter"),
        ({"accelerator": "l40s", "efa": True, "instance_types": ["g6e.24xlarge", "g6e.48xlarge"]}, "differ in network cards"),
    ],
)
def test_impossible_in_any_region(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GpuPoolSpec.from_yaml(knobs)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        GpuPoolSpec.from_yaml(
            {"accelerator": "t4", "instance_types": ["g5.xlarge"], "capacity": "capacity_block", "system": "bottlerocket"}
        )
    assert all(word in str(refused.value) for word in ("needs the id of the block", "g5.xlarge carries a10g", "on bottlerocket"))


def test_a_gpu_that_is_not_offered_comes_with_the_alternatives_of_the_region() -> None:
    (fault,) = faults(accelerator="l4")
    assert fault.startswith("accelerator: l4 is not offered in euw1-az1, euw1-az2, euw1-az3 of eu-west-1; offered are: ")
    assert "t4 in euw1-az1, euw1-az2, euw1-az3" in fault
    assert "a100 in euw1-az2" in fault
    assert "l4 in" not in fault


def test_a_gpu_that_the_clusters_zones_lack_is_refused_though_the_region_has_it() -> None:
    (fault,) = faults(within=("euw1-az1", "euw1-az3"), accelerator="a100")
    assert "a100 is not offered in euw1-az1, euw1-az3" in fault


def test_a_pool_lies_where_its_gpu_is() -> None:
    assert faults(accelerator="a100") == []
    assert gpu_offer(GpuPoolSpec.from_yaml({"accelerator": "a100"}), "eu-west-1", IRELAND).zones == ("euw1-az2",)


def test_efa_without_a_size_that_takes_it_is_refused() -> None:
    (fault,) = faults(within=("apse1-az1", "apse1-az2", "apse1-az3"), region="ap-southeast-1", accelerator="t4g", efa=True)
    assert "t4g with efa is not offered" in fault


def test_a_reservation_where_several_zones_offer_the_type_must_name_its_zone() -> None:
    (fault,) = faults(accelerator="a10g", instance_types=["g5.12xlarge"], reservation=RESERVATION)
    assert "3 zones" in fault
    assert "name it in `zones`" in fault
    assert faults(accelerator="a10g", instance_types=["g5.12xlarge"], reservation=RESERVATION, zones=["euw1-az2"]) == []


def test_a_reservation_is_for_one_type() -> None:
    (fault,) = faults(accelerator="a10g", reservation=RESERVATION, zones=["euw1-az2"])
    assert "this pool has g5.2xlarge, g5.4xlarge, g5.8xlarge: set `instance_types`" in fault
    assert faults(accelerator="a100", reservation=RESERVATION, capacity="capacity_block") == []


def test_a_placement_group_over_several_derived_zones_is_refused() -> None:
    (fault,) = faults(accelerator="a10g", placement_group=True)
    assert "a cluster placement group lies in one" in fault
    assert faults(accelerator="a100", placement_group=True, efa=True, purpose="training") == []


def test_zones_must_be_the_clusters_own() -> None:
    (fault,) = faults(accelerator="a10g", zones=["euw1-az9"])
    assert fault == "zones: euw1-az9 not among the cluster's zones euw1-az1, euw1-az2, euw1-az3"


def test_named_types_must_share_the_zones() -> None:
    (fault,) = faults(
        within=("apne1-az1", "apne1-az4"), region="ap-northeast-1", accelerator="h100", instance_types=["p5.48xlarge", "p5.4xlarge"]
    )
    assert "p5.4xlarge not offered in all of apne1-az1, apne1-az4" in fault


def test_named_types_keep_their_order() -> None:
    spec = GpuPoolSpec.from_yaml({"accelerator": "a10g", "instance_types": ["g5.8xlarge", "g5.xlarge"]})
    assert [kind.name for kind in gpu_offer(spec, "eu-west-1", IRELAND).instance_types] == ["g5.8xlarge", "g5.xlarge"]


def test_every_region_offers_some_gpu() -> None:
    for region in catalog.regions().values():
        assert faults(within=region.eks_zones, region=region.name, accelerator="t4") == []
