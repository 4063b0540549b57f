"""A CloudWatch log group that is encrypted with a key of its own and forgets after a finite time."""

from dataclasses import dataclass
from enum import IntEnum

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.encryption_key import EncryptionKey, EncryptionKeyArgs, log_group_grant
from components.location import Location
from components.naming import Kind, physical_name


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


@dataclass(frozen=True, kw_only=True)
class LogGroupArgs:
    """Wires of a LogGroup."""

    location: Location
    """Account and region."""
    log_group_name: str
    """Physical name: the key's policy and whoever writes name the group by it."""
    purpose: str
    """What is logged, for the key's description."""
    retention: RetentionDays
    """How long events are kept."""
    protected: bool = False
    """Whether Pulumi refuses to delete the events. The key is always protected."""


class LogGroup(Component, token="meridian:base:LogGroup"):
    """A log group with its key.

    It does not outlive its stack: events whose key is gone cannot be read, and a group of the same name would be taken
    (cloudposse/terraform-aws-eks-cluster#67). Who still needs them exports them first.

    Raises:
        ValueError: the name is none that CloudWatch Logs takes.
    """

    log_group_name: str
    """Physical name."""
    arn: pulumi.Output[str]
    """ARN of the group."""

    def __init__(self, name: str, args: LogGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self.log_group_name = physical_name(Kind.LOG_GROUP, args.log_group_name)
        super().__init__(name, opts)
        key = EncryptionKey(
            f"{name}-key",
            EncryptionKeyArgs(location=args.location, purpose=args.purpose, grants=[log_group_grant(args.location, self.log_group_name)]),
            self.child,
        )
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=self.log_group_name,
            kms_key_id=key.arn,
            retention_in_days=args.retention.value,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        self.resources: tuple[pulumi.Resource, ...] = (group,)
        self.arn = group.arn
        self._seal()
