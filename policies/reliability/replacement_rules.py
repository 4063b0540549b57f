"""What a change may do to resources: take data away before the new is there, hide a change of security, take too many nodes at once."""

import re
from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.rule import Subject, rule
from policies.core.verdict import Severity
from policies.reliability.stateful_rules import STATEFUL

GUARDED = (
    tokens.EKS_CLUSTER,
    tokens.IAM_POLICY,
    tokens.IAM_ROLE,
    tokens.IAM_ROLE_POLICY,
    tokens.KMS_KEY_POLICY,
    tokens.S3_BUCKET_POLICY,
    tokens.SECURITY_GROUP,
    tokens.SECURITY_GROUP_EGRESS_RULE,
    tokens.SECURITY_GROUP_INGRESS_RULE,
    tokens.SECURITY_GROUP_RULE,
)
"""Types that say who may do what, beside those that hold data."""
OF_SECURITY = re.compile(
    r"polic(y|ies)|encrypt|kms|key(Arn|Id|Rotation)|ingress|egress|cidr|public|principal|accessConfig|vpcConfig|securityGroup|"
    r"deletionProtection|userGroup|authToken|\*",
    re.IGNORECASE,
)
"""Names of properties that say who reaches a resource, or what protects what is in it; `*` is all of them."""
MOST_UNAVAILABLE_PERCENT = 33.0
"""One zone of three: what a group must bear anyway."""


@rule(
    "rel-19",
    on=(*STATEFUL, *GUARDED),
    severity=Severity.HIGH,
    why="Deleted before its successor is there, a store is gone when the creation fails; an ignored property stays as somebody left it.",
    fix="Leave deleteBeforeReplace off where data lies, and take properties of access and encryption out of ignoreChanges.",
    controls=("soc2:CC8.1",),
    bad=(
        example(resource(tokens.S3_BUCKET, delete_before_replace=True)),
        example(resource(tokens.RDS_INSTANCE, {"storageEncrypted": True}, ignore_changes=("storageEncrypted",))),
        example(resource(tokens.SECURITY_GROUP, ignore_changes=("ingress[0].cidrBlocks",))),
        example(resource(tokens.IAM_ROLE, ignore_changes=("*",))),
    ),
    good=(
        example(resource(tokens.S3_BUCKET)),
        example(resource(tokens.ELASTICACHE_REPLICATION_GROUP, ignore_changes=("snapshotName",))),
        example(resource(tokens.SECURITY_GROUP, {"description": "nodes"}, delete_before_replace=True, ignore_changes=("tags",))),
    ),
)
def change_is_neither_lossy_nor_hidden(subject: Subject) -> Iterator[str]:
    if subject.resource.delete_before_replace and subject.resource.type in STATEFUL:
        yield "it is deleted before its successor is there, with the data in it"
    for path in subject.resource.ignore_changes:
        if OF_SECURITY.search(path):
            yield f"changes of {path} are ignored, also those that somebody makes by hand"


@rule(
    "rel-20",
    on=(tokens.EKS_NODE_GROUP, tokens.EKS_CLUSTER),
    severity=Severity.MEDIUM,
    why="An update takes nodes away as a lost zone does, sick nodes stay until somebody looks, an ill zone keeps its share of traffic.",
    fix="Set updateConfig.maxUnavailablePercentage to 33 at most (or maxUnavailable to 1) and nodeRepairConfig.enabled on node groups, and "
    "zonalShiftConfig.enabled on the cluster.",
    controls=(),
    bad=(
        example(resource(tokens.EKS_NODE_GROUP, {"updateConfig": {"maxUnavailablePercentage": 50}, "nodeRepairConfig": {"enabled": True}})),
        example(resource(tokens.EKS_NODE_GROUP, {"updateConfig": {"maxUnavailable": 3}, "nodeRepairConfig": {"enabled": True}})),
        example(resource(tokens.EKS_NODE_GROUP, {"updateConfig": {"maxUnavailablePercentage": 33}})),
        example(resource(tokens.EKS_CLUSTER)),
        example(resource(tokens.EKS_CLUSTER, {"zonalShiftConfig": {"enabled": False}})),
    ),
    good=(
        example(resource(tokens.EKS_NODE_GROUP, {"nodeRepairConfig": {"enabled": True}})),  # one node at a time is EKS's default
        example(resource(tokens.EKS_NODE_GROUP, {"updateConfig": {"maxUnavailablePercentage": 33}, "nodeRepairConfig": {"enabled": True}})),
        example(
            resource(
                tokens.EKS_NODE_GROUP,
                {"updateConfig": {"maxUnavailable": 2}, "scalingConfig": {"minSize": 9}, "nodeRepairConfig": {"enabled": True}},
            )
        ),
        example(resource(tokens.EKS_CLUSTER, {"zonalShiftConfig": {"enabled": True}})),
    ),
)
def update_and_repair_leave_a_quorum(subject: Subject) -> Iterator[str]:
    if subject.resource.type == tokens.EKS_CLUSTER:
        if not subject.properties.section("zonalShiftConfig").flag("enabled"):
            yield "zonal shift is off: traffic cannot be moved away from a zone that is ill"
        return
    update = subject.properties.section("updateConfig")
    share, count = update.number("maxUnavailablePercentage", 0), update.number("maxUnavailable", 1)
    least = subject.properties.section("scalingConfig").number("minSize", 0)
    if share > MOST_UNAVAILABLE_PERCENT:
        yield f"an update takes {share:g} % of the nodes at once"
    elif count > 1 and count * 100 > least * MOST_UNAVAILABLE_PERCENT:
        yield f"an update takes {count:g} nodes at once, of {least:g} at least"
    if not subject.properties.section("nodeRepairConfig").flag("enabled"):
        yield "sick nodes are not repaired by EKS"
