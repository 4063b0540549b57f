"""The stand-in's answers have the shapes that AWS documents."""

import re

import pytest

from meridian.engine import standin

URN = "urn:pulumi:test::meridian::aws:ec2/vpc:Vpc::network-vpc"


def test_ids_have_aws_form_and_follow_from_the_urn() -> None:
    first = standin.created("aws:ec2/vpc:Vpc", URN, {}, {})
    assert re.fullmatch(r"vpc-[0-9a-f]{17}", first.id)
    assert standin.created("aws:ec2/vpc:Vpc", URN, {}, {}).id == first.id
    assert standin.created("aws:ec2/vpc:Vpc", f"{URN}-2", {}, {}).id != first.id


def test_region_and_account_come_from_the_provider() -> None:
    provider = {"region": "us-east-1", "allowedAccountIds": '["111122223333"]'}
    answer = standin.created("aws:sqs/queue:Queue", URN, {"name": "q"}, provider)
    assert answer.id == "https://sqs.us-east-1.amazonaws.com/111122223333/q"
    assert answer.outputs["arn"] == "arn:aws:sqs:us-east-1:111122223333:q"


def test_a_region_of_the_resource_overrides_the_provider() -> None:
    answer = standin.created("aws:ec2/vpc:Vpc", URN, {"region": "eu-west-2"}, {"region": "us-east-1"})
    assert ":eu-west-2:" in answer.outputs["arn"]


def test_a_generated_name_shows_in_the_arn() -> None:
    answer = standin.created("aws:iam/role:Role", URN, {}, {})
    assert answer.outputs["arn"] == f"arn:aws:iam::123456789012:role/{answer.outputs['name']}"


def test_a_name_the_program_gave_is_kept() -> None:
    answer = standin.created("aws:iam/role:Role", URN, {"name": "mine"}, {})
    assert "name" not in answer.outputs
    assert answer.outputs["arn"].endswith(":role/mine")


def test_objects_the_program_gave_are_completed() -> None:
    inputs = {"name": "c", "vpcConfig": {"subnetIds": ["subnet-1"]}}
    answer = standin.created("aws:eks/cluster:Cluster", URN, inputs, {})
    assert answer.outputs["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert answer.outputs["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")


def test_an_unknown_function_is_refused_by_name() -> None:
    with pytest.raises(standin.NoAnswer, match="getAmi"):
        standin.invoked("aws:ec2/getAmi:getAmi", {"owners": ["amazon"]})
