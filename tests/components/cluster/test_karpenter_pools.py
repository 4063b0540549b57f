"""NodePools and EC2NodeClasses: valid against the CRDs of the pinned version, closed, and shaped for their kind of work."""

from typing import Any

import pytest
import yaml

from components.cluster.karpenter_pool_spec import KarpenterPoolSpec, PoolKind
from components.cluster.karpenter_pools import NodeClassArgs, node_class, node_pool
from tests.shared import crd_faults, shared

ZONES = ("euw1-az1", "euw1-az2")
SHARED = NodeClassArgs(
    instance_profile="meridian-profile",
    ami_date="20260714",
    subnet_ids=["subnet-0a", "subnet-0b"],
    security_group_id="sg-0c",
    volume_key_arn="arn:aws:kms:eu-west-1:111122223333:key/volumes",
    tags={"data-class": "personal"},
)


def pool(kind: PoolKind, **knobs: Any) -> KarpenterPoolSpec:
    gpu = {"accelerators": ["t4", "a10g"], "gpu_limit": 16} if kind is PoolKind.GPU else {}
    return KarpenterPoolSpec.from_yaml({"kind": kind.value, **gpu, **knobs})


def requirements(kind: PoolKind, **knobs: Any) -> dict[str, tuple[str, list[str]]]:
    rows = node_pool("x", pool(kind, **knobs), "eu-west-1", ZONES)["template"]["spec"]["requirements"]
    return {row["key"]: (row["operator"], row["values"]) for row in rows}


@pytest.mark.parametrize("kind", PoolKind)
def test_node_class_is_valid(kind: PoolKind) -> None:
    manifest = {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "x"},
        "spec": node_class(pool(kind), SHARED),
    }
    assert crd_faults("karpenter/karpenter.k8s.aws_ec2nodeclasses.yaml", manifest) == []


@pytest.mark.parametrize("kind", PoolKind)
def test_node_pool_is_valid(kind: PoolKind) -> None:
    spec = node_pool("x", pool(kind), "eu-west-1", ZONES)
    manifest = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "x"}, "spec": spec}
    assert crd_faults("karpenter/karpenter.sh_nodepools.yaml", manifest) == []


def test_the_check_itself_finds_a_wrong_field() -> None:
    spec = {**node_class(pool(PoolKind.GENERAL), SHARED), "subnetSelector": {}}
    manifest = {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "x"}, "spec": spec}
    (fault,) = crd_faults("karpenter/karpenter.k8s.aws_ec2nodeclasses.yaml", manifest)
    assert "subnetSelector" in fault


@pytest.mark.parametrize("kind", PoolKind)
def test_requirements_use_labels_that_the_crd_allows(kind: PoolKind) -> None:
    """The CRD's CEL rules list the labels of Karpenter's own domains; JSON schema does not run them."""
    text = (shared("crds/karpenter") / "karpenter.sh_nodepools.yaml").read_text()
    own = [key for key in requirements(kind) if key.startswith(("karpenter.k8s.aws/", "karpenter.sh/"))]
    assert own
    assert all(f'"{key}"' in text for key in own)


@pytest.mark.parametrize("kind", PoolKind)
def test_nodes_are_closed_and_encrypted(kind: PoolKind) -> None:
    spec = node_class(pool(kind, disk={"size_gib": 150}), SHARED)
    assert spec["metadataOptions"]["httpTokens"] == "required"
    assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert spec["associatePublicIPAddress"] is False
    (device,) = spec["blockDeviceMappings"]
    assert device["deviceName"] == "/dev/xvda"
    assert (device["ebs"]["encrypted"], device["ebs"]["kmsKeyID"], device["ebs"]["volumeSize"]) == (True, SHARED.volume_key_arn, "150Gi")
    assert spec["tags"] == {"data-class": "personal"}


@pytest.mark.parametrize("kind", PoolKind)
def test_nothing_is_found_by_tag_and_the_image_is_pinned(kind: PoolKind) -> None:
    spec = node_class(pool(kind), SHARED)
    assert spec["subnetSelectorTerms"] == [{"id": "subnet-0a"}, {"id": "subnet-0b"}]
    assert spec["securityGroupSelectorTerms"] == [{"id": "sg-0c"}]
    assert spec["amiSelectorTerms"] == [{"alias": "al2023@v20260714"}]
    assert spec["instanceProfile"] == "meridian-profile"
    assert "role" not in spec


def test_pods_are_as_many_as_prefix_delegation_allows() -> None:
    assert node_class(pool(PoolKind.GENERAL), SHARED)["kubelet"] == {"maxPods": 110}


def test_gpu_nodes_use_local_disks_and_pull_in_parallel() -> None:
    spec = node_class(pool(PoolKind.GPU), SHARED)
    assert spec["instanceStorePolicy"] == "RAID0"
    assert yaml.safe_load(spec["userData"])["spec"] == {"featureGates": {"FastImagePull": True}}
    assert not {"instanceStorePolicy", "userData"} & set(node_class(pool(PoolKind.GENERAL), SHARED))


def test_general_work_is_broad_on_demand_and_current() -> None:
    found = requirements(PoolKind.GENERAL)
    assert found["karpenter.sh/capacity-type"] == ("In", ["on-demand"])
    assert found["karpenter.k8s.aws/instance-category"] == ("In", ["c", "m", "r"])
    assert found["karpenter.k8s.aws/instance-generation"] == ("Gte", ["6"])
    assert found["topology.k8s.aws/zone-id"] == ("In", list(ZONES))
    assert found["kubernetes.io/arch"] == ("In", ["amd64"])


def test_compute_and_spot() -> None:
    assert requirements(PoolKind.COMPUTE)["karpenter.k8s.aws/instance-category"] == ("In", ["c"])
    assert requirements(PoolKind.SPOT)["karpenter.sh/capacity-type"] == ("In", ["spot"])
    assert requirements(PoolKind.GENERAL, architecture="arm64")["kubernetes.io/arch"] == ("In", ["arm64"])


def test_gpu_work_names_types_that_the_region_offers() -> None:
    operator, types = requirements(PoolKind.GPU)["node.kubernetes.io/instance-type"]
    assert operator == "In"
    assert "g4dn.xlarge" in types
    assert "g5.48xlarge" in types
    assert {name.split(".")[0] for name in types} == {"g4dn", "g5"}


def disruption(kind: PoolKind) -> dict[str, Any]:
    return node_pool("x", pool(kind), "eu-west-1", ZONES)["disruption"]


def test_gpu_nodes_go_only_when_empty_and_one_at_a_time() -> None:
    assert (disruption(PoolKind.GPU)["consolidationPolicy"], disruption(PoolKind.GPU)["budgets"]) == ("WhenEmpty", [{"nodes": "1"}])


def test_general_nodes_are_not_shuffled_in_working_hours() -> None:
    always, working_hours = disruption(PoolKind.GENERAL)["budgets"]
    assert always == {"nodes": "10%"}
    assert (working_hours["nodes"], working_hours["reasons"]) == ("0", ["Underutilized"])
    assert {"schedule", "duration"} <= set(working_hours)


def test_limits_expiry_and_taints() -> None:
    made = node_pool("x", pool(PoolKind.GPU, cpu_limit=64, memory_limit_gib=256), "eu-west-1", ZONES)
    assert made["limits"] == {"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "16"}
    spec = made["template"]["spec"]
    assert (spec["expireAfter"], spec["terminationGracePeriod"]) == ("720h", "120m")
    assert {(taint["key"], taint["value"], taint["effect"]) for taint in spec["taints"]} == {
        ("nvidia.com/gpu", "true", "NoSchedule"),
        ("dedicated", "ai-workload", "NoSchedule"),
    }
    assert "nvidia.com/gpu" not in node_pool("x", pool(PoolKind.GENERAL), "eu-west-1", ZONES)["limits"]
    assert made["template"]["metadata"]["labels"] == {"nvidia.com/gpu.present": "true"}
