"""User data, against documents written by hand from nodeadm's and Bottlerocket's own references."""

import base64
import tomllib
from email import policy
from email.parser import BytesParser

import yaml

from components.cluster.machine_image import OperatingSystem
from components.cluster.user_data import gpu_user_data, node_config

GOLDEN = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="MERIDIAN"

--MERIDIAN
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  featureGates:
    FastImagePull: true
  instance:
    localStorage:
      strategy: RAID0

--MERIDIAN--
"""


def decoded(text: str | None) -> str:
    assert text is not None
    return base64.b64decode(text, validate=True).decode()


def test_al2023_gets_one_mime_part_for_nodeadm() -> None:
    assert decoded(gpu_user_data(OperatingSystem.AL2023, local_disks=True)) == GOLDEN


def test_mime_document_is_read_back_by_a_mail_parser() -> None:
    text = decoded(gpu_user_data(OperatingSystem.AL2023, local_disks=False))
    (part,) = BytesParser(policy=policy.default).parsebytes(text.encode()).iter_parts()
    assert part.get_content_type() == "application/node.eks.aws"
    assert yaml.safe_load(part.get_content()) == node_config(local_disks=False)


def test_without_local_disks_nothing_is_said_of_them() -> None:
    assert "instance" not in node_config(local_disks=False)["spec"]
    assert gpu_user_data(OperatingSystem.BOTTLEROCKET, local_disks=False) is None


def test_bottlerocket_binds_its_directories_to_the_local_disks() -> None:
    settings = tomllib.loads(decoded(gpu_user_data(OperatingSystem.BOTTLEROCKET, local_disks=True)))["settings"]
    command = settings["bootstrap-commands"]["local-disks"]
    assert command["commands"][0] == ["apiclient", "ephemeral-storage", "init"]
    assert command["commands"][1][:4] == ["apiclient", "ephemeral-storage", "bind", "--dirs"]
    assert (command["mode"], command["essential"]) == ("always", True)
