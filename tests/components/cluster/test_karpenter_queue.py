"""The interruption queue: who may write, how long events live, and which events come."""

import json

import pytest

from components.cluster.karpenter_queue import InterruptionQueue, InterruptionQueueArgs
from components.location import Location
from meridian.plan import Plan
from policies.core.verdict import UNKNOWN
from tests.deploy import deploy

LOCATION = Location(account_id="111122223333", region="eu-west-1")
DETAILS = {
    "AWS Health Event",
    "EC2 Spot Instance Interruption Warning",
    "EC2 Instance Rebalance Recommendation",
    "EC2 Instance State-change Notification",
    "EC2 Capacity Reservation Instance Interruption Warning",
}


def plan(mode: str = "update") -> Plan:
    return deploy(lambda: InterruptionQueue("events", InterruptionQueueArgs(location=LOCATION, queue_name="meridian-karpenter")), mode=mode)


def test_queue_is_encrypted_and_forgets_after_five_minutes() -> None:
    (queue,) = plan().of_type("aws:sqs/queue:Queue")
    assert queue.inputs == {"name": "meridian-karpenter", "messageRetentionSeconds": 300, "sqsManagedSseEnabled": True}


@pytest.mark.parametrize("mode", ["update", "preview"])
def test_policy_is_known_and_lets_only_rules_of_the_account_in_over_tls(mode: str) -> None:
    (made,) = plan(mode).of_type("aws:sqs/queuePolicy:QueuePolicy")
    assert made.inputs["policy"] != UNKNOWN
    allow, deny = json.loads(made.inputs["policy"])["Statement"]
    assert (allow["Principal"], allow["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert allow["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:events:eu-west-1:111122223333:rule/*"}}
    assert allow["Resource"] == deny["Resource"] == "arn:aws:sqs:eu-west-1:111122223333:meridian-karpenter"
    assert (deny["Effect"], deny["Principal"], deny["Condition"]) == ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}})


def test_five_rules_fill_it() -> None:
    made = plan()
    rules = made.of_type("aws:cloudwatch/eventRule:EventRule")
    patterns = [json.loads(rule.inputs["eventPattern"]) for rule in rules]
    assert {detail for pattern in patterns for detail in pattern["detail-type"]} == DETAILS
    assert len(rules) == 5
    assert {source for pattern in patterns for source in pattern["source"]} == {"aws.health", "aws.ec2"}
    targets = made.of_type("aws:cloudwatch/eventTarget:EventTarget")
    queue = made.find("aws:sqs/queue:Queue", "events").outputs["arn"]
    assert {target.inputs["arn"] for target in targets} == {queue}
    assert {target.inputs["rule"] for target in targets} == {rule.outputs["name"] for rule in rules}


def test_a_name_that_sqs_refuses_is_refused() -> None:
    with pytest.raises(Exception, match=r"SQS queue name .* at most 80"):
        deploy(lambda: InterruptionQueue("events", InterruptionQueueArgs(location=LOCATION, queue_name="q" * 81)))
