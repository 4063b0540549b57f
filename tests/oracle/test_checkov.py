"""Checkov as an independent judge of our stacks, through the Terraform plan document."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from meridian.engine.project import Project
from meridian.export.terraform import terraform
from meridian.plan import Mode, Plan
from meridian.saved.estate import estate_of
from tests.deploy import deploy

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        shutil.which("checkov") is None, reason="checkov is not on PATH: pip install checkov==3.3.30 in an environment of its own"
    ),
]

ROOT = Path(__file__).parents[2]
STACK = "eu-west-1"
ROW = re.compile(r"^\| (CKV\w+) \| (\w+) \| (\d+) \| [^|]+ \| [^|]{20,} \|$", re.MULTILINE)


def judged(plan: Plan, folder: Path) -> dict[str, Any]:
    """Checkov's answer, which reads nothing from the network."""
    file = folder / "plan.json"
    file.write_text(terraform(estate_of(plan)))
    command = ["checkov", "-f", str(file), "--framework", "terraform_plan", "--skip-download", "--compact", "-o", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["summary"]["parsing_errors"] == 0, done.stderr
    return answer


def failed(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(found["check_id"], found["resource"].split(".")[0]) for found in answer["results"]["failed_checks"]}


def test_every_finding_on_our_stack_is_explained(tmp_path: Path) -> None:
    explained = {(check, kind) for check, kind, _ in ROW.findall((ROOT / "docs" / "CHECKOV.md").read_text())}
    answer = judged(Project.at(ROOT).plan(STACK, Mode.PREVIEW), tmp_path)
    assert answer["summary"]["resource_count"] > 300
    assert failed(answer) - explained == set(), "neither ours nor explained in docs/CHECKOV.md"
    assert explained - failed(answer) == set(), "rows of docs/CHECKOV.md that no finding needs"


def test_checkov_sees_what_is_wrong_in_a_document_of_ours(tmp_path: Path) -> None:
    """Were names or blocks lost on the way, it would have nothing to find, and the test above would prove nothing."""

    def build() -> None:
        bucket = aws.s3.Bucket("open")
        shut = aws.s3.Bucket("shut")
        aws.s3.BucketPublicAccessBlock(
            "shut",
            bucket=shut.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        aws.s3.BucketVersioning("open", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        aws.kms.Key("key", enable_key_rotation=False)
        aws.ec2.SecurityGroup(
            "ssh", ingress=[aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=22, to_port=22, cidr_blocks=["0.0.0.0/0"])]
        )
        aws.eks.Cluster("cluster", role_arn="arn:aws:iam::111122223333:role/eks", vpc_config=aws.eks.ClusterVpcConfigArgs(subnet_ids=["a"]))

    answer = judged(deploy(build, mode="preview"), tmp_path)
    named = {(found["check_id"], found["resource"]) for found in answer["results"]["failed_checks"]}
    assert {
        ("CKV_AWS_7", "aws_kms_key.key"),
        ("CKV_AWS_24", "aws_security_group.ssh"),
        ("CKV_AWS_39", "aws_eks_cluster.cluster"),
        ("CKV2_AWS_6", "aws_s3_bucket.open"),
        ("CKV_AWS_21", "aws_s3_bucket.shut"),
    } <= named
    assert not {("CKV2_AWS_6", "aws_s3_bucket.shut"), ("CKV_AWS_21", "aws_s3_bucket.open")} & named  # joined through references
