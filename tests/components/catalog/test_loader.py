"""The catalogue against what others say: EC2's own answers as moto ships them, EKS's API model, EKS's calendar rule."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import botocore.loaders
import moto.ec2
import pytest
from pydantic import ValidationError

from components import catalog

MOTO = Path(moto.ec2.__file__).parent / "resources"
ISSUE_REGIONS = {
    "ap-east-1",
    "ap-southeast-1",
    "ap-northeast-1",
    "ap-south-1",
    "eu-west-1",
    "eu-central-1",
    "eu-west-2",
    "us-east-1",
    "us-west-2",
    "ca-central-1",
}


def read(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


@pytest.fixture(scope="module")
def ec2_types() -> dict[str, Any]:
    return read(MOTO / "instance_types.json.gz")


def test_regions_are_the_ten_of_the_plan() -> None:
    assert set(catalog.regions()) == ISSUE_REGIONS
    assert all(region.name == name for name, region in catalog.regions().items())
    assert [name for name, region in catalog.regions().items() if region.opt_in] == ["ap-east-1"]
    assert catalog.region("eu-west-1").jurisdiction == "IE"
    assert catalog.region("ap-east-1").jurisdiction == "HK"


def test_zones_that_eks_refuses() -> None:
    """EKS user guide, network requirements: use1-az3, usw1-az2 (not one of our regions) and cac1-az3."""
    refused = {zone for region in catalog.regions().values() for zone in region.eks_unsupported_zones}
    assert refused == {"use1-az3", "cac1-az3"}
    assert catalog.region("us-east-1").eks_zones == ("use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6")
    assert catalog.region("us-east-1").zones == tuple(f"use1-az{number}" for number in range(1, 7))
    assert all(len(region.eks_zones) >= 3 for region in catalog.regions().values())


@pytest.mark.parametrize("region", sorted(ISSUE_REGIONS))
def test_offerings_are_those_ec2_answers(region: str) -> None:
    answered: dict[str, set[str]] = {}
    for offer in read(MOTO / f"instance_type_offerings/availability-zone-id/{region}.json.gz"):
        answered.setdefault(offer["InstanceType"], set()).add(offer["Location"])
    for kind in catalog.instance_types().values():
        assert set(kind.zones.get(region, ())) == answered.get(kind.name, set()), kind.name
        assert set(kind.zones.get(region, ())) <= set(catalog.region(region).zones), kind.name


def test_sizes_are_those_ec2_answers(ec2_types: dict[str, Any]) -> None:
    for kind in catalog.instance_types().values():
        said = ec2_types[kind.name]
        network = said["NetworkInfo"]
        assert kind.vcpu == said["VCpuInfo"]["DefaultVCpus"], kind.name
        assert kind.memory_gib == said["MemoryInfo"]["SizeInMiB"] / 1024, kind.name
        assert kind.architecture in said["ProcessorInfo"]["SupportedArchitectures"], kind.name
        assert kind.nvme_gb == said.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0), kind.name
        assert kind.efa_interfaces == network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0), kind.name
        assert kind.efa is network["EfaSupported"], kind.name
        assert kind.network_cards == network["MaximumNetworkCards"], kind.name
        assert said["BareMetal"] is False, kind.name


def test_accelerators_are_those_ec2_answers(ec2_types: dict[str, Any]) -> None:
    spelt = {"RTX PRO Server 6000": "rtx-pro-6000"}
    for kind in catalog.instance_types().values():
        gpus = ec2_types[kind.name].get("GpuInfo")
        assert (gpus is None) is (kind.accelerator is None), kind.name
        if gpus is None:
            assert (kind.gpu_count, kind.gpu_memory_gib) == (0, 0)
            continue
        (gpu,) = gpus["Gpus"]
        assert gpu["Manufacturer"] == "NVIDIA", kind.name
        assert kind.accelerator in {spelt.get(gpu["Name"], gpu["Name"].lower()), "a100-80"}, kind.name
        assert kind.gpu_count == gpu["LogicalGpuCount"] * gpu["GpuPartitionSize"], kind.name
        assert kind.gpu_memory_gib == pytest.approx(gpus["TotalGpuMemoryInMiB"] / 1024, abs=0.001), kind.name


def test_the_two_a100_differ_by_memory() -> None:
    memory = {kind.accelerator: kind.gpu_memory_gib / kind.gpu_count for kind in catalog.instance_types().values() if kind.accelerator}
    assert memory["a100"] == 40
    assert memory["a100-80"] == 80
    assert catalog.instance_type("p4d.24xlarge").accelerator == "a100"
    assert catalog.instance_type("p4de.24xlarge").accelerator == "a100-80"


def test_max_pods_follow_from_the_interfaces(ec2_types: dict[str, Any]) -> None:
    """Amazon VPC CNI: interfaces x (addresses - 1) + 2. Its own table counts both network cards of i7ie.48xlarge and i8ge.48xlarge."""
    two_cards = {"i7ie.48xlarge", "i8ge.48xlarge"}
    for kind in catalog.instance_types().values():
        network = ec2_types[kind.name]["NetworkInfo"]
        card = network["NetworkCards"][network["DefaultNetworkCardIndex"]]
        if kind.name not in two_cards:
            assert kind.max_pods == card["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2, kind.name


def test_ireland_has_three_accelerators_and_one_zone_with_a100() -> None:
    found = {kind.accelerator: kind.zones["eu-west-1"] for kind in catalog.offered("eu-west-1") if kind.accelerator}
    assert set(found) == {"t4", "a10g", "a100"}
    assert found["a100"] == ("euw1-az2",)


def test_offered_in_all_the_zones_named() -> None:
    anywhere = {kind.name for kind in catalog.offered("eu-west-1")}
    everywhere = {kind.name for kind in catalog.offered("eu-west-1", ["euw1-az1", "euw1-az2", "euw1-az3"])}
    assert "p4d.24xlarge" in anywhere - everywhere
    assert {"m7i.large", "m7g.large"} <= everywhere
    assert "p4d.24xlarge" in {kind.name for kind in catalog.offered("eu-west-1", ["euw1-az2"])}


def test_family_is_the_part_before_the_size() -> None:
    assert catalog.instance_type("p6-b200.48xlarge").family == "p6-b200"


def test_support_follows_the_published_calendar_rule() -> None:
    """EKS: 14 months of standard support, then exactly 12 of extended; AWS moves the first end by a few days."""
    assert list(catalog.eks_versions()) == ["1.36", "1.35", "1.34"]
    for version in catalog.eks_versions().values():
        month = version.released.month + 14
        ruled = version.released.replace(year=version.released.year + (month - 1) // 12, month=(month - 1) % 12 + 1)
        assert abs(version.end_of_standard_support - ruled) <= timedelta(days=5), version.minor
        assert version.end_of_extended_support == version.end_of_standard_support.replace(year=version.end_of_standard_support.year + 1)


def test_every_version_pins_the_same_addons() -> None:
    asked = {
        "vpc-cni",
        "kube-proxy",
        "eks-pod-identity-agent",
        "coredns",
        "aws-ebs-csi-driver",
        "snapshot-controller",
        "metrics-server",
        "eks-node-monitoring-agent",
    }
    for version in catalog.eks_versions().values():
        assert set(version.addons) == asked
        assert version.addons["kube-proxy"].startswith(f"v{version.minor}.")
        assert all("-eksbuild." in pin for pin in version.addons.values())


def test_node_images_are_of_types_eks_knows() -> None:
    model: Any = botocore.loaders.Loader().load_service_model("eks", "service-2")
    for version in catalog.eks_versions().values():
        assert set(version.ami_releases) <= set(model["shapes"]["AMITypes"]["enum"])
        for kind, release in version.ami_releases.items():
            if kind.startswith("AL2023"):
                assert release.startswith(f"{version.minor}."), kind
                assert release.endswith(f"-{version.ami_date}"), kind
            else:
                number, commit = release.split("-")
                assert len(number.split(".")) == 3
                assert len(bytes.fromhex(commit)) == 4


def test_charts_name_a_repository_of_helms_two_kinds() -> None:
    assert catalog.chart("karpenter").version.startswith("1.14.")
    assert catalog.chart("karpenter-crd").version == catalog.chart("karpenter").version
    for chart in catalog.charts().values():
        assert chart.repository.startswith(("https://", "oci://"))
        assert not chart.repository.startswith("oci://") or chart.repository.endswith(f"/{chart.name}")


@pytest.mark.parametrize(
    ("ask", "name", "said"),
    [
        (catalog.region, "eu-west1", r"region 'eu-west1' is not in the catalogue: did you mean eu-west-1\? known: .*us-west-2"),
        (catalog.eks_version, "1.33", r"Kubernetes version '1\.33' .*known: 1\.34, 1\.35, 1\.36"),
        (catalog.instance_type, "g5.3xlarge", r"instance type 'g5\.3xlarge' .*near: .*g5\.2xlarge"),
        (catalog.instance_type, "zz", r"instance type 'zz' is not in the catalogue: near: .*\bm7i\b"),
        (catalog.chart, "karpentr", r"chart 'karpentr' .*did you mean karpenter\?"),
        (lambda zone: catalog.offered("eu-west-1", [zone]), "use1-az1", r"zone of eu-west-1 'use1-az1' .*euw1-az1, euw1-az2, euw1-az3"),
    ],
)
def test_an_unknown_name_is_refused_with_what_is_known(ask: Any, name: str, said: str) -> None:
    with pytest.raises(catalog.NotInCatalog, match=said):
        ask(name)


def test_nothing_can_be_changed_through_the_door() -> None:
    assert isinstance(catalog.instance_types(), MappingProxyType)
    assert catalog.instance_types() is catalog.instance_types()
    with pytest.raises(ValidationError, match="frozen"):
        catalog.region("eu-west-1").title = "Eire"  # pyright: ignore[reportAttributeAccessIssue] - the refusal is the test
