"""Databases of the workloads."""

from components.data.clickhouse.databases import script, statements, ttl
from components.data.clickhouse.spec import ClickHouseSpec, DatabaseSpec
from tests.components.data.clickhouse.surroundings import clickhouse_plan


def test_rows_move_and_go() -> None:
    clause = ttl("event_time", DatabaseSpec(hot_days=14, keep_days=90))
    assert clause == "TTL event_time + INTERVAL 14 DAY TO VOLUME 'cold', event_time + INTERVAL 90 DAY DELETE"


def test_each_database_is_made_everywhere_and_says_what_its_tables_take() -> None:
    lines = statements(ClickHouseSpec()).splitlines()
    assert [line.split()[5] for line in lines] == ["realtime", "archive", "reports"]
    assert lines[1] == (
        "CREATE DATABASE IF NOT EXISTS archive ON CLUSTER '{cluster}' COMMENT 'SETTINGS storage_policy = ''tiered'' "
        "TTL <time> + INTERVAL 1 DAY TO VOLUME ''cold'', <time> + INTERVAL 2555 DAY DELETE';"
    )


def test_the_shell_leaves_the_statements_alone() -> None:
    text = script(ClickHouseSpec())
    assert "<<'SQL'\n" in text  # quoted: no variable is replaced within
    assert text.endswith("\nSQL\n")
    assert "--host clickhouse-clickhouse.clickhouse.svc.cluster.local" in text


def test_the_job_is_made_anew_when_the_databases_change() -> None:
    more = {"realtime": {"hot_days": 1, "keep_days": 2}, "extra": {"hot_days": 1, "keep_days": 2}}
    plan = clickhouse_plan(databases=more)
    job = plan["clickhouse-databases"].inputs
    assert "name" not in job["metadata"]  # auto-named, as a Job's template cannot be changed
    env = {row["name"]: row.get("value") for row in job["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert (env["DATABASES"], env["CLICKHOUSE_USER"]) == ("realtime extra", "administrator")
    assert "extra" in plan.find("kubernetes:core/v1:ConfigMap", "clickhouse-client").inputs["data"]["databases.sh"]
