"""What wakes somebody up about a cache: one alarm for each symptom and shard, over all nodes of the shard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.data.valkey.sizing import FULL_PERCENT, MIB

NAMESPACE = "AWS/ElastiCache"
NODE = "0001"
"""Id of the one node in each member of a replication group (ElastiCache user guide, CloudWatch metrics: dimensions)."""
PERIOD_SECONDS = 60
"""How often ElastiCache publishes."""


@dataclass(frozen=True)
class Symptom:
    """A metric and where it becomes one."""

    metric: str
    """Name in CloudWatch (ElastiCache user guide, metrics for Valkey and Redis OSS)."""
    statistic: str
    """How the values of a minute are summed up."""
    above: float
    """Threshold, in the metric's own unit."""
    minutes: int
    """How many of them in a row."""
    why: str
    """What it means, as the reader of the alarm shall see it."""


ALWAYS: Mapping[str, Symptom] = {
    "cpu": Symptom("CPUUtilization", "Average", 90, 5, "the host is out of CPU"),
    "engine-cpu": Symptom("EngineCPUUtilization", "Average", 90, 5, "the thread that runs commands is busy: add shards"),
    "memory": Symptom("DatabaseMemoryUsagePercentage", "Average", FULL_PERCENT, 5, "data has outgrown the demand: raise it"),
    "evictions": Symptom("Evictions", "Sum", 0, 5, "keys were dropped before they expired: raise the demand"),
    "swap": Symptom("SwapUsage", "Maximum", 50 * MIB, 5, "the host swaps: latency follows"),
}
"""Alarm -> symptom, for every cache. Thresholds: ElastiCache user guide, which metrics should I monitor."""
REPLICATED: Mapping[str, Symptom] = {
    "replication-lag": Symptom("ReplicationLag", "Maximum", 10, 5, "a replica is seconds behind: a failover would lose them"),
}
"""For caches with replicas."""
LOGGED: Mapping[str, Symptom] = {
    "durability-lag": Symptom("DurabilityLag", "Maximum", 5_000, 3, "writes wait for the transaction log, at 10,000 ms they are refused"),
    "throttled": Symptom("TrafficManagementActive", "Maximum", 0, 3, "more is written than the transaction log takes: add shards"),
}
"""For durable caches (ElastiCache user guide, Durability: monitoring)."""
SECONDARY: Mapping[str, Symptom] = {
    "global-lag": Symptom("GlobalDatastoreReplicationLag", "Maximum", 10, 5, "the region is seconds behind the primary one"),
}
"""For the secondary members of a global cache."""


@dataclass(frozen=True, kw_only=True)
class AlarmArgs:
    """What is watched and who is told."""

    members: Mapping[str, tuple[str, ...]]
    """Shard -> ids of its nodes."""
    symptoms: Iterable[Mapping[str, Symptom]]
    """Tables of symptoms that concern the cache."""
    topic_arn: pulumi.Input[str] | None
    """SNS topic of the same region that is told; nobody is where there is none."""
    region: str | None = None
    """Region of the cache, where it is not the provider's."""


def cache_alarms(name: str, args: AlarmArgs, opts: pulumi.ResourceOptions) -> tuple[aws.cloudwatch.MetricAlarm, ...]:
    """An alarm for each symptom and shard.

    The nodes of a shard share one, as failover moves roles between them, and shards have one each, as ten metrics are the most that an
    alarm on metric maths takes (CloudWatch quotas).
    """
    told = None if args.topic_arn is None else [args.topic_arn]
    return tuple(
        aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm}-{shard}",
            alarm_description=f"{nodes[0].removesuffix('-001')}: {symptom.why}",
            comparison_operator="GreaterThanThreshold",
            threshold=symptom.above,
            evaluation_periods=symptom.minutes,
            metric_queries=_worst(symptom, nodes),
            alarm_actions=told,
            ok_actions=told,
            region=args.region,
            opts=opts,
        )
        for symptoms in args.symptoms
        for alarm, symptom in symptoms.items()
        for shard, nodes in args.members.items()
    )


def _worst(symptom: Symptom, nodes: tuple[str, ...]) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    queries = {f"node{node.rsplit('-', 1)[-1]}": node for node in nodes}
    measured = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=key,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=NAMESPACE,
                metric_name=symptom.metric,
                stat=symptom.statistic,
                period=PERIOD_SECONDS,
                dimensions={"CacheClusterId": node, "CacheNodeId": NODE},
            ),
        )
        for key, node in queries.items()
    ]
    worst = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="worst", expression=f"MAX([{', '.join(queries)}])", label=symptom.metric, return_data=True
    )
    return [worst, *measured]
