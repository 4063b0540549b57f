"""The TidbCluster manifest: valid against the operator's CRD, and without the defaults that lose data."""

import tomllib
from typing import Any

import pytest

from components.data.tidb.cluster import clusters, common_name
from components.data.tidb.contract import BACKUP_ACCOUNT
from tests.components.data.tidb.specs import EVERYTHING, PLACE, tidb_spec
from tests.shared import crd_faults

ALL = tidb_spec(**EVERYTHING)
CRD = "tidb-operator-v1/pingcap.com_tidbclusters.yaml"


def manifest(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "pingcap.com/v1alpha1", "kind": "TidbCluster", "metadata": {"name": name}, "spec": spec}


def made(**knobs: Any) -> dict[str, Any]:
    return clusters(tidb_spec(**knobs), PLACE, "tidb-bootstrap")["tidb"]


@pytest.mark.parametrize("knobs", [{}, EVERYTHING, {"profile": "dev"}])
def test_manifests_are_valid(knobs: dict[str, Any]) -> None:
    found = clusters(tidb_spec(**knobs), PLACE, "tidb-bootstrap")
    assert [fault for name, spec in found.items() for fault in crd_faults(CRD, manifest(name, spec))] == []


def test_the_check_itself_finds_a_field_of_the_other_operator() -> None:
    (fault,) = crd_faults(CRD, manifest("tidb", {**made(), "suspend": True}))
    assert "suspend" in fault


def test_components_that_are_off_are_absent() -> None:
    assert not {"tiflash", "ticdc", "tiproxy"} & set(made())


def test_nothing_that_holds_data_is_deleted_or_replaced() -> None:
    for spec in clusters(ALL, PLACE, "x").values():
        assert spec["pvReclaimPolicy"] == "Retain"
        assert spec["enablePVReclaim"] is False
        assert {part: spec[part]["maxFailoverCount"] for part in ("pd", "tikv", "tidb", "tiflash") if part in spec} == {
            part: 0 for part in ("pd", "tikv", "tidb", "tiflash") if part in spec
        }


def test_one_copy_per_zone_and_never_two() -> None:
    replication = tomllib.loads(made()["pd"]["config"])["replication"]
    assert replication == {
        "location-labels": ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
        "max-replicas": 3,
        "isolation-level": "topology.kubernetes.io/zone",
    }
    zone, host = made()["topologySpreadConstraints"]
    assert zone == {"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1, "minDomains": 3}
    assert host == {"topologyKey": "kubernetes.io/hostname", "maxSkew": 1}


def test_components_ask_each_other_for_a_certificate_of_this_cluster() -> None:
    """The authority signs for the whole Kubernetes cluster: its signature alone must not open PD."""
    spec = made()
    name = common_name(tidb_spec())
    assert spec["tlsCluster"] == {"enabled": True}
    assert spec["tidb"]["tlsClient"] == {"enabled": True}
    assert tomllib.loads(spec["pd"]["config"])["security"] == {"cert-allowed-cn": [name]}
    assert tomllib.loads(spec["tikv"]["config"])["security"] == {"cert-allowed-cn": [name]}
    assert tomllib.loads(spec["tidb"]["config"])["security"] == {"cluster-verify-cn": [name]}
    assert common_name(tidb_spec(name="other")) != name


def test_stores_move_their_leaders_and_write_backups_themselves() -> None:
    tikv = made()["tikv"]
    assert tikv["evictLeaderTimeout"] == "30m"
    assert tikv["serviceAccount"] == BACKUP_ACCOUNT
    assert tikv["separateRocksDBLog"] is True
    assert (tikv["replicas"], tikv["storageClassName"]) == (3, "gp3-db")
    assert tikv["requests"] == {"cpu": "14", "memory": "56Gi", "storage": "1024Gi"}
    assert tikv["limits"] == {"cpu": "14", "memory": "56Gi"}


def test_the_slow_log_has_a_volume_of_its_own() -> None:
    tidb = made()["tidb"]
    (volume,) = tidb["storageVolumes"]
    assert tidb["separateSlowLog"] is True
    assert tidb["slowLogVolumeName"] == volume["name"]
    assert volume["storageSize"] == "30Gi"
    assert tidb["service"]["type"] == "ClusterIP"
    assert tomllib.loads(tidb["config"])["graceful-wait-before-shutdown"] < tidb["terminationGracePeriodSeconds"]


def test_warm_stores_join_the_main_cluster_under_a_tier_of_their_own() -> None:
    main, warm = clusters(ALL, PLACE, "x").values()
    assert warm["cluster"] == {"name": "tidb", "namespace": "tidb"}
    assert not {"pd", "tidb"} & set(warm)
    tiers = [tomllib.loads(spec["tikv"]["config"])["server"]["labels"]["tier"] for spec in (main, warm)]
    assert tiers == ["hot", "warm"]
    assert warm["tikv"]["replicas"] == 6


def test_every_pod_goes_to_the_data_nodes() -> None:
    for spec in clusters(ALL, PLACE, "x").values():
        assert spec["nodeSelector"] == {"node-group": "data"}
        assert spec["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "data", "effect": "NoSchedule"}]


def test_versions_are_pinned() -> None:
    spec = clusters(ALL, PLACE, "x")["tidb"]
    assert spec["version"] == "v8.5.7"
    assert spec["tiproxy"]["version"] == "v1.3.2"
    images = {spec[part]["baseImage"] for part in ("pd", "tikv", "tidb", "tiflash", "ticdc", "tiproxy")}
    assert images == {f"pingcap/{part}" for part in ("pd", "tikv", "tidb", "tiflash", "ticdc", "tiproxy")}


def test_tiflash_and_ticdc_have_volumes() -> None:
    spec = clusters(ALL, PLACE, "x")["tidb"]
    (claim,) = spec["tiflash"]["storageClaims"]
    assert claim == {"resources": {"requests": {"storage": "1250Gi"}}, "storageClassName": "gp3-db"}
    (sorting,) = spec["ticdc"]["storageVolumes"]
    assert tomllib.loads(spec["ticdc"]["config"])["data-dir"] == sorting["mountPath"]
    assert sorting["storageSize"] == "500Gi"
