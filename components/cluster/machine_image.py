"""Which image a managed node boots, as the EKS API names it, and where that image keeps its disks."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from components import catalog


class OperatingSystem(StrEnum):
    """Operating systems of nodes, both with images that AWS builds for EKS."""

    AL2023 = "al2023"
    BOTTLEROCKET = "bottlerocket"


class AmiType(StrEnum):
    """AMI types of managed node groups that Meridian uses (EKS API, `AMITypes`)."""

    AL2023_X86_64 = "AL2023_x86_64_STANDARD"
    AL2023_ARM_64 = "AL2023_ARM_64_STANDARD"
    AL2023_X86_64_NVIDIA = "AL2023_x86_64_NVIDIA"
    AL2023_ARM_64_NVIDIA = "AL2023_ARM_64_NVIDIA"
    BOTTLEROCKET_X86_64 = "BOTTLEROCKET_x86_64"
    BOTTLEROCKET_ARM_64 = "BOTTLEROCKET_ARM_64"
    BOTTLEROCKET_X86_64_NVIDIA = "BOTTLEROCKET_x86_64_NVIDIA"
    BOTTLEROCKET_ARM_64_NVIDIA = "BOTTLEROCKET_ARM_64_NVIDIA"


_AMI_TYPES: Mapping[tuple[OperatingSystem, str, bool], AmiType] = {
    (OperatingSystem.AL2023, "x86_64", False): AmiType.AL2023_X86_64,
    (OperatingSystem.AL2023, "arm64", False): AmiType.AL2023_ARM_64,
    (OperatingSystem.AL2023, "x86_64", True): AmiType.AL2023_X86_64_NVIDIA,
    (OperatingSystem.AL2023, "arm64", True): AmiType.AL2023_ARM_64_NVIDIA,
    (OperatingSystem.BOTTLEROCKET, "x86_64", False): AmiType.BOTTLEROCKET_X86_64,
    (OperatingSystem.BOTTLEROCKET, "arm64", False): AmiType.BOTTLEROCKET_ARM_64,
    (OperatingSystem.BOTTLEROCKET, "x86_64", True): AmiType.BOTTLEROCKET_X86_64_NVIDIA,
    (OperatingSystem.BOTTLEROCKET, "arm64", True): AmiType.BOTTLEROCKET_ARM_64_NVIDIA,
}
"""By operating system, architecture, and whether the instances carry NVIDIA GPUs: a STANDARD image has no driver (amazon-eks-ami#1817)."""

BOTTLEROCKET_SYSTEM_GIB = 4
"""GiB of Bottlerocket's own volume; images and logs lie on the other (Karpenter 1.14, EC2NodeClass, blockDeviceMappings)."""

SYSTEM_VOLUMES: Mapping[OperatingSystem, Mapping[str, int]] = {
    OperatingSystem.AL2023: {},
    OperatingSystem.BOTTLEROCKET: {"/dev/xvda": BOTTLEROCKET_SYSTEM_GIB},
}
"""Device name -> GiB of volumes that hold nothing but the operating system."""

DATA_DEVICE: Mapping[OperatingSystem, str] = {OperatingSystem.AL2023: "/dev/xvda", OperatingSystem.BOTTLEROCKET: "/dev/xvdb"}
"""Device name of the volume that holds images, logs and ephemeral volumes."""


def ami_type(system: OperatingSystem, instance_types: Sequence[str]) -> AmiType:
    """The AMI type that all of `instance_types` can boot.

    Raises:
        ValueError: they differ in architecture or in having GPUs, so that no one image fits.
    """
    kinds = {name: catalog.instance_type(name) for name in instance_types}
    wanted = {(kind.architecture, kind.accelerator is not None) for kind in kinds.values()}
    if len(wanted) != 1:
        shapes = ", ".join(f"{name} is {kind.architecture}{' with GPU' if kind.accelerator else ''}" for name, kind in kinds.items())
        raise ValueError(f"instance_types: {shapes}: a node group boots one image, make one group for each")
    return _AMI_TYPES[(system, *wanted.pop())]
