"""A restore to a moment, into a cluster of its own: a drill."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.data.tidb.restore import TidbRestore, TidbRestoreArgs, TidbRestoreSpec
from meridian.plan import Plan
from tests.components.data.test_bucket import NAME
from tests.components.data.tidb.region import Surroundings, tidb_plan
from tests.components.data.tidb.test_tidb import everything_before, manifest, of_kind
from tests.shared import crd_faults

KNOBS = {"full": "tidb-pd.tidb-2379-2026-11-20t01-00-00", "log": "log-2026-11-01t00-00-00", "until": "2026-11-20T08:30:00Z"}


def drill(around: Surroundings) -> None:
    scratch = around.tidb("drill", backup=None, restore_from="tidb", profile="dev")
    TidbRestore("drill-restore", TidbRestoreArgs(spec=TidbRestoreSpec.from_yaml(KNOBS), into=scratch))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return tidb_plan(drill)


def test_the_restore_is_valid(plan: Plan) -> None:
    (restore,) = of_kind(plan, "Restore", "drill").values()
    assert crd_faults("tidb-operator-v1/pingcap.com_restores.yaml", manifest(restore)) == []
    assert restore.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Complete"


def test_it_reads_the_source_and_writes_the_scratch_cluster(plan: Plan) -> None:
    (restore,) = of_kind(plan, "Restore", "drill").values()
    spec = restore.inputs["spec"]
    assert spec["s3"]["prefix"] == f"tidb/log/{KNOBS['log']}"
    assert spec["pitrFullBackupStorageProvider"]["s3"]["prefix"] == f"tidb/full/{KNOBS['full']}"
    assert (spec["br"]["cluster"], spec["br"]["sendCredToTikv"]) == ("drill", False)
    assert spec["pitrRestoredTs"] == KNOBS["until"]


def test_the_scratch_clusters_account_may_read_the_source(plan: Plan) -> None:
    assert f"{NAME}/tidb/*" in json.dumps(plan.find("aws:iam/policy:Policy", "drill-access-role-bucket").inputs["policy"])


def test_the_cluster_is_there_first_and_goes_when_asked(plan: Plan) -> None:
    (restore,) = of_kind(plan, "Restore", "drill").values()
    assert {"drill-drill", "drill-access-account", "drill-backup-binding"} <= everything_before(plan, restore)
    assert of_kind(plan, "TidbCluster", "drill")["drill"].options.protect is not True
    assert of_kind(plan, "BackupSchedule", "drill") == {}


@pytest.mark.parametrize(
    ("knob", "value"),
    [("full", "tidb"), ("log", "2026-11-01"), ("until", "2026-11-20 08:30:00"), ("until", "2026-11-20T08:30:00+01:00")],
)
def test_refused_knobs(knob: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=knob):
        TidbRestoreSpec.from_yaml({**KNOBS, knob: value})


def test_a_living_cluster_is_not_restored_over() -> None:
    def over(around: Surroundings) -> None:
        TidbRestore("over", TidbRestoreArgs(spec=TidbRestoreSpec.from_yaml(KNOBS), into=around.tidb()))

    with pytest.raises(Exception, match="'tidb' was made without restore_from"):
        tidb_plan(over)
