"""Karpenter: identity, chart, pools, and above all the order in which they come and go."""

import itertools
import json
from typing import Any

import pytest
from pydantic import ValidationError

from components import catalog
from components.cluster.karpenter import Karpenter, KarpenterArgs, KarpenterSpec, karpenter_faults
from meridian.plan import Plan, Planned
from policies.core.verdict import UNKNOWN
from tests.components.cluster.surroundings import CLUSTER, KEY, TAGS, Region, region_plan
from tests.shared import crd_faults, unknown_values

RELEASE, GROUP = "kubernetes:helm.sh/v3:Release", "aws:eks/nodeGroup:NodeGroup"
NODE_POOL, NODE_CLASS = "kubernetes:karpenter.sh/v1:NodePool", "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


def karpenter(region: Region, **knobs: Any) -> Karpenter:
    nodes = region.node_group(taints=[{"key": "reserved-for", "value": "system"}])
    spec = KarpenterSpec.from_yaml(knobs)
    return Karpenter("karpenter", KarpenterArgs(spec=spec, cluster=region.cluster, nodes=nodes, volume_key_arn=KEY, tags=TAGS))


def plan(mode: str = "update", **knobs: Any) -> Plan:
    return region_plan(lambda region: karpenter(region, **knobs), mode=mode)


def controller(made: Plan) -> Planned:
    return made.find(RELEASE, "karpenter-chart")


def test_four_pools_each_with_a_node_class_of_its_name() -> None:
    made = plan()
    names = {"general", "compute", "spot", "gpu"}
    assert {row.inputs["metadata"]["name"] for row in made.of_type(NODE_POOL)} == names
    assert {row.inputs["metadata"]["name"] for row in made.of_type(NODE_CLASS)} == names
    references = [row.inputs["spec"]["template"]["spec"]["nodeClassRef"]["name"] for row in made.of_type(NODE_POOL)]
    assert sorted(references) == sorted(names)


def test_every_custom_resource_is_valid_as_registered() -> None:
    made = plan()
    for token, file in ((NODE_POOL, "karpenter.sh_nodepools.yaml"), (NODE_CLASS, "karpenter.k8s.aws_ec2nodeclasses.yaml")):
        for row in made.of_type(token):
            assert crd_faults(f"karpenter/{file}", {key: row.inputs[key] for key in ("apiVersion", "kind", "metadata", "spec")}) == []


def test_deletion_goes_pools_classes_controller_crds_nodes_cni_network() -> None:
    made = plan()
    order = [
        made.find(NODE_POOL, "karpenter-gpu-pool"),
        made.find(NODE_CLASS, "karpenter-gpu-class"),
        controller(made),
        made.find(RELEASE, "karpenter-crds"),
        made.find(GROUP, "system-nodes"),
        made.find("aws:eks/addon:Addon", "node-addons-vpc-cni"),
        made["network-way-out-euw1-az1"],
    ]
    for earlier, later in itertools.pairwise(order):
        assert later.urn in made.depends(earlier), f"{earlier.name} must be deleted before {later.name}"


def test_what_the_controller_and_its_nodes_live_on_outlives_them() -> None:
    made = plan()
    needed = {made.by_urn[urn].name for urn in made.depends(controller(made))}
    assert {"karpenter-interruption-policy", "karpenter-interruption-spot-interruption-target"} <= needed
    assert {"karpenter-controller-launch", "karpenter-controller", "karpenter-node-access", "karpenter-node-profile"} <= needed
    assert {"karpenter-node-role-worker", "karpenter-crds", "system-nodes"} <= needed


def test_what_else_must_outlive_the_nodes_is_waited_for() -> None:
    def build(region: Region) -> None:
        nodes = region.node_group()
        storage = region.node_group("storage-stand-in")
        args = KarpenterArgs(
            spec=KarpenterSpec(), cluster=region.cluster, nodes=nodes, volume_key_arn=KEY, tags=TAGS, needed=storage.resources
        )
        Karpenter("karpenter", args)

    made = region_plan(build)
    assert made.find(GROUP, "storage-stand-in-nodes").urn in controller(made).dependencies


def test_a_pool_is_deleted_in_the_foreground_with_time_to_drain() -> None:
    made = plan()
    for row in (*made.of_type(NODE_POOL), *made.of_type(NODE_CLASS)):
        assert row.inputs["metadata"]["annotations"]["pulumi.com/deletionPropagationPolicy"] == "foreground"
    assert made.find(NODE_POOL, "karpenter-gpu-pool").options.custom_timeouts == {"delete": "150m"}
    grace = made.find(NODE_POOL, "karpenter-gpu-pool").inputs["spec"]["template"]["spec"]["terminationGracePeriod"]
    assert grace == "120m"


def test_charts_are_pinned_and_crds_come_from_their_own() -> None:
    made = plan()
    crds = made.find(RELEASE, "karpenter-crds")
    assert (crds.inputs["chart"], controller(made).inputs["chart"]) == (
        "oci://public.ecr.aws/karpenter/karpenter-crd",
        "oci://public.ecr.aws/karpenter/karpenter",
    )
    assert crds.inputs["version"] == controller(made).inputs["version"] == catalog.chart("karpenter").version
    assert controller(made).inputs["skipCrds"] is True
    assert {row.inputs["namespace"] for row in made.of_type(RELEASE)} == {"kube-system"}


def test_the_controller_runs_on_the_system_group_and_reaches_aws_without_cluster_dns() -> None:
    values = controller(plan()).inputs["values"]
    assert values["nodeSelector"] == {"node-group": "system"}
    assert {"key": "reserved-for", "operator": "Exists", "effect": "NoSchedule"} in values["tolerations"]
    assert values["dnsPolicy"] == "Default"
    assert values["settings"] == {
        "clusterName": CLUSTER,
        "interruptionQueue": f"{CLUSTER}-karpenter",
        "enableZonalShift": True,
        "reservedENIs": "1",
    }
    assert values["controller"]["resources"]["limits"]["memory"] == "1Gi"


def test_every_value_is_known_to_the_chart() -> None:
    assert unknown_values("karpenter", controller(plan()).inputs["values"], free=("nodeSelector",)) == []
    assert unknown_values("karpenter-crd", plan().find(RELEASE, "karpenter-crds").inputs.get("values", {})) == []


def test_identity_is_tied_to_the_service_account_of_the_chart() -> None:
    made = plan()
    (association,) = [row for row in made.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation") if "karpenter" in row.name]
    account = controller(made).inputs["values"]["serviceAccount"]["name"]
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("kube-system", account)


def test_permissions_are_known_in_a_preview_and_name_the_very_role_and_queue() -> None:
    made = plan("preview")
    policies = {row.name: row.inputs["policy"] for row in made.of_type("aws:iam/policy:Policy") if row.name.startswith("karpenter-")}
    assert len(policies) == 6
    assert UNKNOWN not in policies.values()
    (passed,) = json.loads(policies["karpenter-controller-identity"])["Statement"]
    assert passed["Resource"].endswith(":role/" + made.find("aws:iam/role:Role", "karpenter-node-role").inputs["name"])
    (events,) = json.loads(policies["karpenter-controller-interruption"])["Statement"]
    assert events["Resource"].endswith(":" + made.find("aws:sqs/queue:Queue", "karpenter-interruption").inputs["name"])


def test_nodes_may_join_and_do_no_more() -> None:
    made = plan()
    entry = made.find("aws:eks/accessEntry:AccessEntry", "karpenter-node-access")
    role = made.find("aws:iam/role:Role", "karpenter-node-role")
    assert entry.inputs == {"clusterName": CLUSTER, "principalArn": role.outputs["arn"], "type": "EC2_LINUX"}
    profile = made.find("aws:iam/instanceProfile:InstanceProfile", "karpenter-node-profile")
    classes = made.of_type(NODE_CLASS)
    assert {row.inputs["spec"]["instanceProfile"] for row in classes} == {profile.outputs["name"]}
    assert profile.inputs["role"] == role.outputs["name"]


def test_removing_the_middle_pool_renames_nothing_else() -> None:
    def urns(*pools: str) -> set[str]:
        return {row.urn for row in plan(pools={name: {"kind": "general"} for name in pools}).resources}

    gone = urns("a", "b", "c") - urns("a", "c")
    assert {urn.rsplit("::", 1)[-1] for urn in gone} == {"karpenter-b-class", "karpenter-b-pool"}


def test_kubernetes_objects_use_the_provider_that_the_caller_passes() -> None:
    made = plan()
    assert len({row.provider for row in made.resources if row.type.startswith("kubernetes:")}) == 1


@pytest.mark.parametrize("name", ["GPU", "under_score", "g" * 64])
def test_names_that_kubernetes_refuses_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="Kubernetes"):
        KarpenterSpec.from_yaml({"pools": {name: {"kind": "general"}}})


def test_it_says_whether_a_gpu_runtime_is_needed() -> None:
    assert KarpenterSpec().starts_gpus
    assert not KarpenterSpec.from_yaml({"pools": {"general": {"kind": "general"}}}).starts_gpus


def test_every_region_has_a_gpu_of_the_default_pool() -> None:
    for region in catalog.regions().values():
        assert karpenter_faults(KarpenterSpec(), region.name, region.eks_zones) == []


def test_a_cluster_name_too_long_for_a_role_is_refused() -> None:
    def build(region: Region) -> None:
        region.cluster.cluster_name = "c" * 60
        karpenter(region)

    with pytest.raises(Exception, match=r"IAM role name .* at most 64"):
        region_plan(build)


def test_a_gpu_that_the_region_lacks_is_refused_by_pool() -> None:
    with pytest.raises(Exception, match=r"karpenter 'karpenter': pools\.big.accelerators: none of h100"):
        plan(pools={"big": {"kind": "gpu", "accelerators": ["h100"], "gpu_limit": 8}})
