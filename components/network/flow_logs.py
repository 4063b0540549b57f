"""A record of all traffic of a VPC, encrypted with a key of its own and kept for a finite time."""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component, Spec
from components.location import Location
from components.log_group import LogGroup, LogGroupArgs, RetentionDays
from components.network.vpc import Vpc


class AggregationSeconds(IntEnum):
    """Longest time over which EC2 sums up a flow before it records it (EC2 API, CreateFlowLogs)."""

    MINUTE = 60
    TEN_MINUTES = 600


class FlowLogsSpec(Spec):
    """How traffic is recorded."""

    retention_days: RetentionDays = RetentionDays.DAYS_90
    """Days that records are kept; 90 to look back on an incident, longer is dear as every connection makes records."""
    aggregation_seconds: AggregationSeconds = AggregationSeconds.TEN_MINUTES
    """Seconds summed up in one record; ten minutes is EC2's default, a minute costs several times the records."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Wires of FlowLogs."""

    spec: FlowLogsSpec
    """Knobs."""
    vpc: Vpc
    """Network whose traffic is recorded."""
    location: Location
    """Account and region."""
    cluster_name: str
    """Name of the cluster the VPC is for; the log group is named after it."""


class FlowLogs(Component, token="meridian:network:FlowLogs"):
    """A flow log of accepted and rejected traffic into a CloudWatch log group (VPC user guide, publish flow logs to CloudWatch Logs)."""

    log_group_name: str
    """Name of the log group, known beforehand because key policy and role name it."""
    log_group_arn: pulumi.Output[str]
    """ARN of the log group."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        records = LogGroup(
            f"{name}-records",
            LogGroupArgs(
                location=args.location,
                log_group_name=f"/aws/vpc/{args.cluster_name}/flow-logs",
                purpose=f"Flow logs of {args.cluster_name}",
                retention=args.spec.retention_days,
            ),
            self.child,
        )
        self.log_group_name, self.log_group_arn = records.log_group_name, records.arn
        role, permission = self._role(name, args.location)
        aws.ec2.FlowLog(
            f"{name}-all",
            vpc_id=args.vpc.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=records.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=args.spec.aggregation_seconds.value,
            tags={"Name": args.cluster_name},
            opts=self.after(permission),
        )
        self._seal()

    def _role(self, name: str, location: Location) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role = aws.iam.Role(f"{name}-writer", assume_role_policy=json.dumps(_trust(location)), opts=self.child)
        permission = aws.iam.RolePolicy(
            f"{name}-writing", role=role.name, policy=json.dumps(_permission(location, self.log_group_name)), opts=self.child
        )
        return role, permission


def _trust(location: Location) -> dict[str, Any]:
    """The service for this account's flow logs only, so that no other account can borrow it (VPC user guide, confused deputy)."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": location.account_id},
            "ArnLike": {"aws:SourceArn": location.arn("ec2", "vpc-flow-log/*")},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _permission(location: Location, log_group_name: str) -> dict[str, Any]:
    """What delivery calls; CreateLogGroup is left out because the group exists."""
    group = location.arn("logs", f"log-group:{log_group_name}")
    writing = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        "Resource": [group, f"{group}:*"],
    }
    finding = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": location.arn("logs", "log-group:*")}
    return {"Version": "2012-10-17", "Statement": [writing, finding]}
