"""Karpenter's permissions: small enough for IAM, scoped to the cluster, complete against Karpenter's own list of 1.14."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.cluster.karpenter_policies import controller_policies
from components.location import Location

LOCATION = Location(account_id="111122223333", region="eu-west-1")
LONGEST_NAME = "c" * 100  # EKS API, CreateCluster.name
POLICIES = controller_policies(LOCATION, cluster_name="meridian", node_role_name="meridian-karpenter-node", queue_name="meridian-karpenter")

NEEDED = {
    "ec2:RunInstances",
    "ec2:CreateFleet",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateTags",
    "ec2:TerminateInstances",
    "ec2:DeleteLaunchTemplate",
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribePlacementGroups",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
    "ssm:GetParameter",
    "pricing:GetProducts",
    "iam:ListInstanceProfiles",
    "iam:GetInstanceProfile",
    "iam:PassRole",
    "eks:DescribeCluster",
    "arc-zonal-shift:GetManagedResource",
    "sqs:DeleteMessage",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
"""Karpenter 1.14, reference/cloudformation, without what manages instance profiles: node classes name one."""


def statements() -> Iterator[Mapping[str, Any]]:
    for document in POLICIES.values():
        yield from document["Statement"]


def test_it_may_do_what_karpenter_needs_and_nothing_else() -> None:
    assert {action for statement in statements() for action in statement["Action"]} == NEEDED


@pytest.mark.parametrize("cluster_name", ["meridian", LONGEST_NAME])
def test_no_document_is_longer_than_iam_takes(cluster_name: str) -> None:
    documents = controller_policies(LOCATION, cluster_name=cluster_name, node_role_name="r" * 64, queue_name="q" * 80)
    sizes = {group: len(json.dumps(document, separators=(",", ":"))) for group, document in documents.items()}
    assert max(sizes.values()) < 6144, sizes
    assert len(documents) <= 10  # managed policies of one role


def test_whatever_changes_ec2_is_bound_to_tags_of_this_cluster() -> None:
    changing = {"ec2:CreateLaunchTemplate", "ec2:CreateTags", "ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"}
    for statement in statements():
        if changing & set(statement["Action"]):
            equals, like = statement["Condition"]["StringEquals"], statement["Condition"]["StringLike"]
            assert any(key.endswith("/kubernetes.io/cluster/meridian") and value == "owned" for key, value in equals.items())
            assert any(key.endswith("/karpenter.sh/nodepool") for key in like)


def test_it_tags_only_what_it_makes_or_renames_its_own() -> None:
    made, own = [statement for statement in statements() if statement["Action"] == ["ec2:CreateTags"]]
    assert made["Condition"]["StringEquals"]["ec2:CreateAction"] == ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]
    assert own["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"] == ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]


def test_only_the_node_role_is_handed_on_and_only_to_ec2() -> None:
    (handed,) = [statement for statement in statements() if statement["Action"] == ["iam:PassRole"]]
    assert handed["Resource"] == "arn:aws:iam::111122223333:role/meridian-karpenter-node"
    assert handed["Condition"]["StringEquals"] == {"iam:PassedToService": "ec2.amazonaws.com"}


def test_stars_stand_only_where_the_action_knows_no_resource() -> None:
    starred = {action for statement in statements() if statement["Resource"] == "*" for action in statement["Action"]}
    assert all(
        action.startswith("ec2:Describe")
        or action in {"pricing:GetProducts", "iam:ListInstanceProfiles", "arc-zonal-shift:GetManagedResource"}
        for action in starred
    )


def test_other_accounts_and_regions_are_out_of_reach() -> None:
    resources = [
        arn
        for statement in statements()
        for arn in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
    ]
    regional = [arn for arn in resources if arn.startswith("arn:aws:ec2")]
    assert regional
    assert all(arn.split(":")[3] == "eu-west-1" for arn in regional)
    assert {arn.split(":")[4] for arn in regional} == {"", "111122223333"}
    assert all("image/" in arn or "snapshot/" in arn for arn in regional if not arn.split(":")[4])


def test_sids_are_unique_and_plain() -> None:
    for document in POLICIES.values():
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(sid.isalnum() for sid in sids)
