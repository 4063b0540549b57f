"""FlowLogs: all traffic, encrypted, for a finite time, written by a role that can do nothing else."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import botocore
import pytest
from pydantic import ValidationError

from components.log_group import RetentionDays
from components.network.flow_logs import FlowLogs, FlowLogsArgs, FlowLogsSpec
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.network.network import LOCATION, vpc
from tests.deploy import deploy

GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vpc/meridian-eu-west-1/flow-logs"


def build(cluster_name: str = "meridian-eu-west-1", **knobs: Any) -> FlowLogs:
    spec = FlowLogsSpec.from_yaml(knobs)
    return FlowLogs("flow-logs", FlowLogsArgs(spec=spec, vpc=vpc(), location=LOCATION, cluster_name=cluster_name))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(build)


def document(plan: Plan, name: str, key: str) -> Any:
    return json.loads(plan[name].inputs[key])


def test_all_traffic_of_the_vpc_is_recorded(plan: Plan) -> None:
    log = plan["flow-logs-all"].inputs
    assert log["trafficType"] == "ALL"
    assert log["vpcId"] == plan["network-vpc"].id
    assert log["logDestinationType"] == "cloud-watch-logs"
    assert log["logDestination"] == plan["flow-logs-records-group"].outputs["arn"]
    assert log["iamRoleArn"] == plan["flow-logs-writer"].outputs["arn"]
    assert log["maxAggregationInterval"] == 600


def test_records_are_encrypted_and_expire(plan: Plan) -> None:
    group, key = plan["flow-logs-records-group"], plan.find("aws:kms/key:Key", "flow-logs-records-key")
    assert group.inputs["kmsKeyId"] == key.outputs["arn"]
    assert group.inputs["retentionInDays"] == 90
    assert GROUP.endswith(group.inputs["name"])


def test_the_key_serves_this_log_group_only(plan: Plan) -> None:
    key = plan.find("aws:kms/key:Key", "flow-logs-records-key")
    (grant,) = [one for one in json.loads(key.inputs["policy"])["Statement"] if "Service" in one["Principal"]]
    assert grant["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert grant["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}}


def test_only_this_accounts_flow_logs_take_the_role(plan: Plan) -> None:
    (trust,) = document(plan, "flow-logs-writer", "assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*"},
    }


def test_the_role_writes_to_this_log_group_only(plan: Plan) -> None:
    writing, finding = document(plan, "flow-logs-writing", "policy")["Statement"]
    assert writing["Resource"] == [GROUP, f"{GROUP}:*"]
    assert set(writing["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"}
    assert (finding["Action"], finding["Resource"]) == ("logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:123456789012:log-group:*")


def test_recording_starts_when_it_may_write(plan: Plan) -> None:
    assert plan["flow-logs-writing"].urn in plan["flow-logs-all"].dependencies


def test_documents_are_known_in_a_preview() -> None:
    plan = deploy(build, "preview")
    assert document(plan, "flow-logs-writing", "policy")
    assert plan["flow-logs-records-group"].inputs["name"] == "/aws/vpc/meridian-eu-west-1/flow-logs"
    assert set(plan["flow-logs"].inputs) <= {"log_group_name", "log_group_arn"}


def test_retention_is_what_cloudwatch_logs_takes() -> None:
    """Values of PutRetentionPolicy as its API model lists them; 0, for ever, is none."""
    model = Path(botocore.__file__).parent / "data/logs/2014-03-28/service-2.json.gz"
    said = json.loads(gzip.decompress(model.read_bytes()))["shapes"]["Days"]["documentation"]
    values = said.split("Possible values are:")[1].split(".")[0]
    assert {days.value for days in RetentionDays} == {int(number) for number in re.findall(r"\d+", values)}


def test_knobs_reach_the_log() -> None:
    plan = deploy(lambda: build(retention_days=30, aggregation_seconds=60))
    assert plan["flow-logs-records-group"].inputs["retentionInDays"] == 30
    assert plan["flow-logs-all"].inputs["maxAggregationInterval"] == 60


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": 91}, "retention_days"),
        ({"aggregation_seconds": 30}, "aggregation_seconds"),
    ],
)
def test_a_wrong_knob_is_refused_by_name(knobs: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        build(**knobs)


def test_a_log_group_name_that_aws_refuses_is_refused_first() -> None:
    with pytest.raises(ProgramFailed, match=r"CloudWatch log group name '/aws/vpc/a b/flow-logs' must match"):
        deploy(lambda: build("a b"))
