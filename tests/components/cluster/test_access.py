"""ClusterAccess: one entry and one association each, nobody by accident."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.cluster.access import AccessEntrySpec, ClusterAccess, ClusterAccessArgs, entry_faults
from tests.components.cluster.ireland import ACCOUNT, DEPLOY
from tests.deploy import deploy

READERS = {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/readers", "policy": "AmazonEKSViewPolicy"}


def entry(**knobs: Any) -> AccessEntrySpec:
    return AccessEntrySpec.from_yaml(knobs)


def build() -> ClusterAccess:
    entries = {"deploy": entry(**DEPLOY), "readers": entry(**READERS, namespaces=["shop", "search"])}
    return ClusterAccess("access", ClusterAccessArgs(entries=entries, cluster_name="one"))


def test_who_may_do_what_where() -> None:
    plan = deploy(build)
    associations = plan.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    assert {made.name: dict(made.inputs) for made in associations} == {
        "access-deploy": {
            "clusterName": "one",
            "principalArn": DEPLOY["role_arn"],
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        },
        "access-readers": {
            "clusterName": "one",
            "principalArn": READERS["role_arn"],
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
            "accessScope": {"type": "namespace", "namespaces": ["shop", "search"]},
        },
    }


def test_an_association_follows_its_entry() -> None:
    plan = deploy(build)
    for made in plan.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"):
        principal = plan.find("aws:eks/accessEntry:AccessEntry", made.name)
        assert principal.inputs["type"] == "STANDARD"
        assert made.property_dependencies["principalArn"] == (principal.urn,)


def test_nobody_is_administrator_by_accident() -> None:
    assert entry_faults({"readers": entry(**READERS)}) == [
        "none has AmazonEKSClusterAdminPolicy: the creator gets no access by itself, so nobody could enter"
    ]
    assert entry_faults({"deploy": entry(**DEPLOY)}) == []


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({**DEPLOY, "role_arn": f"arn:aws:iam::{ACCOUNT}:user/jo"}, "role_arn"),
        ({**DEPLOY, "role_arn": "arn:aws:iam::123:role/deploy"}, "role_arn"),
        ({**DEPLOY, "policy": "cluster-admin"}, "AmazonEKSClusterAdminPolicy"),
        ({**DEPLOY, "namespaces": ["shop"]}, "namespaces: AmazonEKSClusterAdminPolicy is for the whole cluster"),
        ({**READERS, "namespaces": ["Shop"]}, "namespaces"),
    ],
)
def test_refuses(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        entry(**knobs)
