"""Caches in the small region of the cluster's tests, as the tests of their parts need them."""

from typing import Any

from components.data.valkey.cache import Cache, CacheArgs
from components.data.valkey.spec import CacheSpec
from meridian.plan import Plan
from tests.components.cluster.surroundings import CLUSTER, KEY, Region, region_plan

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"


def cache(region: Region, kind: type[CacheSpec], **knobs: Any) -> Cache:
    """A cache with these knobs, as YAML spells them."""
    args = CacheArgs(
        spec=kind.from_yaml(knobs),
        vpc=region.vpc,
        location=region.cluster.location,
        cluster_name=CLUSTER,
        key_arn=KEY,
        client_security_group_id=region.cluster.security_group_id,
        alarm_topic_arn=TOPIC,
    )
    return Cache("cache", args)


def cache_plan(kind: type[CacheSpec], mode: str = "update", **knobs: Any) -> Plan:
    """The Plan of a region with that cache."""
    return region_plan(lambda region: cache(region, kind, **knobs), mode=mode)
