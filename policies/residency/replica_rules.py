"""Keys, images, secrets and snapshots: what follows data into other regions, or carries it there unseen."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity
from policies.residency.edges import CONTROLS, FIX, SETTINGS, of_ireland, refused


@rule(
    "res-08",
    on=(tokens.KMS_REPLICA_KEY,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Whoever holds the replica of a key reads what the key protects: it may lie only where the data may.",
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.KMS_REPLICA_KEY, {"primaryKeyArn": "arn:aws:kms:us-east-1:123456789012:key/mrk-1"}),
        of_ireland(tokens.KMS_REPLICA_KEY, {"primaryKeyArn": "${key.arn}"}, key=resource(tokens.KMS_KEY, {"region": "ap-south-1"})),
    ),
    good=(
        of_ireland(tokens.KMS_REPLICA_KEY, {"primaryKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/mrk-1"}),
        of_ireland(
            tokens.KMS_REPLICA_KEY,
            {"primaryKeyArn": "${key.arn}"},
            key=resource(tokens.KMS_KEY, {"region": "us-east-1", "tags": {"data-class": "public"}}),
        ),
    ),
)
def keys_are_replicated_where_the_data_may_lie(key: Subject) -> Iterator[str]:
    return refused(key)


def _images(region: str) -> dict[str, object]:
    destination = {"region": region, "registryId": "123456789012"}
    return {"replicationConfiguration": {"rules": [{"destinations": [destination]}]}}


@rule(
    "res-09",
    on=(tokens.ECR_REPLICATION,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Images hold what was built into them, sample data too: a registry that is tagged for data of people may not be copied abroad.",
    fix="Tag the registry's provider data-class: public or operational where its images hold no data of people. " + FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(of_ireland(tokens.ECR_REPLICATION, _images("us-east-1")),),
    good=(
        of_ireland(tokens.ECR_REPLICATION, _images("eu-central-1")),
        of_ireland(tokens.ECR_REPLICATION, _images("us-east-1"), data_class="operational"),
    ),
)
def images_with_data_stay_where_they_may(registry: Subject) -> Iterator[str]:
    return refused(registry)


@rule(
    "res-10",
    on=(tokens.SECRET,),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="A secret opens the data that it is for: it may be known only where that may lie.",
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.SECRET, {"replicas": [{"region": "us-east-1"}]}),
        of_ireland(tokens.SECRET, {"replicas": [{"region": "eu-central-1"}, {"region": "ap-east-1"}]}),
    ),
    good=(
        of_ireland(tokens.SECRET, {"replicas": [{"region": "eu-central-1"}]}),
        of_ireland(tokens.SECRET, {"name": "here-alone"}),
        of_ireland(tokens.SECRET, {"replicas": [{"region": "us-east-1"}], "tags": {"data-class": "operational"}}),
    ),
)
def secrets_are_replicated_where_the_data_may_lie(secret: Subject) -> Iterator[str]:
    return refused(secret)


def _lifecycle(target: str) -> dict[str, object]:
    rule = {"encrypted": True, "target": target}
    return {"policyDetails": {"schedules": [{"name": "daily", "crossRegionCopyRules": [rule]}]}}


@rule(
    "res-12",
    on=(tokens.EBS_SNAPSHOT_COPY, tokens.AMI_COPY, tokens.DLM_POLICY, tokens.RDS_SNAPSHOT_COPY, tokens.REDSHIFT_SNAPSHOT_COPY),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A snapshot is the whole disk: what was deleted from it since is in the copy too.",
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.EBS_SNAPSHOT_COPY, {"sourceRegion": "us-east-1", "sourceSnapshotId": "snap-1"}),
        of_ireland(tokens.AMI_COPY, {"sourceAmiRegion": "ap-south-1", "sourceAmiId": "ami-1"}),
        of_ireland(tokens.DLM_POLICY, _lifecycle("us-west-2")),
        of_ireland(tokens.RDS_SNAPSHOT_COPY, {"destinationRegion": "us-east-1"}),
    ),
    good=(
        of_ireland(tokens.EBS_SNAPSHOT_COPY, {"sourceRegion": "eu-west-2", "sourceSnapshotId": "snap-1"}),
        of_ireland(tokens.DLM_POLICY, _lifecycle("eu-central-1")),
        of_ireland(tokens.RDS_SNAPSHOT_COPY, {"targetDbSnapshotIdentifier": "copy"}),
        of_ireland(tokens.AMI_COPY, {"sourceAmiRegion": "us-east-1", "sourceAmiId": "ami-1", "tags": {"data-class": "public"}}),
    ),
)
def snapshots_are_copied_where_they_may_lie(copy: Subject) -> Iterator[str]:
    return refused(copy)
