"""The engine's view of the SDK's types; fails when a private name it relies on moves."""

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from meridian.engine import sdk


def test_token_leads_to_class_and_input_class() -> None:
    assert sdk.resource_class("aws:ec2/vpc:Vpc") is aws.ec2.Vpc
    assert sdk.input_class("aws:ec2/vpc:Vpc") is aws.ec2.VpcArgs
    assert kubernetes.storage.v1.StorageClass is sdk.resource_class("kubernetes:storage.k8s.io/v1:StorageClass")
    assert kubernetes.helm.v3.ReleaseArgs is sdk.input_class("kubernetes:helm.sh/v3:Release")


@pytest.mark.parametrize("token", ["kubernetes:karpenter.sh/v1:NodePool", "unheard:of/thing:Thing"])
def test_a_token_without_class_is_not_judged(token: str) -> None:
    assert sdk.resource_class(token) is None
    assert list(sdk.input_faults(token, {"anything": 1})) == []


def test_wire_names_and_required_properties() -> None:
    aws.eks.NodeGroup  # noqa: B018  (the SDK loads a module when it is first named)
    known = sdk.properties(sdk.input_class("aws:eks/nodeGroup:NodeGroup") or object)
    assert {name for name, property_ in known.items() if property_.required} == {"clusterName", "nodeRoleArn", "scalingConfig", "subnetIds"}


def test_faults_are_found_inside_nested_objects_and_lists() -> None:
    aws.eks.NodeGroup  # noqa: B018  (as above)
    inputs = {
        "clusterName": "c",
        "nodeRoleArn": "r",
        "subnetIds": ["s"],
        "scalingConfig": {"minSize": 1, "maxSize": 2},
        "taints": [{"key": "k", "efect": "NO_SCHEDULE"}],
    }
    faults = list(sdk.input_faults("aws:eks/nodeGroup:NodeGroup", inputs))
    assert "scalingConfig.desiredSize: required, but missing" in faults
    assert "taints[0].effect: required, but missing" in faults
    assert any(fault.startswith("taints[0].efect: no such property") for fault in faults)


def test_output_names_come_from_the_class() -> None:
    assert {"arn", "id"} & sdk.output_names("aws:ec2/vpc:Vpc") >= {"arn"}
