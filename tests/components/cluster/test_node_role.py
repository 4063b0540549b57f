"""The node role: EC2 may assume it, and it carries what a node needs but nothing a pod could misuse."""

import json

from components.cluster.node_role import POLICIES, NodeRole, NodeRoleArgs
from tests.deploy import deploy
from tests.shared import shared

ROLE = "aws:iam/role:Role"


def test_only_ec2_assumes_it() -> None:
    plan = deploy(lambda: NodeRole("node", NodeRoleArgs()))
    (statement,) = json.loads(plan.find(ROLE, "node").inputs["assumeRolePolicy"])["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")


def test_it_can_pull_images_but_not_push_and_knows_nothing_of_the_cni() -> None:
    plan = deploy(lambda: NodeRole("node", NodeRoleArgs()))
    arns = {made.inputs["policyArn"] for made in plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")}
    assert arns == {
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    }


def test_the_policies_exist() -> None:
    known = (shared("catalog") / "aws_managed_policies.csv").read_text()
    assert all(f"arn:aws:iam::aws:policy/{policy}," in known for policy in POLICIES.values())


def test_name_is_generated_unless_a_contract_needs_one() -> None:
    plan = deploy(lambda: (NodeRole("one", NodeRoleArgs()), NodeRole("two", NodeRoleArgs(role_name="meridian-node"))))
    assert "name" not in plan.find(ROLE, "one").inputs
    assert plan.find(ROLE, "two").inputs["name"] == "meridian-node"
