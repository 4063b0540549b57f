"""Pods and claims of ClickHouse, as the Plan has them."""

import pytest

from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import default_plan, installation_spec


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_replicas_of_a_shard_never_share_a_zone_nor_two_pods_a_node(plan: Plan) -> None:
    (pod,) = installation_spec(plan)["templates"]["podTemplates"]
    assert [(row["type"], row["scope"], row["topologyKey"]) for row in pod["podDistribution"]] == [
        ("ShardAntiAffinity", "Shard", "topology.kubernetes.io/zone"),
        ("ClickHouseAntiAffinity", "ClickHouseInstallation", "kubernetes.io/hostname"),
    ]


def test_pods_stand_on_the_data_nodes_and_nothing_moves_them(plan: Plan) -> None:
    (pod,) = installation_spec(plan)["templates"]["podTemplates"]
    assert pod["spec"]["nodeSelector"] == {"node-group": "data"}
    assert pod["spec"]["tolerations"] == [{"key": "reserved-for", "operator": "Exists", "effect": "NoSchedule"}]
    assert pod["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] == "true"


def test_claims_stay_and_grow(plan: Plan) -> None:
    claims = installation_spec(plan)["templates"]["volumeClaimTemplates"]
    assert {(row["provisioner"], row["reclaimPolicy"]) for row in claims} == {("Operator", "Retain")}
    sizes = {row["name"]: (row["spec"]["storageClassName"], row["spec"]["resources"]["requests"]["storage"]) for row in claims}
    assert sizes == {"data": ("gp3-db", "1000Gi"), "cache": ("gp3-cache", "150Gi")}


def test_every_claim_that_is_mounted_is_one_that_is_made(plan: Plan) -> None:
    templates = installation_spec(plan)["templates"]
    (pod,) = templates["podTemplates"]
    there = {row["name"] for row in (*templates["volumeClaimTemplates"], *pod["spec"]["volumes"])}
    assert {mount["name"] for container in pod["spec"]["containers"] for mount in container["volumeMounts"]} == there


def test_the_pod_passes_the_restricted_level(plan: Plan) -> None:
    (pod,) = installation_spec(plan)["templates"]["podTemplates"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    for container in pod["spec"]["containers"]:
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_the_key_is_for_the_group_only(plan: Plan) -> None:
    (pod,) = installation_spec(plan)["templates"]["podTemplates"]
    (certificates,) = [row for row in pod["spec"]["volumes"] if row["name"] == "certificates"]
    assert certificates["secret"]["defaultMode"] == 0o440
    assert pod["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "7", "memory": "48Gi"}
