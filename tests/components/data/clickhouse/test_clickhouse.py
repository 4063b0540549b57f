"""ClickHouse as a whole: what it makes, in which order, and what it refuses."""

import itertools
from typing import Any

import pytest

from components import catalog
from components.catalog import Chart
from components.data.clickhouse import clickhouse as module
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from policies.core.verdict import UNKNOWN
from tests.components.cluster.surroundings import ZONES
from tests.components.data.clickhouse.surroundings import INSTALLATION, KEEPER, clickhouse_plan, default_plan

RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_deletion_goes_jobs_installation_keeper_operator_secrets_namespace_nodes(plan: Plan) -> None:
    order = [
        plan["clickhouse-databases"],
        plan.find(INSTALLATION, "clickhouse-installation"),
        plan.find(KEEPER, "clickhouse-keeper"),
        plan.find(RELEASE, "clickhouse-operator-chart"),
        plan.find("kubernetes:external-secrets.io/v1:ExternalSecret", "clickhouse-operator-access"),
        plan["clickhouse-namespace-namespace"],
        plan["data-nodes-euw1-az1"],
    ]
    for earlier, later in itertools.pairwise(order):
        assert later.urn in plan.depends(earlier), f"{earlier.name} must be deleted before {later.name}"


def test_the_installation_waits_for_all_it_needs(plan: Plan) -> None:
    needed = {plan.by_urn[urn].name for urn in plan.depends(plan.find(INSTALLATION, "clickhouse-installation"))}
    assert {"clickhouse-server-certificate", "clickhouse-keeper-certificate", "clickhouse-users"} <= needed
    assert {"clickhouse-access-account", "clickhouse-access-role", "bucket-encryption", "storage-gp3-db", "storage-gp3-cache"} <= needed


def test_both_are_finished_when_the_operator_says_completed(plan: Plan) -> None:
    for token, name in ((INSTALLATION, "clickhouse-installation"), (KEEPER, "clickhouse-keeper")):
        metadata = plan.find(token, name).inputs["metadata"]
        assert metadata["annotations"] == {"pulumi.com/waitFor": "jsonpath={.status.status}=Completed"}
        assert (metadata["name"], metadata["namespace"]) == ("clickhouse", "clickhouse")


def test_production_is_protected_and_development_is_not(plan: Plan) -> None:
    small = clickhouse_plan(profile="development", replicas=1, shards=1, keeper={"members": 1})
    for token, name in ((INSTALLATION, "clickhouse-installation"), (KEEPER, "clickhouse-keeper")):
        assert plan.find(token, name).options.protect is True
        assert not small.find(token, name).options.protect


def test_outputs_say_where_and_as_whom(plan: Plan) -> None:
    (row,) = plan.of_type("meridian:data:ClickHouse")
    assert row.outputs == {
        "namespace": "clickhouse",
        "sql_host": "clickhouse-clickhouse.clickhouse.svc.cluster.local",
        "users_secret": "clickhouse-users",
    }


def test_the_role_is_for_this_account_and_this_part_of_the_bucket(plan: Plan) -> None:
    policy = plan.find("aws:iam/policy:Policy", "clickhouse-access-role-bucket").inputs["policy"]
    assert "meridian-data-eu-west-1/clickhouse/*" in policy
    trust = plan.find("aws:iam/role:Role", "clickhouse-access-role").inputs["assumeRolePolicy"]
    assert "system:serviceaccount:clickhouse:clickhouse" in trust


def test_a_preview_knows_every_manifest() -> None:
    made = clickhouse_plan(mode="preview")
    for token, name in ((INSTALLATION, "clickhouse-installation"), (KEEPER, "clickhouse-keeper")):
        assert UNKNOWN not in str(made.find(token, name).inputs)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"zones": ZONES[:2]}, "Keeper's quorum needs 3"),
        ({"replicas": 4}, "replicas: 4: each lies in a zone of its own, and there are 3"),
        ({"backup": {"rpo_minutes": 5}}, "rpo_minutes: 5: clickhouse-backup makes increments every 15 minutes"),
    ],
)
def test_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ProgramFailed, match=said):
        clickhouse_plan(**arguments)


def test_an_operator_that_loses_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = catalog.chart

    class Older:
        @staticmethod
        def chart(name: str) -> Chart:
            return real(name).model_copy(update={"version": "0.26.1"}) if name == "altinity-clickhouse-operator" else real(name)

    monkeypatch.setattr(module, "catalog", Older)
    with pytest.raises(ProgramFailed, match=r"altinity-clickhouse-operator: 0\.26\.1: .*#1935.* take 0\.26\.2 or later"):
        clickhouse_plan()
