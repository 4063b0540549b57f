"""A record of all traffic of a VPC, encrypted with a key of its own and kept for a finite time."""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component, Spec
from components.encryption_key import EncryptionKey, EncryptionKeyArgs, log_group_grant
from components.location import Location
from components.naming import Kind, physical_name
from components.network.vpc import Vpc


class RetentionDays(IntEnum):
    """Days that CloudWatch Logs can keep events for (CloudWatch Logs API, PutRetentionPolicy); `never expires` is left out on purpose."""

    DAYS_1 = 1
    DAYS_3 = 3
    DAYS_5 = 5
    DAYS_7 = 7
    DAYS_14 = 14
    DAYS_30 = 30
    DAYS_60 = 60
    DAYS_90 = 90
    DAYS_120 = 120
    DAYS_150 = 150
    DAYS_180 = 180
    DAYS_365 = 365
    DAYS_400 = 400
    DAYS_545 = 545
    DAYS_731 = 731
    DAYS_1096 = 1096
    DAYS_1827 = 1827
    DAYS_2192 = 2192
    DAYS_2557 = 2557
    DAYS_2922 = 2922
    DAYS_3288 = 3288
    DAYS_3653 = 3653


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
        self.log_group_name = physical_name(Kind.LOG_GROUP, f"/aws/vpc/{args.cluster_name}/flow-logs")
        group = self._log_group(name, args)
        role, permission = self._role(name, args.location)
        aws.ec2.FlowLog(
            f"{name}-all",
            vpc_id=args.vpc.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=args.spec.aggregation_seconds.value,
            tags={"Name": args.cluster_name},
            opts=self.after(permission),
        )
        self.log_group_arn = group.arn
        self._seal()

    def _log_group(self, name: str, args: FlowLogsArgs) -> aws.cloudwatch.LogGroup:
        grants = [log_group_grant(args.location, self.log_group_name)]
        key = EncryptionKey(
            f"{name}-key",
            EncryptionKeyArgs(location=args.location, purpose=f"Flow logs of {args.cluster_name}", grants=grants),
            self.child,
        )
        return aws.cloudwatch.LogGroup(
            f"{name}-records",
            name=self.log_group_name,
            kms_key_id=key.arn,
            retention_in_days=args.spec.retention_days.value,
            opts=self.child,
        )

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
