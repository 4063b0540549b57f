"""Images: the AMI type follows from operating system, architecture and GPU, and every one of them has a pinned release."""

import pytest
import yaml

from components import catalog
from components.cluster.machine_image import AmiType, OperatingSystem, ami_type
from tests.shared import shared


@pytest.mark.parametrize(
    ("system", "instance_type", "expected"),
    [
        (OperatingSystem.AL2023, "m7i.large", "AL2023_x86_64_STANDARD"),
        (OperatingSystem.AL2023, "m7g.large", "AL2023_ARM_64_STANDARD"),
        (OperatingSystem.AL2023, "g5.2xlarge", "AL2023_x86_64_NVIDIA"),
        (OperatingSystem.AL2023, "g5g.2xlarge", "AL2023_ARM_64_NVIDIA"),
        (OperatingSystem.BOTTLEROCKET, "m7i.large", "BOTTLEROCKET_x86_64"),
        (OperatingSystem.BOTTLEROCKET, "m7g.large", "BOTTLEROCKET_ARM_64"),
        (OperatingSystem.BOTTLEROCKET, "p4d.24xlarge", "BOTTLEROCKET_x86_64_NVIDIA"),
        (OperatingSystem.BOTTLEROCKET, "g5g.xlarge", "BOTTLEROCKET_ARM_64_NVIDIA"),
    ],
)
def test_image_suits_the_machine(system: OperatingSystem, instance_type: str, expected: str) -> None:
    assert ami_type(system, [instance_type]) == expected


def test_no_gpu_machine_boots_an_image_without_driver() -> None:
    gpus = [name for name, kind in catalog.instance_types().items() if kind.accelerator]
    assert len(gpus) > 30
    assert all("NVIDIA" in ami_type(system, [name]) for name in gpus for system in OperatingSystem)


def test_every_image_has_a_pinned_release_in_every_version() -> None:
    for version in catalog.eks_versions().values():
        assert {image.value for image in AmiType} <= set(version.ami_releases)


def test_images_are_those_of_the_eks_api() -> None:
    known = yaml.safe_load((shared("catalog") / "api_enums.yaml").read_text())["eks.AMITypes"]
    assert {image.value for image in AmiType} <= set(known)


@pytest.mark.parametrize("pair", [("m7i.large", "m7g.large"), ("m7i.large", "g5.xlarge")])
def test_two_images_in_one_group_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="one image, make one group for each"):
        ami_type(OperatingSystem.AL2023, pair)
