"""Whether a physical name is taken, by type. Each answers what is in the way, or nothing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast

from botocore.exceptions import ClientError

from meridian.preflight.reading import Ask

ABSENT = frozenset(
    {"404", "NoSuchBucket", "ResourceNotFoundException", "NoSuchEntity", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}
)
"""How the services say that there is no such thing."""
HIDDEN = frozenset({"403", "301"})
"""How S3 says that a bucket is another account's, or another region's."""


def _taken(look: Callable[[], Any]) -> str:
    try:
        look()
    except ClientError as error:
        code = str(cast("Mapping[str, Any]", error.response).get("Error", {}).get("Code", ""))
        if code in ABSENT:
            return ""
        if code in HIDDEN:
            return "belongs to another account or region"
        raise
    return "exists already"


def _log_group(ask: Ask, name: str) -> str:
    rows = ask("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return "exists already" if any(row["logGroupName"] == name for row in rows) else ""


def _alias(ask: Ask, name: str) -> str:
    pages = ask("kms").get_paginator("list_aliases").paginate()
    return "exists already" if any(row["AliasName"] == name for page in pages for row in page["Aliases"]) else ""


NAMES: Mapping[str, Callable[[Ask, str], str]] = MappingProxyType(
    {
        "aws:s3/bucket:Bucket": lambda ask, name: _taken(lambda: ask("s3").head_bucket(Bucket=name)),
        "aws:eks/cluster:Cluster": lambda ask, name: _taken(lambda: ask("eks").describe_cluster(name=name)),
        "aws:iam/role:Role": lambda ask, name: _taken(lambda: ask("iam").get_role(RoleName=name)),
        "aws:sqs/queue:Queue": lambda ask, name: _taken(lambda: ask("sqs").get_queue_url(QueueName=name)),
        "aws:cloudwatch/logGroup:LogGroup": _log_group,
        "aws:kms/alias:Alias": _alias,
    }
)
"""Type -> how it is asked for by name."""
