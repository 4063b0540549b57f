"""A customer managed KMS key for one purpose: rotating, administered by the account, usable by the services named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.location import Location
from components.naming import Kind, physical_name

DELETION_WINDOW_DAYS = 30
"""Longest that KMS offers: a deleted key takes everything it protects with it."""


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """Wires of an EncryptionKey."""

    location: Location
    """Account that administers the key."""
    purpose: str
    """What the key protects, as it shall stand in the console."""
    alias: str | None = None
    """Name, without `alias/`, by which other regions know the key before it is made; none where nobody elsewhere needs it."""
    grants: Sequence[Mapping[str, Any]] = ()
    """Statements of the key policy for the AWS services that use the key (KMS developer guide, key policies)."""


class EncryptionKey(Component, token="meridian:base:EncryptionKey"):
    """A symmetric key that rotates every year, protected from deletion."""

    arn: pulumi.Output[str]
    """ARN of the key."""

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        key = aws.kms.Key(
            name,
            description=args.purpose,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [_administration(args.location), *args.grants]}),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        if args.alias:
            alias = f"alias/{physical_name(Kind.KMS_ALIAS, args.alias)}"
            aws.kms.Alias(f"{name}-alias", name=alias, target_key_id=key.key_id, opts=self.child)
        self.arn = key.arn
        self._seal()


def _administration(location: Location) -> dict[str, Any]:
    """IAM policies of the account decide. Naming the caller instead locks everybody else out (terraform-aws-eks#2446)."""
    return {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": location.iam_arn("root")},
        "Action": "kms:*",
        "Resource": "*",
    }


def log_group_grant(location: Location, log_group_name: str) -> dict[str, Any]:
    """Lets CloudWatch Logs encrypt one log group (CloudWatch Logs user guide, encrypt-log-data-kms)."""
    return {
        "Sid": "CloudWatchLogs",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{location.region}.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": location.arn("logs", f"log-group:{log_group_name}")}},
    }
