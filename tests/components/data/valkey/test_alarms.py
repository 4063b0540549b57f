"""Alarms: every node is watched for every symptom of its kind of cache, and somebody is told."""

import pytest

from components.data.valkey.alarms import ALWAYS, LOGGED, REPLICATED, SECONDARY
from components.data.valkey.spec import QueryCacheSpec, SessionCacheSpec
from meridian.plan import Plan
from tests.components.cluster.surroundings import CLUSTER
from tests.components.data.valkey.caches import ALARM, TOPIC, cache_plan

DOCUMENTED = {
    "CPUUtilization",
    "DatabaseMemoryUsagePercentage",
    "DurabilityLag",
    "EngineCPUUtilization",
    "Evictions",
    "GlobalDatastoreReplicationLag",
    "ReplicationLag",
    "SwapUsage",
    "TrafficManagementActive",
}
"""ElastiCache user guide: host-level metrics, metrics for Valkey and Redis OSS, Durability: monitoring."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cache_plan(SessionCacheSpec, node_type="cache.m7g.large", demand={"memory_gib": 5})


def measured(plan: Plan, alarm: str) -> list[dict[str, object]]:
    return [query["metric"] for query in plan[alarm].inputs["metricQueries"] if "metric" in query]


def test_metrics_are_those_elasticache_publishes() -> None:
    assert {symptom.metric for table in (ALWAYS, REPLICATED, LOGGED, SECONDARY) for symptom in table.values()} == DOCUMENTED


def test_a_durable_cache_has_an_alarm_for_each_symptom_and_shard(plan: Plan) -> None:
    expected = {f"cache-{alarm}-{shard}" for table in (ALWAYS, REPLICATED, LOGGED) for alarm in table for shard in ("0001", "0002")}
    assert {alarm.name for alarm in plan.of_type(ALARM)} == expected


def test_a_cache_without_log_or_replicas_has_no_alarm_on_them() -> None:
    alone = cache_plan(QueryCacheSpec, replicas=0)
    assert {alarm.name for alarm in alone.of_type(ALARM)} == {f"cache-{alarm}-0001" for alarm in ALWAYS}


def test_an_alarm_looks_at_every_node_of_its_shard(plan: Plan) -> None:
    """Roles move at a failover, so the primary's metric has no node of its own."""
    assert [metric["dimensions"] for metric in measured(plan, "cache-memory-0002")] == [
        {"CacheClusterId": f"{CLUSTER}-session-0002-{node}", "CacheNodeId": "0001"} for node in ("001", "002", "003")
    ]
    (worst,) = [query for query in plan["cache-memory-0002"].inputs["metricQueries"] if query.get("returnData")]
    assert worst["expression"] == "MAX([node001, node002, node003])"


def test_no_alarm_has_more_metrics_than_cloudwatch_takes() -> None:
    """Ten in metric maths (CloudWatch quotas); a shard has six nodes at most."""
    most = cache_plan(QueryCacheSpec, replicas=5)
    assert max(len(alarm.inputs["metricQueries"]) for alarm in most.of_type(ALARM)) == 7


@pytest.mark.parametrize(
    ("alarm", "metric", "threshold"),
    [("memory", "DatabaseMemoryUsagePercentage", 80), ("engine-cpu", "EngineCPUUtilization", 90), ("evictions", "Evictions", 0)],
)
def test_thresholds(plan: Plan, alarm: str, metric: str, threshold: float) -> None:
    made = plan[f"cache-{alarm}-0001"]
    assert (made.inputs["threshold"], made.inputs["comparisonOperator"]) == (threshold, "GreaterThanThreshold")
    assert {row["metricName"] for row in measured(plan, f"cache-{alarm}-0001")} == {metric}
    assert {row["namespace"] for row in measured(plan, f"cache-{alarm}-0001")} == {"AWS/ElastiCache"}


def test_the_topic_is_told_of_trouble_and_of_its_end(plan: Plan) -> None:
    for alarm in plan.of_type(ALARM):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC]
