"""How Karpenter hears that EC2 will take an instance away: events of the account in a queue that only it reads."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.location import Location
from components.naming import Kind, physical_name

RETENTION_SECONDS = 300
"""An older warning is about an instance that is gone: spot gives two minutes (Karpenter 1.14, reference/cloudformation)."""

EVENTS = {
    "health": ("aws.health", "AWS Health Event"),
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
    "reservation-interruption": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}
"""Rule -> source and detail type of the events that Karpenter 1.14 understands."""


@dataclass(frozen=True, kw_only=True)
class InterruptionQueueArgs:
    """Wires of an InterruptionQueue."""

    location: Location
    """Region whose events are meant."""
    queue_name: str
    """Physical name: the controller's policy and settings name the queue before it exists."""


class InterruptionQueue(Component, token="meridian:cluster:InterruptionQueue"):
    """An encrypted SQS queue, open to EventBridge rules of this account over TLS, and the five rules that fill it."""

    arn: pulumi.Output[str]
    """ARN of the queue."""

    def __init__(self, name: str, args: InterruptionQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        queue = aws.sqs.Queue(
            name,
            name=physical_name(Kind.SQS_QUEUE, args.queue_name),
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=self.child,
        )
        policy = aws.sqs.QueuePolicy(
            f"{name}-policy", queue_url=queue.id, policy=json.dumps(queue_policy(args.location, args.queue_name)), opts=self.child
        )
        targets = [self._target(name, event, queue.arn) for event in EVENTS]
        self.resources: tuple[pulumi.Resource, ...] = (queue, policy, *targets)
        self.arn = queue.arn
        self._seal()

    def _target(self, name: str, event: str, queue_arn: pulumi.Output[str]) -> aws.cloudwatch.EventTarget:
        source, detail = EVENTS[event]
        rule = aws.cloudwatch.EventRule(
            f"{name}-{event}", event_pattern=json.dumps({"source": [source], "detail-type": [detail]}), opts=self.child
        )
        return aws.cloudwatch.EventTarget(f"{name}-{event}-target", rule=rule.name, arn=queue_arn, opts=self.child)


def queue_policy(location: Location, queue_name: str) -> dict[str, Any]:
    """Who may send: EventBridge, for rules of this account and region (confused deputy); nobody in clear text."""
    queue = location.arn("sqs", queue_name)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "EventsOfThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue,
                "Condition": {"ArnLike": {"aws:SourceArn": location.arn("events", "rule/*")}},
            },
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
