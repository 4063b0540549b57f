"""Storage classes: what is lost when they are wrong is data."""

from pathlib import Path

import pytest

from components.data.storage import DRIVER, KINDS, PERFORMANCE, Storage, StorageArgs, StorageClassName
from meridian.plan import Plan
from tests.components.cluster.surroundings import KEY
from tests.deploy import deploy
from tests.shared import crd_faults

DATA = [StorageClassName.GP3_DB, StorageClassName.GP3_GENERAL, StorageClassName.IO2_DB]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(
        lambda: Storage("storage", StorageArgs(volume_key_arn=KEY, tags={"data-class": "personal", "owner": "data"}, backup_plan="daily"))
    )


@pytest.mark.parametrize("kind", StorageClassName)
def test_every_volume_is_encrypted_and_made_where_its_pod_lands(plan: Plan, kind: StorageClassName) -> None:
    inputs = plan[f"storage-{kind}"].inputs
    assert inputs["metadata"]["name"] == kind
    assert inputs["provisioner"] == "ebs.csi.aws.com"
    assert inputs["parameters"]["encrypted"] == "true"
    assert inputs["parameters"]["kmsKeyId"] == KEY
    assert inputs["volumeBindingMode"] == "WaitForFirstConsumer"
    assert inputs["allowVolumeExpansion"] is True
    assert all(isinstance(value, str) for value in inputs["parameters"].values())


def test_data_outlives_its_claim_and_caches_do_not(plan: Plan) -> None:
    retained = {kind for kind in StorageClassName if plan[f"storage-{kind}"].inputs["reclaimPolicy"] == "Retain"}
    assert retained == set(DATA)


def test_none_is_the_default_class(plan: Plan) -> None:
    """The cluster's own `gp3` is; two would let the API server take the newer."""
    classes = plan.of_type("kubernetes:storage.k8s.io/v1:StorageClass")
    assert [row for row in classes if "annotations" in row.inputs["metadata"]] == []


def tags(plan: Plan, kind: StorageClassName) -> set[str]:
    parameters = plan[f"storage-{kind}"].inputs["parameters"]
    numbered = sorted(key for key in parameters if key.startswith("tagSpecification_"))
    assert numbered == [f"tagSpecification_{n}" for n in range(1, len(numbered) + 1)]
    return {parameters[key] for key in numbered}


def test_kept_volumes_carry_their_tags(plan: Plan) -> None:
    """EBS CSI driver, parameters.md: tagSpecification_<n>."""
    assert tags(plan, StorageClassName.GP3_DB) == {"data-class=personal", "owner=data"}
    assert tags(plan, StorageClassName.GP3_CACHE) == set()


def test_volumes_without_backups_of_their_own_are_backed_up(plan: Plan) -> None:
    assert {kind for kind in StorageClassName if "backup=daily" in tags(plan, kind)} == {StorageClassName.GP3_GENERAL}


def test_databases_get_what_pingcap_asks_for(plan: Plan) -> None:
    """TiDB Operator, deploy on AWS EKS: 4000 IOPS, 400 MiB/s; TiDB, environment check: nodelalloc, noatime."""
    inputs = plan["storage-gp3-db"].inputs
    assert (inputs["parameters"]["iops"], inputs["parameters"]["throughput"]) == ("4000", "400")
    assert inputs["mountOptions"] == ["nodelalloc", "noatime"]
    assert inputs["parameters"]["csi.storage.k8s.io/fstype"] == "ext4"


GP3 = [row.parameters for row in KINDS.values() if row.parameters["type"] == "gp3"] + list(PERFORMANCE.values())


@pytest.mark.parametrize("row", GP3)
def test_gp3_stays_within_what_ec2_takes(row: dict[str, str]) -> None:
    """EC2 user guide, gp3: from 3,000 IOPS and 125 MiB/s, 0.25 MiB/s per IOPS."""
    iops, throughput = int(row["iops"]), int(row["throughput"])
    assert 3000 <= iops <= 80000
    assert 125 <= throughput <= iops / 4


def test_io2_takes_no_throughput(plan: Plan) -> None:
    """EC2 user guide: only gp3 has a throughput of its own."""
    assert "throughput" not in plan["storage-io2-db"].inputs["parameters"]


def test_performance_classes_are_of_the_same_driver(plan: Plan) -> None:
    classes = plan.of_type("kubernetes:storage.k8s.io/v1:VolumeAttributesClass")
    assert {row.inputs["metadata"]["name"] for row in classes} == {"gp3-bronze", "gp3-silver", "gp3-gold"}
    assert {row.inputs["driverName"] for row in classes} == {DRIVER}


def test_snapshots_outlive_their_objects(plan: Plan) -> None:
    inputs = plan["storage-snapshots"].inputs
    assert inputs["driver"] == DRIVER
    assert inputs["deletionPolicy"] == "Retain"
    assert crd_faults("external-snapshotter/snapshot.storage.k8s.io_volumesnapshotclasses.yaml", inputs) == []


def test_the_restore_that_is_written_down_names_the_class() -> None:
    text = (Path(__file__).parents[3] / "docs" / "OPERATIONS.md").read_text()
    section = text.split("## Restore a volume")[1].split("## ")[0]
    assert {f"`{kind}`" for kind, row in KINDS.items() if row.backed_up} == {
        word.strip(",.") for word in section.split() if word.startswith("`gp3")
    }
