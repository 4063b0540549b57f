"""Every region's stack file: it plans in both modes, and what it plans keeps the laws that need a whole region to show."""

import functools
import json
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from meridian.analysis.verdicts import verdicts
from meridian.engine import embedded
from meridian.engine.project import Project
from meridian.plan import STACK_TYPE, Mode, Plan, Planned
from meridian.preview import told
from policies.core.registry import rules
from policies.core.verdict import Verdict
from policies.core.waivers import read_waivers

ROOT = Path(__file__).parents[2]
PROJECT = Project.at(ROOT)
STACKS = tuple(stack for stack in PROJECT.stacks if "meridian:region" in PROJECT.config(stack).values)
NODE_POOL, NODE_CLASS = "kubernetes:karpenter.sh/v1:NodePool", "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
RELEASE, NODE_GROUP, ADDON = "kubernetes:helm.sh/v3:Release", "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon"

WHOLE = "eu-west-1"
"""Region whose inventory is kept whole; of the others what differs from it."""


TODAY = date(2026, 11, 20)
NEEDS_CONFIGURATION = {"cost-01", "cost-02", "cost-03", "cost-12", "cost-13"}
"""Rules that nobody has told their figures: a budget, a commitment."""
NOT_YET_KNOWN = {"sec-13", "sec-14", "sec-33", "sec-34"}
"""In a preview: the trust of IRSA names the cluster's issuer, which exists with the cluster only."""


@functools.cache
def planned(stack: str, mode: Mode = Mode.PREVIEW) -> Plan:
    return PROJECT.plan(stack, mode)


def variant(**changes: Any) -> Plan:
    """Ireland with other values under some of its top-level keys."""
    config = dict(PROJECT.config("eu-west-1").values)
    config["meridian:region"] = json.dumps({**json.loads(config["meridian:region"]), **changes})
    return embedded.plan(
        PROJECT.program(), project="meridian", stack="eu-west-1", root=ROOT, config=config, disabled_default_providers=("*",)
    )


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("stack", STACKS)
def test_policies_find_nothing(stack: str, mode: Mode) -> None:
    found = verdicts(planned(stack, mode), waivers=read_waivers(rules(), TODAY), today=TODAY, settings=told(PROJECT))
    assert [judgement for judgement in found.judgements if judgement.verdict in {Verdict.FAIL, Verdict.WAIVED}] == []
    undecided = {judgement.rule for judgement in found.of(Verdict.UNDECIDED)} - NEEDS_CONFIGURATION
    assert undecided <= (NOT_YET_KNOWN if mode is Mode.PREVIEW else set())


@pytest.mark.parametrize("stack", STACKS)
def test_inventory(stack: str, snapshot: SnapshotAssertion) -> None:
    """Names, types and parents are identity: a change that is not meant replaces resources. `pytest --snapshot-update` after review."""
    whole, own = _inventory(WHOLE), _inventory(stack)
    differing = [f"- {line}" for line in whole if line not in own] + [f"+ {line}" for line in own if line not in whole]
    assert "\n".join(own if stack == WHOLE else differing) == snapshot


def _inventory(stack: str) -> list[str]:
    plan = planned(stack)
    return [f"{_path(plan, resource)} {resource.type}".replace(f"meridian-{stack}", "stack", 1) for resource in plan]


def _path(plan: Plan, resource: Planned) -> str:
    names = [resource.name]
    while resource.parent:
        resource = plan.by_urn[resource.parent]
        names.append(resource.name)
    return "/".join(reversed(names))


@pytest.mark.parametrize("stack", STACKS)
def test_preview_and_update_make_the_same(stack: str) -> None:
    preview, update = planned(stack, Mode.PREVIEW), planned(stack, Mode.UPDATE)
    assert {resource.urn: resource.dependencies for resource in preview} == {resource.urn: resource.dependencies for resource in update}


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_null_and_nothing_stays_unknown_when_everything_exists(stack: str) -> None:
    def empty(value: Any) -> Iterable[str]:
        if isinstance(value, dict):
            return [f"{key}.{path}" for key, below in value.items() for path in empty(below)]
        if isinstance(value, list):
            return [f"[{at}].{path}" for at, below in enumerate(value) for path in empty(below)]
        return ["null"] if value is None else []

    for resource in planned(stack, Mode.UPDATE):
        assert (resource.name, resource.unknown, list(empty(resource.inputs))) == (resource.name, (), [])
    for resource in planned(stack, Mode.PREVIEW):
        assert (resource.name, list(empty(resource.inputs))) == (resource.name, [])


@pytest.mark.parametrize("stack", STACKS)
def test_everything_but_components_and_providers_lies_below_a_component_that_gives_it_its_name(stack: str) -> None:
    plan = planned(stack)
    for resource in plan.made:
        parent = plan.by_urn[resource.parent]
        assert parent.type.startswith("meridian:")
        assert resource.name.startswith(parent.name)
    for component in plan.components:
        parent = plan.by_urn[component.parent]
        assert parent.type == STACK_TYPE or component.name.startswith(parent.name)


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_has_the_stacks_explicit_provider(stack: str) -> None:
    plan = planned(stack)
    providers = {resource.type.split(":")[-1]: resource.urn for resource in plan if resource.is_provider}
    assert {plan.by_urn[urn].name for urn in providers.values()} == set(providers)
    assert {resource.name: resource.provider for resource in plan.made} == {
        resource.name: providers[resource.type.split(":")[0]] for resource in plan.made
    }


@pytest.mark.parametrize("stack", STACKS)
def test_provider_is_bound_to_region_account_and_tags(stack: str) -> None:
    spec = json.loads(PROJECT.config(stack).values["meridian:region"])
    inputs = planned(stack)["aws"].inputs
    assert inputs["region"] == spec["region"]
    assert json.loads(inputs["allowedAccountIds"]) == [spec["account_id"]]
    tags = json.loads(inputs["defaultTags"])["tags"]
    assert set(tags) >= {"owner", "cost-center", "data-class", "environment", "jurisdiction"}
    for template in planned(stack).of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        for specification in template.inputs["tagSpecifications"]:
            assert tags.items() <= specification["tags"].items()
        assert {specification["resourceType"] for specification in template.inputs["tagSpecifications"]} >= {"instance", "volume"}
    for node_class in planned(stack).of_type(NODE_CLASS):
        assert tags.items() <= node_class.inputs["spec"]["tags"].items()


@pytest.mark.parametrize("stack", STACKS)
def test_kubernetes_provider_waits_for_the_entry_and_survives_a_lost_cluster(stack: str) -> None:
    plan = planned(stack)
    provider = plan["kubernetes"]
    assert provider.unknown == ("kubeconfig",)
    assert (provider.inputs["deleteUnreachable"], provider.inputs["clusterIdentifier"]) == ("true", f"meridian-{stack}")
    entries = {resource.urn for resource in plan.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")}
    assert entries <= plan.depends(provider)


@pytest.mark.parametrize("stack", STACKS)
def test_tear_down_order_is_in_the_graph(stack: str) -> None:
    """NodePools, node classes, controller, node groups, CNI, network: terraform-aws-eks#285, #3446, karpenter-provider-aws#1134."""
    plan = planned(stack)
    for pool in plan.of_type(NODE_POOL):
        own_class = plan[f"{pool.name.removesuffix('-pool')}-class"]
        assert own_class.urn in plan.depends(pool)
    steps = [
        plan.of_type(NODE_CLASS),
        [release for release in plan.of_type(RELEASE) if release.inputs["chart"].endswith("/karpenter")],
        [plan["system-nodes"]],
        [addon for addon in plan.of_type(ADDON) if addon.inputs["addonName"] == "vpc-cni"],
        plan.of_type("aws:eks/cluster:Cluster"),
        [*plan.of_type("aws:ec2/route:Route"), *plan.of_type("aws:ec2/natGateway:NatGateway")],
    ]
    assert all(steps)
    for sooner, later in pairwise(steps):
        for deleted_first in sooner:
            assert {resource.urn for resource in later} <= plan.depends(deleted_first)
    for group in plan.of_type(NODE_GROUP):
        assert {addon.urn for addon in steps[3]} <= plan.depends(group)


def test_removing_the_middle_zone_changes_no_other_zone() -> None:
    without_gpu = {"gpu_pools": {}, "data": {}, "profile": "compute+storage", "environment": "staging"}
    before = variant(**without_gpu)
    after = variant(**without_gpu, network={"zones": ["euw1-az1", "euw1-az3"]})
    gone = {resource.name for resource in before} - {resource.name for resource in after}
    assert {resource.name for resource in after} - {resource.name for resource in before} == set()
    assert gone
    assert all("euw1-az2" in name for name in gone)
    for subnet in after.of_type("aws:ec2/subnet:Subnet"):
        assert subnet.inputs == before[subnet.name].inputs


WIDENED_IN_PLACE = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": ["subnetIds", "routeTableIds"],
    "aws:eks/addon:Addon": ["configurationValues"],
    "aws:elasticache/subnetGroup:SubnetGroup": ["subnetIds"],
    "kubernetes:pingcap.com/v1alpha1:TidbCluster": ["spec"],  # one more TiKV, for a store in each zone
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": ["spec"],
    "kubernetes:karpenter.sh/v1:NodePool": ["spec"],
    "aws:lb/loadBalancer:LoadBalancer": ["subnets"],  # of type network: SetSubnets takes more of them
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": ["spec"],  # the control plane may call from its interfaces in the new zone
}
"""What must learn of a new zone, and by which property, none of which replaces anything (provider documentation, arguments)."""


def test_adding_a_zone_changes_nothing_that_exists() -> None:
    """Virginia's fourth zone: no subnet, node group, control plane or gateway changes; what serves all zones gains one in place."""
    virginia = {"region": "us-east-1", "environment": "staging", "partner": None, "regimes": ["CCPA"]}
    virginia |= {"gpu_pools": {"inference": {"accelerator": "l4"}}}
    before = variant(**virginia, network={"zones": ["use1-az1", "use1-az2", "use1-az4"]})
    after = variant(**virginia, network={"zones": ["use1-az1", "use1-az2", "use1-az4", "use1-az6"]})
    added = {resource.urn for resource in after} - {resource.urn for resource in before}
    assert added
    assert all("use1-az6" in urn for urn in added)
    for resource in before:
        now = after.by_urn[resource.urn].inputs
        changed = {key for key in {*now, *resource.inputs} if now.get(key) != resource.inputs.get(key)}
        assert changed <= set(WIDENED_IN_PLACE.get(resource.type, [])), resource.name


def test_removing_the_middle_pool_renames_nothing_else() -> None:
    pools = {"first": {"accelerator": "t4"}, "middle": {"accelerator": "a10g"}, "last": {"accelerator": "t4"}}
    before = variant(gpu_pools=pools)
    after = variant(gpu_pools={name: pool for name, pool in pools.items() if name != "middle"})
    names = {resource.urn for resource in after}
    assert {resource.name for resource in before if resource.urn not in names} == {
        resource.name for resource in before if resource.name.startswith("middle")
    }
    for resource in after.made:
        assert resource.inputs == before.by_urn[resource.urn].inputs


@pytest.mark.parametrize("stack", STACKS)
def test_instance_types_in_use_are_offered_by_ec2_itself(stack: str) -> None:
    """By EC2's own answer as moto ships it, not by our catalogue."""
    moto = pytest.importorskip("moto.ec2.models.instance_types")
    plan = planned(stack, Mode.UPDATE)
    region = json.loads(PROJECT.config(stack).values["meridian:region"])["region"]
    offers: dict[str, set[str]] = {}
    for offer in moto.INSTANCE_TYPE_OFFERINGS["availability-zone-id"][region]:
        offers.setdefault(offer["InstanceType"], set()).add(offer["Location"])
    zone_of = {subnet.id: subnet.inputs["availabilityZoneId"] for subnet in plan.of_type("aws:ec2/subnet:Subnet")}
    used = [
        (kind, zone_of[subnet])
        for group in plan.of_type(NODE_GROUP)
        for kind in group.inputs["instanceTypes"]
        for subnet in group.inputs["subnetIds"]
    ]
    assert len(used) >= 2
    assert [(kind, zone) for kind, zone in used if zone not in offers[kind]] == []


def test_two_previews_are_equal_to_the_letter() -> None:
    first, second = PROJECT.plan("eu-west-1"), PROJECT.plan("eu-west-1")
    assert first.resources == second.resources
    assert first.outputs == second.outputs
