"""Global caches: who may be a member, what each member is asked for, and in what order they come and go."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.catalog.cache_nodes import NodeFeature, cache_node
from components.data.valkey.caches import replication_group_id
from components.data.valkey.global_cache import GOVERNED, GlobalCache, GlobalCacheArgs, GlobalCacheSpec, global_cache_faults
from components.data.valkey.group import Placement
from components.data.valkey.spec import SessionCacheSpec
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from policies.core.verdict import UNKNOWN
from tests.components.data.valkey.caches import ALARM, REPLICATION_GROUP
from tests.deploy import deploy

EUROPE: dict[str, Any] = {"primary": "eu-west-1", "secondaries": ["eu-central-1", "eu-west-2"]}
DATASTORE = "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"


def placement(region: str, identifier: str | None = None) -> Placement:
    return Placement(
        replication_group_id=identifier or replication_group_id(f"meridian-{region}", "global"),
        key_arn=f"arn:aws:kms:{region}:111122223333:key/data",
        security_group_id=f"sg-{region}",
        subnet_group_name=f"subnets-{region}",
        parameter_group_name=f"parameters-{region}",
        user_group_id=f"users-{region}",
        log_group_name=f"/aws/vendedlogs/elasticache/meridian-{region}-global",
        alarm_topic_arn=f"arn:aws:sns:{region}:111122223333:alarms",
    )


def global_plan(mode: str = "update", placements: dict[str, Placement] | None = None, **knobs: Any) -> Plan:
    spec = GlobalCacheSpec.from_yaml({**EUROPE, **knobs})
    everywhere = {region: placement(region) for region in spec.regions} if placements is None else placements
    return deploy(lambda: GlobalCache("query", GlobalCacheArgs(spec=spec, placements=everywhere, suffix="meridian-query")), mode=mode)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return global_plan()


def test_each_member_lies_in_its_region_under_an_id_that_says_so(plan: Plan) -> None:
    """Equal ids in two regions hang the destruction (hashicorp/terraform-provider-aws#38919)."""
    members = plan.of_type(REPLICATION_GROUP)
    assert {member.inputs["region"] for member in members} == {"eu-west-1", "eu-central-1", "eu-west-2"}
    for member in members:
        region = member.inputs["region"]
        assert member.inputs["replicationGroupId"] == f"meridian-{region}-global"
        assert member.inputs["kmsKeyId"] == f"arn:aws:kms:{region}:111122223333:key/data"
        assert member.inputs["userGroupIds"] == [f"users-{region}"]
        assert member.inputs["subnetGroupName"] == f"subnets-{region}"


def test_only_the_primary_says_what_all_have(plan: Plan) -> None:
    """What a secondary must not name (hashicorp/terraform-provider-aws#24854)."""
    governed = {*GOVERNED, "atRestEncryptionEnabled", "transitEncryptionEnabled", "transitEncryptionMode", "durability", "authToken"}
    assert set(GOVERNED) <= set(plan["query-eu-west-1"].inputs)
    for region in ("eu-central-1", "eu-west-2"):
        assert not governed & set(plan[f"query-{region}"].inputs)
        assert plan[f"query-{region}"].inputs["globalReplicationGroupId"] == plan["query-datastore"].outputs["globalReplicationGroupId"]
    assert "globalReplicationGroupId" not in plan["query-eu-west-1"].inputs


def test_version_node_type_and_shards_change_on_the_datastore_only(plan: Plan) -> None:
    datastore, primary = plan["query-datastore"].inputs, plan["query-eu-west-1"]
    assert (datastore["engine"], datastore["engineVersion"]) == ("valkey", "9.0")
    assert (datastore["cacheNodeType"], datastore["numNodeGroups"]) == ("cache.r7g.large", 1)
    assert set(primary.options.ignore_changes) == {*GOVERNED, "snapshotName"}
    assert "parameterGroupName" not in datastore  # refused but for a major upgrade
    raised = global_plan(major_upgrade_parameters="default.valkey9.cluster.on")
    assert raised["query-datastore"].inputs["parameterGroupName"] == "default.valkey9.cluster.on"


def test_secondaries_follow_the_datastore_and_that_the_primary(plan: Plan) -> None:
    """Deletion goes the other way: a datastore with secondaries cannot be deleted, nor a primary before its datastore."""
    datastore = plan["query-datastore"]
    assert datastore.property_dependencies["primaryReplicationGroupId"] == (plan["query-eu-west-1"].urn,)
    for region in ("eu-central-1", "eu-west-2"):
        assert plan[f"query-{region}"].property_dependencies["globalReplicationGroupId"] == (datastore.urn,)


def test_secondaries_are_watched_for_their_lag_in_their_own_region(plan: Plan) -> None:
    lags = [alarm for alarm in plan.of_type(ALARM) if "global-lag" in alarm.name]
    assert {alarm.inputs["region"] for alarm in lags} == {"eu-central-1", "eu-west-2"}
    for alarm in plan.of_type(ALARM):
        assert alarm.inputs["alarmActions"] == [f"arn:aws:sns:{alarm.inputs['region']}:111122223333:alarms"]


def test_clients_of_each_region_have_an_endpoint_there(plan: Plan) -> None:
    endpoints = plan["query"].outputs["endpoints"]
    assert {region: host.split(".")[3] for region, host in endpoints.items()} == {region: region for region in endpoints}
    assert set(endpoints) == {"eu-west-1", "eu-central-1", "eu-west-2"}


def test_a_preview_knows_everything_but_the_datastores_id() -> None:
    plan = global_plan(mode="preview")
    for member in plan.of_type(REPLICATION_GROUP):
        assert {key for key, value in member.inputs.items() if value == UNKNOWN} <= {"globalReplicationGroupId"}


def test_what_is_global_cannot_be_durable() -> None:
    with pytest.raises(ValidationError, match="durability: a global cache is never durable"):
        GlobalCacheSpec.from_yaml({**EUROPE, "durability": "sync"})
    assert not issubclass(GlobalCacheSpec, SessionCacheSpec)
    assert not issubclass(SessionCacheSpec, GlobalCacheSpec)
    assert "durability" not in GlobalCacheSpec.model_fields
    assert not {"primary", "secondaries"} & set(SessionCacheSpec.model_fields)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"secondaries": ["eu-central-1", "eu-west-2", "us-east-1"]}, "at most 2 items"),
        ({"secondaries": []}, "at least 1 item"),
        ({"secondaries": ["eu-west-1"]}, "secondaries: eu-west-1 named twice"),
        ({"replicas": 0}, "greater than or equal to 1"),
        ({"node_type": "cache.t4g.medium"}, "cache.t4g.medium has no global datastore; families that have it: m7g"),
        ({"snapshot_retention_days": 1}, "greater than or equal to 7"),
    ],
)
def test_what_a_datastore_refuses_is_refused(knobs: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        GlobalCacheSpec.from_yaml({**EUROPE, **knobs})


@pytest.mark.parametrize("secondary", ["us-east-1", "ap-south-1", "ap-east-1"])
def test_personal_data_of_the_union_stays_where_it_may_be(secondary: str) -> None:
    """research: no edge from the EU to the US, India or Hong Kong without a basis of its own."""
    (said,) = global_cache_faults(GlobalCacheSpec.from_yaml({**EUROPE, "secondaries": [secondary]}))
    assert said.startswith(f"secondaries: personal data of eu-west-1 may not be copied to {secondary}; regions it may go to: ")
    assert "eu-central-1" in said


def test_data_of_no_person_may_go_anywhere() -> None:
    spec = GlobalCacheSpec.from_yaml({**EUROPE, "secondaries": ["us-east-1"], "data_class": "operational"})
    assert list(global_cache_faults(spec)) == []


def test_a_member_where_data_may_not_go_is_never_registered() -> None:
    with pytest.raises(ProgramFailed, match="'query': secondaries: personal data of eu-west-1 may not be copied to ap-south-1"):
        global_plan(secondaries=["ap-south-1"])


def test_regions_that_are_not_there_are_named() -> None:
    (said,) = global_cache_faults(GlobalCacheSpec.from_yaml({**EUROPE, "secondaries": ["eu-north-9"]}))
    assert said.startswith("regions: eu-north-9 not in the catalogue; known are ap-east-1")


def test_one_node_type_that_every_region_offers() -> None:
    spec = GlobalCacheSpec.from_yaml({"primary": "ap-southeast-1", "secondaries": ["ap-east-1"], "data_class": "public"})
    assert spec.layout(*spec.regions).node.name == "cache.r6g.large"
    asked = GlobalCacheSpec.from_yaml({**spec.model_dump(mode="json"), "node_type": "cache.r7g.large"})
    assert list(global_cache_faults(asked)) == [
        "node_type: cache.r7g.large is not offered in ap-southeast-1, ap-east-1; families offered there: m6g, r6g"
    ]
    assert NodeFeature.GLOBAL_DATASTORE in cache_node("cache.r7g.large").features


def test_every_region_needs_a_placement_whose_id_names_it() -> None:
    with pytest.raises(ProgramFailed, match="placements: for eu-west-1, but the regions are eu-west-1, eu-central-1, eu-west-2"):
        global_plan(placements={"eu-west-1": placement("eu-west-1")})
    same = {region: placement(region, "meridian-global") for region in ("eu-west-1", "eu-central-1", "eu-west-2")}
    with pytest.raises(ProgramFailed, match="placements: meridian-global does not name eu-central-1: put the region into the id"):
        global_plan(placements=same)


def test_every_member_is_protected(plan: Plan) -> None:
    assert all(member.options.protect for member in plan.of_type(REPLICATION_GROUP))


def test_there_is_one_datastore(plan: Plan) -> None:
    assert [datastore.inputs["globalReplicationGroupIdSuffix"] for datastore in plan.of_type(DATASTORE)] == ["meridian-query"]
