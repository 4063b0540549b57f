"""A cache as a whole: what ElastiCache is asked for, in what order, how it is reached, and what is refused."""

import pytest

from components.data.valkey.spec import ApplicationCacheSpec, CacheSpec, QueryCacheSpec, SessionCacheSpec
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from policies.core.verdict import UNKNOWN
from tests.components.cluster.surroundings import CLUSTER, KEY, region_plan
from tests.components.data.valkey.caches import ALARM, REPLICATION_GROUP, cache, cache_plan


@pytest.fixture(scope="module")
def session() -> Plan:
    return cache_plan(SessionCacheSpec)


def test_a_session_cache_loses_nothing(session: Plan) -> None:
    inputs = session["cache-valkey"].inputs
    assert inputs["durability"] == "sync"
    assert inputs["engineVersion"] == "9.0"
    assert inputs["snapshotRetentionLimit"] >= 7
    assert inputs["finalSnapshotIdentifier"] == f"{CLUSTER}-session-final"
    assert session["cache-valkey"].options.protect
    assert "globalReplicationGroupId" not in inputs


@pytest.mark.parametrize("kind", [QueryCacheSpec, ApplicationCacheSpec])
def test_a_cache_that_can_be_computed_again_is_not_durable_but_protected(kind: type[CacheSpec]) -> None:
    group = cache_plan(kind)["cache-valkey"]
    assert "durability" not in group.inputs
    assert group.options.protect


def test_a_snapshot_is_what_a_new_cache_starts_from_and_never_why_one_is_replaced(session: Plan) -> None:
    """`snapshot_name` replaces the cache when it changes (pulumi_aws): after a restore the knob can go again."""
    restored = cache_plan(SessionCacheSpec, restore_from=f"{CLUSTER}-session-final")["cache-valkey"]
    assert restored.inputs["snapshotName"] == session["cache-valkey"].inputs["finalSnapshotIdentifier"]
    assert "snapshotName" in restored.options.ignore_changes
    assert "snapshotName" in session["cache-valkey"].options.ignore_changes


@pytest.mark.parametrize("kind", [SessionCacheSpec, QueryCacheSpec, ApplicationCacheSpec])
def test_every_cache_is_encrypted_redundant_and_behind_users(kind: type[CacheSpec]) -> None:
    """Security Hub ElastiCache.1, .2, .3, .4, .5, .6, .7; Checkov CKV_AWS_29, 30, 31, 191, CKV2_AWS_50."""
    plan = cache_plan(kind)
    inputs = plan["cache-valkey"].inputs
    assert (inputs["engine"], inputs["clusterMode"]) == ("valkey", "enabled")
    assert (inputs["atRestEncryptionEnabled"], inputs["kmsKeyId"]) == (True, KEY)
    assert (inputs["transitEncryptionEnabled"], inputs["transitEncryptionMode"]) == (True, "required")
    assert (inputs["multiAzEnabled"], inputs["automaticFailoverEnabled"], inputs["replicasPerNodeGroup"]) == (True, True, 2)
    assert inputs["userGroupIds"] == [plan["cache-site-users-group"].outputs["userGroupId"]]
    assert inputs["autoMinorVersionUpgrade"] is True
    assert inputs["subnetGroupName"] == plan["cache-site-subnets"].outputs["name"]
    assert inputs["parameterGroupName"] == plan["cache-site-parameters"].outputs["name"]
    assert set(plan["cache-valkey"].property_dependencies["securityGroupIds"]) == {plan["cache-site-nodes"].urn}
    delivered = {log["logType"]: (log["logFormat"], log["destination"]) for log in inputs["logDeliveryConfigurations"]}
    assert delivered == dict.fromkeys(("slow-log", "engine-log"), ("json", plan["cache-site-logs-group"].inputs["name"]))


def test_the_log_group_is_there_before_the_cache_and_alarms_come_after_it(session: Plan) -> None:
    """The cache names its log group by a plain string: only an explicit edge orders them."""
    group = session["cache-valkey"]
    assert session["cache-site-logs-group"].urn in group.dependencies
    assert all(group.urn in alarm.dependencies for alarm in session.of_type(ALARM))


def test_it_is_reached_by_one_name_over_the_port_of_the_security_group(session: Plan) -> None:
    outputs = session["cache"].outputs
    assert outputs["endpoint"] == session["cache-valkey"].outputs["configurationEndpointAddress"]
    assert outputs["endpoint"].startswith(f"clustercfg.{CLUSTER}-session.")
    assert outputs["port"] == session["cache-valkey"].inputs["port"] == session["cache-site-from-cluster"].inputs["toPort"] == 6379
    assert outputs["user_ids"] == {"app": f"{CLUSTER}-session-app", "reader": f"{CLUSTER}-session-reader"}


def test_a_preview_knows_all_but_what_aws_names() -> None:
    inputs = cache_plan(SessionCacheSpec, mode="preview")["cache-valkey"].inputs
    unknown = {key for key, value in inputs.items() if UNKNOWN in (value if isinstance(value, list) else [value])}
    assert unknown <= {"securityGroupIds", "subnetGroupName", "parameterGroupName", "userGroupIds"}


def test_shards_follow_the_demand() -> None:
    inputs = cache_plan(QueryCacheSpec, demand={"memory_gib": 100})["cache-valkey"].inputs
    assert (inputs["nodeType"], inputs["numNodeGroups"]) == ("cache.r7g.xlarge", 7)


def test_a_role_gets_the_right_to_connect_as_one_user() -> None:
    documents = []
    region_plan(lambda region: documents.append(cache(region, QueryCacheSpec).connect_policy("reader")))
    ((statement,),) = [document["Statement"] for document in documents]
    assert statement["Resource"][1].endswith(f":user:{CLUSTER}-query-reader")


def test_a_user_that_is_not_there_is_named() -> None:
    with pytest.raises(ProgramFailed, match=f"user 'root' is none of {CLUSTER}-query; it has app, reader"):
        region_plan(lambda region: cache(region, QueryCacheSpec).connect_policy("root"))


def test_nothing_is_registered_for_a_cache_that_cannot_be() -> None:
    with pytest.raises(ProgramFailed, match=r"node_type: cache\.r7g\.large is not offered in ap-east-1"):
        region_plan(
            lambda region: cache(region, QueryCacheSpec, node_type="cache.r7g.large"),
            region="ap-east-1",
            zones=("ape1-az1", "ape1-az2", "ape1-az3"),
        )


def test_there_is_one_replication_group(session: Plan) -> None:
    assert [group.name for group in session.of_type(REPLICATION_GROUP)] == ["cache-valkey"]
