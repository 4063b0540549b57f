"""The site of a cache: data subnets of all zones, one way in, parameters by purpose, logs that are encrypted and forgotten."""

import pytest

from components.data.valkey.site import LOGS, PORT
from components.data.valkey.spec import ApplicationCacheSpec, CacheSpec, QueryCacheSpec, SessionCacheSpec
from meridian.plan import Plan
from tests.components.cluster.surroundings import CLUSTER, ZONES
from tests.components.data.valkey.caches import cache_plan
from tests.components.data.valkey.elasticache_api import values


@pytest.fixture(scope="module")
def plan() -> Plan:
    return cache_plan(SessionCacheSpec)


def test_it_lies_in_the_data_subnets_of_every_zone(plan: Plan) -> None:
    subnets = {plan[f"network-data-{zone}"].urn for zone in ZONES}
    assert set(plan["cache-site-subnets"].property_dependencies["subnetIds"]) == subnets


def test_only_the_clusters_security_group_gets_in_and_nothing_gets_out(plan: Plan) -> None:
    group = plan["cache-site-nodes"]
    assert not {"ingress", "egress"} & set(group.inputs)
    inside = [rule for rule in plan if group.urn in rule.property_dependencies.get("securityGroupId", ())]
    (rule,) = inside
    assert rule.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    assert rule.inputs["referencedSecurityGroupId"] == plan["cluster"].outputs["security_group_id"]
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", PORT, PORT)
    assert "cidrIpv4" not in rule.inputs


@pytest.mark.parametrize(
    ("kind", "policy"),
    [(SessionCacheSpec, "noeviction"), (QueryCacheSpec, "allkeys-lfu"), (ApplicationCacheSpec, "allkeys-lru")],
)
def test_parameters_by_purpose(kind: type[CacheSpec], policy: str) -> None:
    """A group of cluster mode says so itself; without a group of our own the default would be one with `volatile-lru`."""
    group = cache_plan(kind)["cache-site-parameters"]
    assert group.inputs["family"] == "valkey9"
    assert {row["name"]: row["value"] for row in group.inputs["parameters"]} == {
        "cluster-enabled": "yes",
        "maxmemory-policy": policy,
        "reserved-memory-percent": "25",
    }


def test_the_family_follows_the_version() -> None:
    assert cache_plan(QueryCacheSpec, engine_version="8.2")["cache-site-parameters"].inputs["family"] == "valkey8"


def test_logs_are_encrypted_finite_and_named_where_delivery_is_free_of_the_policy_limit(plan: Plan) -> None:
    """CloudWatch Logs user guide: log groups under /aws/vendedlogs/ need no statement each in the account's resource policy."""
    group = plan["cache-site-logs-group"]
    assert group.inputs["name"] == f"/aws/vendedlogs/elasticache/{CLUSTER}-session"
    assert group.inputs["retentionInDays"] == 30
    assert group.inputs["kmsKeyId"] == plan.find("aws:kms/key:Key", "cache-site-logs-key").outputs["arn"]
    assert set(LOGS) == values("LogType")


def test_users_are_those_of_the_spec(plan: Plan) -> None:
    assert plan["cache-site-users-group"].inputs["userIds"] == [f"{CLUSTER}-session-app", f"{CLUSTER}-session-reader"]
