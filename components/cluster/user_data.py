"""User data of nodes whose local disks or image pulls need more than the image's defaults.

EKS adds what joins the node to its cluster, max pods after the VPC CNI's prefix delegation included, as long as the launch template names
no image (EKS user guide, launch templates). So an ordinary node needs none of this.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import yaml

from components.cluster.machine_image import OperatingSystem

_BOUNDARY = "MERIDIAN"
_BOTTLEROCKET_COMMANDS = (
    ("apiclient", "ephemeral-storage", "init"),
    ("apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods"),
)
"""Make one RAID0 of the local disks and put there what grows (the commands Karpenter 1.14 gives Bottlerocket >= 1.22)."""


def gpu_user_data(system: OperatingSystem, *, local_disks: bool) -> str | None:
    """User data of a GPU node, as a launch template takes it (base64): images of many GB want parallel pulls and fast disks.

    Args:
        system: Operating system of the node.
        local_disks: Whether every instance type has NVMe disks; they become one RAID0 below containerd and kubelet.
    """
    if system is OperatingSystem.AL2023:
        return _base64(multipart(node_config(local_disks=local_disks)))
    return _base64(bottlerocket_settings()) if local_disks else None


def node_config(*, local_disks: bool) -> Mapping[str, Any]:
    """NodeConfig of nodeadm, the start-up program of AL2023 (awslabs/amazon-eks-ami, nodeadm)."""
    spec: dict[str, Any] = {"featureGates": {"FastImagePull": True}}
    if local_disks:
        spec["instance"] = {"localStorage": {"strategy": "RAID0"}}
    return {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}


def multipart(document: Mapping[str, Any]) -> str:
    """A MIME document of one part: the only form in which EKS merges its own NodeConfig with ours."""
    lines = [
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"',
        "",
        f"--{_BOUNDARY}",
        "Content-Type: application/node.eks.aws",
        "",
        yaml.safe_dump(dict(document), sort_keys=False).rstrip(),
        "",
        f"--{_BOUNDARY}--",
        "",
    ]
    return "\n".join(lines)


def bottlerocket_settings() -> str:
    """Settings of Bottlerocket (TOML) that use the local disks."""
    lines = [
        "[settings.bootstrap-commands.local-disks]",
        f"commands = {json.dumps(_BOTTLEROCKET_COMMANDS)}",
        'mode = "always"',
        "essential = true",
        "",
    ]
    return "\n".join(lines)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
