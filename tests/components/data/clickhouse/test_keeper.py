"""Keeper: a quorum over the zones that keeps its log."""

import pytest

from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import KEEPER, clickhouse_plan, default_plan, keeper_spec, manifest, xml
from tests.shared import crd_faults

CRD = "clickhouse-operator-altinity/CustomResourceDefinition-clickhousekeeperinstallations.clickhouse-keeper.altinity.com.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_the_api_server_takes_it(plan: Plan) -> None:
    assert crd_faults(CRD, manifest(plan.find(KEEPER, "clickhouse-keeper"))) == []


def test_the_schema_refuses_a_truth_value_and_an_unknown_field(plan: Plan) -> None:
    wrong = manifest(plan.find(KEEPER, "clickhouse-keeper"))
    wrong["spec"] = {**wrong["spec"], "suspend": True, "unknown": 1}
    faults = " ".join(crd_faults(CRD, wrong))
    assert "True is not of type 'string'" in faults
    assert "'unknown' was unexpected" in faults


def test_three_members_one_a_zone_on_nodes_of_their_own(plan: Plan) -> None:
    spec = keeper_spec(plan)
    (cluster,) = spec["configuration"]["clusters"]
    assert cluster == {"name": "keeper", "layout": {"replicasCount": 3}, "pdbManaged": "yes", "pdbMaxUnavailable": 1}
    pod = spec["templates"]["podTemplates"][0]["spec"]
    (spread,) = pod["topologySpreadConstraints"]
    assert (spread["maxSkew"], spread["topologyKey"], spread["whenUnsatisfiable"]) == (1, "topology.kubernetes.io/zone", "DoNotSchedule")
    apart = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert {term["topologyKey"] for term in apart} == {"kubernetes.io/hostname"}
    assert pod["nodeSelector"] == {"node-group": "data"}


def test_nothing_is_deleted_that_holds_the_log(plan: Plan) -> None:
    spec = keeper_spec(plan)
    assert spec["defaults"]["storageManagement"] == {"provisioner": "Operator", "reclaimPolicy": "Retain"}
    assert spec["defaults"]["templates"]["dataVolumeClaimTemplate"] == spec["templates"]["volumeClaimTemplates"][0]["name"]
    assert spec["templates"]["volumeClaimTemplates"][0]["reclaimPolicy"] == "Retain"
    for group in ("unknownObjects", "reconcileFailedObjects"):
        assert spec["reconciling"]["cleanup"][group] == dict.fromkeys(("statefulSet", "pvc", "configMap", "service"), "Retain")


def test_clients_and_members_speak_tls(plan: Plan) -> None:
    spec = keeper_spec(plan)
    assert spec["configuration"]["settings"]["keeper_server/tcp_port_secure"] == 9281
    assert spec["configuration"]["settings"]["keeper_server/raft_configuration/secure"] == "true"
    assert xml(spec["configuration"]["files"]["tls.xml"]).findtext("openSSL/client/verificationMode") == "strict"
    (service,) = spec["templates"]["serviceTemplates"]
    assert [port["port"] for port in service["spec"]["ports"]] == [9281, 9444]
    assert service["name"] == spec["defaults"]["templates"]["serviceTemplate"]
    assert spec["templates"]["podTemplates"][0]["name"] == spec["defaults"]["templates"]["podTemplate"]


def test_keeper_is_of_clickhouses_own_version() -> None:
    made = clickhouse_plan(version="25.8.1.1", mode="preview")
    assert keeper_spec(made)["templates"]["podTemplates"][0]["spec"]["containers"][0]["image"] == "clickhouse/clickhouse-keeper:25.8.1.1"
