"""Rights of the backup jobs, as the operator's release lists them, and budgets that never say zero."""

import pulumi
import pytest

from components.data.tidb.access import backup_rights, disruption_budgets
from components.data.tidb.contract import Part
from meridian.plan import Plan
from tests.deploy import deploy


@pytest.fixture(scope="module")
def plan() -> Plan:
    def build() -> None:
        backup_rights("tidb-backup", "tidb", pulumi.ResourceOptions())
        disruption_budgets("tidb", "tidb", "tidb", (Part.PD, Part.TIKV), pulumi.ResourceOptions())

    return deploy(build)


def test_jobs_may_write_their_own_state_only(plan: Plan) -> None:
    events, own = plan["tidb-backup-role"].inputs["rules"]
    assert (events["resources"], own["apiGroups"]) == (["events"], ["pingcap.com"])
    assert set(own["resources"]) == {"backups", "restores", "compactbackups"}
    assert not {"*", "delete", "create"} & set(own["verbs"])
    assert "*" not in events["verbs"]


def test_the_binding_joins_role_and_account(plan: Plan) -> None:
    binding = plan["tidb-backup-binding"].inputs
    assert binding["roleRef"]["name"] == plan["tidb-backup-role"].inputs["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "tidb-backup-manager", "namespace": "tidb"}]


def test_a_drain_takes_one_and_is_never_stopped_for_good(plan: Plan) -> None:
    assert {r.inputs["spec"]["maxUnavailable"] for r in plan.of_type("kubernetes:policy/v1:PodDisruptionBudget")} == {1}
