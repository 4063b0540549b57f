"""WorkloadRole: exact trust documents, one service account each, documents that IAM accepts."""

import json
from typing import Any

import pytest

from components.cluster.identity import IdentityMechanism, WorkloadRole, WorkloadRoleArgs
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.cluster.ireland import ACCOUNT, CLUSTER_ARN, CLUSTER_NAME, cluster
from tests.deploy import deploy

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/*"}],
}


def build(**wires: Any) -> WorkloadRole:
    defaults: dict[str, Any] = {"namespace": "serving", "service_account": "loader"}
    return WorkloadRole("loader", WorkloadRoleArgs(cluster=cluster(), **(defaults | wires)))


def trust(plan: Plan) -> dict[str, Any]:
    document = json.loads(plan.find("aws:iam/role:Role", "loader").inputs["assumeRolePolicy"])
    assert document["Version"] == "2012-10-17"
    [statement] = document["Statement"]
    return statement


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_pod_identity_trusts_one_service_account_of_one_cluster(mode: str) -> None:
    assert trust(deploy(build, mode=mode)) == {
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": ACCOUNT,
                "aws:RequestTag/eks-cluster-arn": CLUSTER_ARN,
                "aws:RequestTag/kubernetes-namespace": "serving",
                "aws:RequestTag/kubernetes-service-account": "loader",
            }
        },
    }


def test_the_association_binds_the_role_to_the_account() -> None:
    plan = deploy(build)
    made = plan.find("aws:eks/podIdentityAssociation:PodIdentityAssociation", "loader")
    assert made.inputs == {
        "clusterName": CLUSTER_NAME,
        "namespace": "serving",
        "serviceAccount": "loader",
        "roleArn": plan.find("aws:iam/role:Role", "loader").outputs["arn"],
    }


def test_irsa_trusts_the_exact_subject_and_audience() -> None:
    plan = deploy(lambda: build(mechanism=IdentityMechanism.IRSA))
    issuer = plan["cluster"].outputs["oidc_issuer"]
    assert trust(plan) == {
        "Effect": "Allow",
        "Principal": {"Federated": plan["cluster-oidc"].outputs["arn"]},
        "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Condition": {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:serving:loader", f"{issuer}:aud": "sts.amazonaws.com"}},
    }
    assert plan.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation") == []


def test_documents_become_managed_policies_by_meaning() -> None:
    plan = deploy(lambda: build(policies={"models": READ}, managed_policy_arns=["arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"]))
    policy = plan.find("aws:iam/policy:Policy", "loader-models")
    assert json.loads(policy.inputs["policy"]) == READ
    assert " " not in policy.inputs["policy"]
    role = plan.find("aws:iam/role:Role", "loader").outputs["name"]
    attached = {
        made.name: made.inputs["policyArn"]
        for made in plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if made.inputs["role"] == role
    }
    assert attached == {
        "loader-models": policy.outputs["arn"],
        "loader-AmazonEKS_CNI_Policy": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
    }


def test_a_users_wait_covers_role_policies_and_association() -> None:
    seen: list[str] = []
    deploy(lambda: seen.extend(type(made).__name__ for made in build(policies={"models": READ}).resources))
    assert sorted(seen) == ["PodIdentityAssociation", "Role", "RolePolicyAttachment"]


def document_of(characters: int) -> dict[str, Any]:
    empty = len(json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": ""}]}, separators=(",", ":")))
    return {"Version": "2012-10-17", "Statement": [{"Sid": "a" * (characters - empty)}]}


def test_a_document_may_be_as_long_as_iam_takes() -> None:
    plan = deploy(lambda: build(policies={"long": document_of(6144)}))
    assert len(plan.find("aws:iam/policy:Policy", "loader-long").inputs["policy"]) == 6144


def test_a_longer_document_is_refused_with_its_size() -> None:
    with pytest.raises(ProgramFailed, match="policy 'long' of role 'loader' has 6145 characters, IAM accepts 6144"):
        deploy(lambda: build(policies={"long": document_of(6145)}))


def test_more_policies_than_a_role_takes_are_refused() -> None:
    with pytest.raises(ProgramFailed, match="role 'loader' has 11 policies, IAM attaches at most 10"):
        deploy(lambda: build(policies={f"p{number}": READ for number in range(11)}))
