"""The ClickHouseInstallation as the API server gets it."""

import copy

import pytest

from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import INSTALLATION, default_plan, installation_spec, manifest
from tests.shared import crd_faults

CRD = "clickhouse-operator-altinity/CustomResourceDefinition-clickhouseinstallations.clickhouse.altinity.com.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_the_api_server_takes_it(plan: Plan) -> None:
    assert crd_faults(CRD, manifest(plan.find(INSTALLATION, "clickhouse-installation"))) == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("secure", True, "True is not of type 'string'"),
        ("name", "a" * 16, "is too long"),
        ("pdbMaxUnavailable", "1", "'1' is not of type 'integer'"),
        ("insecured", "no", "'insecured' was unexpected"),
    ],
)
def test_the_schema_refuses_what_we_must_not_write(plan: Plan, key: str, value: object, said: str) -> None:
    wrong = copy.deepcopy(manifest(plan.find(INSTALLATION, "clickhouse-installation")))
    wrong["spec"]["configuration"]["clusters"][0][key] = value
    assert said in " ".join(crd_faults(CRD, wrong))


def test_shards_by_replicas_with_tls_only(plan: Plan) -> None:
    (cluster,) = installation_spec(plan)["configuration"]["clusters"]
    assert cluster == {
        "name": "analytics",
        "layout": {"shardsCount": 2, "replicasCount": 3},
        "secure": "yes",
        "insecure": "no",
        "secret": {"auto": "yes"},
        "pdbManaged": "yes",
        "pdbMaxUnavailable": 1,
        "schemaPolicy": {"replica": "All", "shard": "All"},
    }


def test_nothing_is_deleted_that_holds_data(plan: Plan) -> None:
    spec = installation_spec(plan)
    assert spec["defaults"]["storageManagement"] == {"provisioner": "Operator", "reclaimPolicy": "Retain"}
    for group in ("unknownObjects", "reconcileFailedObjects"):
        assert spec["reconcile"]["cleanup"][group] == dict.fromkeys(("statefulSet", "pvc", "configMap", "service"), "Retain")
    assert "reconciling" not in spec  # obsolete, and silently ignored beside `reconcile`


def test_hosts_leave_and_come_back_one_after_the_other(plan: Plan) -> None:
    assert installation_spec(plan)["reconcile"]["host"]["wait"] == {
        "exclude": "yes",
        "queries": "yes",
        "include": "yes",
        "replicas": {"new": "yes"},
    }


def test_macros_of_the_files_are_left_to_clickhouse(plan: Plan) -> None:
    spec = installation_spec(plan)
    assert "{shard}/{replica}" in spec["configuration"]["files"]["config.d/storage.xml"]
    assert spec["reconcile"]["macros"]["sections"]["files"]["enabled"] == "no"


def test_every_keeper_member_is_named_with_tls(plan: Plan) -> None:
    zookeeper = installation_spec(plan)["configuration"]["zookeeper"]
    assert zookeeper["nodes"] == [
        {"host": f"chk-clickhouse-keeper-0-{member}.clickhouse.svc.cluster.local", "port": 9281, "secure": "yes"} for member in range(3)
    ]


def test_templates_that_are_named_are_there(plan: Plan) -> None:
    spec = installation_spec(plan)
    named, there = spec["defaults"]["templates"], spec["templates"]
    assert named["podTemplate"] in {row["name"] for row in there["podTemplates"]}
    assert named["dataVolumeClaimTemplate"] in {row["name"] for row in there["volumeClaimTemplates"]}
    assert named["serviceTemplate"] in {row["name"] for row in there["serviceTemplates"]}


def test_clients_find_tls_ports_only(plan: Plan) -> None:
    (service,) = installation_spec(plan)["templates"]["serviceTemplates"]
    assert service["generateName"] == "clickhouse-clickhouse"
    assert service["spec"] == {"type": "ClusterIP", "ports": [{"name": "https", "port": 8443}, {"name": "secureclient", "port": 9440}]}


def test_hosts_call_each_other_by_the_names_of_the_certificate(plan: Plan) -> None:
    assert installation_spec(plan)["defaults"]["replicasUseFQDN"] == "yes"


def test_users_come_from_pods_only(plan: Plan) -> None:
    found = installation_spec(plan)["configuration"]["users"]
    assert found["realtime/networks/ip"] == ["127.0.0.1", "::1", "100.72.0.0/16", "100.73.0.0/16"]
    assert "0.0.0.0/0" not in str(found)
