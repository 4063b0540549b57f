"""Tidb as a whole: what it makes, under which names, in which order, and what it refuses."""

import json
from typing import Any

import pytest

from components.data.tidb import contract
from components.data.tidb.contract import Part
from meridian.plan import Plan, Planned
from tests.components.data.test_bucket import NAME
from tests.components.data.tidb.region import tidb_plan
from tests.components.data.tidb.specs import EVERYTHING
from tests.shared import crd_faults

CRDS = {
    "TidbCluster": "tidb-operator-v1/pingcap.com_tidbclusters.yaml",
    "BackupSchedule": "tidb-operator-v1/pingcap.com_backupschedules.yaml",
    "Certificate": "cert-manager/cert-manager.io_certificates.yaml",
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return tidb_plan(lambda around: around.tidb(client_namespaces=["shop"], **EVERYTHING))


def of_kind(plan: Plan, kind: str, namespace: str = "tidb") -> dict[str, Planned]:
    """Objects of a kind in the namespace, by physical name."""
    return {
        resource.inputs["metadata"]["name"]: resource
        for resource in plan.made
        if resource.inputs.get("kind") == kind and resource.inputs["metadata"].get("namespace") == namespace
    }


def everything_before(plan: Plan, resource: Planned) -> set[str]:
    """Names of all that exists before the resource, near and far."""
    found: set[str] = set()
    waiting = [resource]
    while waiting:
        for urn in plan.depends(waiting.pop()):
            if urn not in found:
                found.add(urn)
                waiting.append(plan.by_urn[urn])
    return {plan.by_urn[urn].name for urn in found}


def manifest(resource: Planned) -> dict[str, Any]:
    inputs = resource.inputs
    return {key: inputs[key] for key in ("apiVersion", "kind", "metadata", "spec")}


@pytest.mark.parametrize("kind", CRDS)
def test_custom_resources_are_valid(plan: Plan, kind: str) -> None:
    found = of_kind(plan, kind)
    assert found
    assert [fault for resource in found.values() for fault in crd_faults(CRDS[kind], manifest(resource))] == []


def test_every_secret_that_the_operator_mounts_is_issued(plan: Plan) -> None:
    """Written out: the operator's convention must not be checked by Meridian's own table."""
    assert set(of_kind(plan, "Certificate")) == {
        *(f"tidb-{part}-cluster-secret" for part in ("pd", "tikv", "tidb", "tiflash", "ticdc", "tiproxy")),
        "tidb-cluster-client-secret",
        "tidb-tidb-server-secret",
        "tidb-tidb-client-secret",
        "tidb-warm-tikv-cluster-secret",
        "tidb-warm-cluster-client-secret",
    }
    for name, certificate in of_kind(plan, "Certificate").items():
        assert certificate.inputs["spec"]["secretName"] == name
        assert certificate.inputs["spec"]["issuerRef"]["name"] == "meridian-ca"


def test_the_crds_come_first(plan: Plan) -> None:
    for kind in ("TidbCluster", "BackupSchedule"):
        for resource in of_kind(plan, kind).values():
            assert {"tidb-operator-crds-job", "tidb-operator-addon-chart"} <= everything_before(plan, resource)


def test_the_cluster_follows_all_that_it_mounts_and_stands_on(plan: Plan) -> None:
    before = everything_before(plan, of_kind(plan, "TidbCluster")["tidb"])
    assert {"tidb-namespace-namespace", "tidb-bootstrap", "storage-gp3-db", "tidb-access-account", "tidb-backup-binding"} <= before
    assert {f"data-nodes-euw1-az{zone}" for zone in (1, 2, 3)} <= before
    assert {f"tidb-{name}" for name in of_kind(plan, "Certificate")} <= before


def test_warm_stores_join_what_exists(plan: Plan) -> None:
    assert "tidb-tidb" in everything_before(plan, of_kind(plan, "TidbCluster")["tidb-warm"])


def test_the_schedule_goes_before_the_account_its_cleaning_jobs_need(plan: Plan) -> None:
    """Deleting the namespace first leaves it Terminating: the clean-up jobs of backups cannot start in it any more."""
    before = everything_before(plan, of_kind(plan, "BackupSchedule")["tidb-backup"])
    assert {"tidb-tidb", "tidb-access-account", "tidb-backup-role", "tidb-backup-binding", "tidb-namespace-namespace"} <= before


def test_the_clusters_cannot_be_deleted_in_passing(plan: Plan) -> None:
    assert {name: resource.options.protect for name, resource in of_kind(plan, "TidbCluster").items()} == {"tidb": True, "tidb-warm": True}


def test_clusters_are_waited_for(plan: Plan) -> None:
    for resource in of_kind(plan, "TidbCluster").values():
        assert resource.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"


def test_pods_stand_on_the_data_nodes(plan: Plan) -> None:
    spec = of_kind(plan, "TidbCluster")["tidb"].inputs["spec"]
    assert spec["nodeSelector"] == {"node-group": "data"}
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}]


def test_one_budget_for_each_component(plan: Plan) -> None:
    found = of_kind(plan, "PodDisruptionBudget")
    assert set(found) == {*(f"tidb-{part}" for part in ("pd", "tikv", "tidb", "tiflash", "ticdc", "tiproxy")), "tidb-warm-tikv"}
    spec = found["tidb-tikv"].inputs["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["selector"]["matchLabels"] == {
        "app.kubernetes.io/name": "tidb-cluster",
        "app.kubernetes.io/managed-by": "tidb-operator",
        "app.kubernetes.io/instance": "tidb",
        "app.kubernetes.io/component": "tikv",
    }


def test_one_account_for_jobs_stores_role_and_trust(plan: Plan) -> None:
    """The name is one constant; here are the four places that must have it."""
    account = contract.BACKUP_ACCOUNT
    cluster, schedule = of_kind(plan, "TidbCluster")["tidb"], of_kind(plan, "BackupSchedule")["tidb-backup"]
    assert cluster.inputs["spec"]["tikv"]["serviceAccount"] == account
    assert {
        schedule.inputs["spec"][part]["serviceAccount"] for part in ("backupTemplate", "logBackupTemplate", "compactBackupTemplate")
    } == {account}
    assert plan["tidb-access-account"].inputs["metadata"]["name"] == account
    assert "eks.amazonaws.com/role-arn" in plan["tidb-access-account"].inputs["metadata"]["annotations"]
    assert plan["tidb-backup-binding"].inputs["subjects"][0]["name"] == account
    trust = plan.find("aws:iam/role:Role", "tidb-access-role").inputs["assumeRolePolicy"]
    assert f"system:serviceaccount:tidb:{account}" in json.dumps(trust)


def test_jobs_write_only_where_they_may(plan: Plan) -> None:
    policy = plan.find("aws:iam/policy:Policy", "tidb-access-role-bucket").inputs["policy"]
    spec = of_kind(plan, "BackupSchedule")["tidb-backup"].inputs["spec"]
    assert f"{NAME}/tidb/*" in json.dumps(policy)
    for part in ("backupTemplate", "logBackupTemplate", "compactBackupTemplate"):
        assert spec[part]["s3"]["bucket"] == NAME
        assert spec[part]["s3"]["prefix"].startswith("tidb/")


def test_the_key_is_named_by_its_arn(plan: Plan) -> None:
    spec = of_kind(plan, "BackupSchedule")["tidb-backup"].inputs["spec"]
    assert spec["backupTemplate"]["br"]["options"] == ["--s3.sse-kms-key-id=arn:aws:kms:eu-west-1:111122223333:key/volumes"]


def test_retention_and_schedule_are_the_policys(plan: Plan) -> None:
    spec = of_kind(plan, "BackupSchedule")["tidb-backup"].inputs["spec"]
    assert (spec["schedule"], spec["maxReservedTime"]) == ("0 1 * * *", "840h")


def test_the_first_statements_are_the_ones_that_the_cluster_names(plan: Plan) -> None:
    named = of_kind(plan, "TidbCluster")["tidb"].inputs["spec"]["tidb"]["bootstrapSQLConfigMapName"]
    made = plan["tidb-bootstrap"].inputs
    assert (made["metadata"]["name"], set(made["data"])) == (named, {"bootstrap-sql"})


def test_the_namespace_is_closed_and_outside_the_mesh(plan: Plan) -> None:
    labels = plan["tidb-namespace-namespace"].inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["istio-injection"] == "disabled"
    assert {"deny-all", "to-dns", "from-tcp-4000", "from-tcp-20160", "to-tcp-443"} <= set(of_kind(plan, "NetworkPolicy"))


def test_clients_are_told_where_to_connect(plan: Plan) -> None:
    component = plan.find("meridian:data:Tidb", "tidb")
    assert component.outputs == {"cluster_name": "tidb", "sql_host": "tidb-tiproxy.tidb.svc", "sql_port": 6000}


def test_without_a_proxy_they_connect_to_tidb() -> None:
    plan = tidb_plan(lambda around: around.tidb())
    component = plan.find("meridian:data:Tidb", "tidb")
    assert (component.outputs["sql_host"], component.outputs["sql_port"]) == ("tidb-tidb.tidb.svc", 4000)
    assert set(of_kind(plan, "TidbCluster")) == {"tidb"}
    assert contract.component_name("tidb", Part.TIDB) == "tidb-tidb"


def test_a_preview_knows_everything_but_the_key() -> None:
    plan = tidb_plan(lambda around: around.tidb(), mode="preview")
    assert of_kind(plan, "TidbCluster")["tidb"].inputs["spec"]["pd"]["replicas"] == 3


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"tikv": {"data_gib": 10, "stores": 4}}, "tikv.stores: 4 is no multiple of the 3 zones"),
        ({"backup": None}, "backup: none, but only a cluster with restore_from goes without"),
        ({"restore_from": "tidb"}, "restore_from: is the cluster itself"),
    ],
)
def test_refusals(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception, match=message):
        tidb_plan(lambda around: around.tidb(**knobs))
