"""A copy of a bucket's objects in another region, where the law on the data lets one be."""

import json

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components import catalog
from components.base import Spec
from components.cluster.identity import Document
from components.location import Location
from components.naming import Kind, physical_name
from components.tags import DataClass


class ReplicationSpec(Spec):
    """Where the copy goes. Bucket and key are made by the other region's own stack: regions derive, they never refer to each other."""

    region: str
    """Region of the copy."""
    bucket_name: str = Field(min_length=3)
    """Physical name of the bucket there; versioned, as every DataBucket is."""
    key_arn: str = Field(pattern=r"^arn:aws:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+$")
    """KMS key there that encrypts the copies, or its alias, which is known beforehand."""
    prefix: str = ""
    """Objects whose key begins so are copied; the empty one is all."""
    data_class: DataClass | None = None
    """Only objects that carry this value of the tag `data-class` are copied, where no higher class may be; none is all of the bucket's."""


def replication_faults(spec: ReplicationSpec, data_class: DataClass, region: str) -> list[str]:
    """One line where the copy may not go, or its key lies in a third region."""
    found = [fault] if (fault := copy_fault("replication.region", spec.data_class or data_class, region, spec.region)) else []
    if (key_region := spec.key_arn.split(":")[3]) != spec.region:
        found.append(f"replication.key_arn: {key_region}: the copies lie in {spec.region}: name a key there")
    return found


def copy_fault(path: str, data_class: DataClass, source: str, destination: str) -> str | None:
    """Why data of the class must not be copied from one region to the other, or nothing. The rule for every copy Meridian makes."""
    if destination == source:
        return f"{path}: {destination}: a copy in the same region does not outlive it: name another one or none"
    if destination not in catalog.regions():
        return f"{path}: {catalog.NotInCatalog('region', destination, catalog.regions())}"
    if catalog.may_copy(data_class, source, destination):
        return None
    allowed = ", ".join(catalog.regions_allowed(data_class, source)) or "none"
    return f"{path}: {destination}: no legal basis to copy {data_class} data there from {source} (residency.yaml); allowed: {allowed}"


def replicate(
    name: str,
    spec: ReplicationSpec,
    location: Location,
    bucket_name: str,
    versioning: aws.s3.BucketVersioning,
    *,
    opts: pulumi.ResourceOptions,
) -> aws.s3.BucketReplicationConfig:
    """Role and rule of the replication, deletions included: a copy that keeps what the law made us delete would be a second truth."""
    physical_name(Kind.S3_BUCKET, spec.bucket_name)
    role = aws.iam.Role(f"{name}-replication", assume_role_policy=json.dumps(_trust(location, bucket_name)), opts=opts)
    policy = aws.iam.RolePolicy(
        f"{name}-replication", role=role.name, policy=json.dumps(_permissions(spec, location, bucket_name)), opts=opts
    )
    rule = aws.s3.BucketReplicationConfigRuleArgs(
        id=f"to-{spec.region}",
        status="Enabled",
        priority=1,
        filter=_filter(spec),
        # S3 copies no delete markers by a rule that looks at tags (S3 user guide, replicating delete markers).
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status="Disabled" if spec.data_class else "Enabled"
        ),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(status="Enabled")
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=f"arn:aws:s3:::{spec.bucket_name}",
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=spec.key_arn
            ),
            metrics=aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                status="Enabled", event_threshold=aws.s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(minutes=15)
            ),
            replication_time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
                status="Enabled", time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(minutes=15)
            ),
        ),
    )
    return aws.s3.BucketReplicationConfig(
        f"{name}-replication",
        bucket=versioning.bucket,
        role=role.arn,
        rules=[rule],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )


def _filter(spec: ReplicationSpec) -> aws.s3.BucketReplicationConfigRuleFilterArgs:
    if spec.data_class is None:
        return aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=spec.prefix)
    tags = {"data-class": spec.data_class.value}
    return aws.s3.BucketReplicationConfigRuleFilterArgs(and_=aws.s3.BucketReplicationConfigRuleFilterAndArgs(prefix=spec.prefix, tags=tags))


def _trust(location: Location, bucket_name: str) -> Document:
    """S3, for this bucket of this account only (IAM user guide, confused deputy)."""
    condition = {"StringEquals": {"aws:SourceAccount": location.account_id}, "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket_name}"}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": condition}
        ],
    }


def _permissions(spec: ReplicationSpec, location: Location, bucket_name: str) -> Document:
    """S3 user guide, replication: setting up permissions, and replicating encrypted objects."""
    source, copy = f"arn:aws:s3:::{bucket_name}", f"arn:aws:s3:::{spec.bucket_name}"
    through = {region: f"s3.{region}.amazonaws.com" for region in (location.region, spec.region)}
    grants: list[tuple[list[str], str, dict[str, dict[str, str]]]] = [
        (["s3:GetReplicationConfiguration", "s3:ListBucket"], source, {}),
        (["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"], f"{source}/*", {}),
        (["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], f"{copy}/*", {}),
        (
            ["kms:Decrypt"],
            location.arn("kms", "key/*"),
            {
                "StringEquals": {"kms:ViaService": through[location.region]},
                "ArnLike": {"kms:EncryptionContext:aws:s3:arn": source},
            },
        ),
        (
            ["kms:Encrypt", "kms:GenerateDataKey"],
            f"{spec.key_arn.rpartition(':')[0]}:key/*",
            {"StringEquals": {"kms:ViaService": through[spec.region]}, "ArnLike": {"kms:EncryptionContext:aws:s3:arn": copy}},
        ),
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": resource, **({"Condition": condition} if condition else {})}
            for actions, resource, condition in grants
        ],
    }
