"""The phases of the documents, put right (D-30 of the requirements), are dependencies: what is made later waits for what comes first."""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from meridian.engine.project import Project
from meridian.plan import STACK_TYPE, Plan, Planned

PROJECT = Project.at(Path(__file__).parents[2])
STACK = "eu-west-1"

ORDER = ("network", "keys and identity", "cluster", "mesh and policy", "monitoring", "data and backup", "services")
ROOMS: Mapping[str, str] = {
    "network": "network",
    "base": "keys and identity",
    "cluster": "cluster",
    "platform": "mesh and policy",
    "data": "data and backup",
}
"""Room of a component, as its type token names it -> phase."""
OWN: Mapping[str, str] = {"meridian:platform:Origin": "services"}
"""Component whose phase is not that of its room. Records of the network stand with it, as alarms do with what they watch; the tunnel is the
way in for people and outside the mesh on purpose."""
PODS = {"kubernetes:helm.sh/v3:Release", "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"}
"""Types that start pods by themselves."""
STORES = {"kubernetes:pingcap.com/v1alpha1:TidbCluster", "kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation"}
"""Types whose operator starts pods."""


@functools.cache
def plan() -> Plan:
    return PROJECT.plan(STACK)


def top(resource: Planned) -> Planned:
    """The stack's own component that the resource belongs to."""
    while resource.parent and plan().by_urn[resource.parent].type != STACK_TYPE:
        resource = plan().by_urn[resource.parent]
    return resource


def component(resource: Planned) -> str:
    return top(resource).name


def phase(resource: Planned) -> str:
    token = top(resource).type
    return OWN.get(token) or ROOMS.get(token.split(":")[1], "")


def waits_for(resource: Planned) -> set[str]:
    """Phases of everything that must exist before it."""
    before = (plan().by_urn[urn] for urn in plan().depends(resource))
    return {phase(each) for each in before if each.custom and not each.is_provider} - {""}


def of(name: str) -> Iterator[Planned]:
    return (resource for resource in plan().made if phase(resource) == name)


def test_every_component_has_its_phase() -> None:
    assert sorted({component(resource) for resource in plan().made if not phase(resource)}) == []
    assert {phase(resource) for resource in plan().made} >= set(ROOMS.values()) | set(OWN.values())


@pytest.mark.parametrize("name", ORDER)
def test_nothing_waits_for_a_later_phase(name: str) -> None:
    later = set(ORDER[ORDER.index(name) + 1 :])
    assert {resource.name: waits_for(resource) & later for resource in of(name) if waits_for(resource) & later} == {}


def test_the_cluster_waits_for_network_and_endpoints() -> None:
    cluster = plan().find("aws:eks/cluster:Cluster", "cluster-cluster")
    before = {component(plan().by_urn[urn]) for urn in plan().depends(cluster)}
    assert {"network", "endpoints"} <= before


def test_nodes_wait_for_keys_identity_and_what_makes_them_ready() -> None:
    groups = plan().of_type("aws:eks/nodeGroup:NodeGroup")
    assert len(groups) >= 4
    for nodes in groups:
        before = [plan().by_urn[urn] for urn in plan().depends(nodes)]
        assert {"network", "keys and identity", "cluster"} <= waits_for(nodes), nodes.name
        assert {"aws:iam/role:Role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"} <= {each.type for each in before}, nodes.name
        assert "node-addons-vpc-cni" in {each.name for each in before}, nodes.name


def test_the_mesh_waits_for_the_cluster() -> None:
    releases = [resource for resource in of("mesh and policy") if resource.type in PODS]
    assert {component(release) for release in releases} >= {"mesh", "cert-manager", "external-secrets"}
    for release in releases:
        assert {"network", "keys and identity", "cluster"} <= waits_for(release), release.name


def test_stores_in_the_cluster_wait_for_mesh_and_policy() -> None:
    """An operator may be there before: it starts nothing until its store is declared."""
    started = [resource for resource in of("data and backup") if resource.type in STORES or resource.name.startswith("velero")]
    assert {component(each) for each in started} >= {"tidb", "clickhouse", "velero"}
    for each in (each for each in started if each.type in PODS | STORES):
        assert {"network", "keys and identity", "cluster", "mesh and policy"} <= waits_for(each), each.name
        assert "mesh" in {component(plan().by_urn[urn]) for urn in plan().depends(each)}, each.name


@pytest.mark.parametrize("token", ["aws:elasticache/replicationGroup:ReplicationGroup", "aws:s3/bucket:Bucket", "aws:backup/vault:Vault"])
def test_data_outside_the_cluster_waits_for_its_key_at_least(token: str) -> None:
    """A bucket itself has no key: its encryption does, and nobody writes before."""
    kept = [resource for resource in of("data and backup") if resource.type == token]
    assert kept
    for each in kept:
        encrypted = [other for other in of("data and backup") if other is each or each.urn in other.dependencies]
        assert any("keys and identity" in waits_for(other) for other in encrypted), each.name


def test_services_come_last() -> None:
    way_in = [resource for resource in of("services") if resource.type == "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"]
    assert way_in
    for each in way_in:
        assert {"network", "keys and identity", "cluster", "mesh and policy"} <= waits_for(each), each.name
