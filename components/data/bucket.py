"""An S3 bucket that may hold data: private, encrypted with its own key, TLS only, versioned, tiered by age."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components import catalog
from components.base import Component, Spec
from components.data.bucket_replication import ReplicationSpec, replicate, replication_faults
from components.location import Location
from components.naming import Kind, physical_name
from components.tags import DataClass


class StorageTier(StrEnum):
    """S3 storage classes that a lifecycle may move to, in the order of falling price."""

    INFREQUENT = "STANDARD_IA"
    INSTANT_ARCHIVE = "GLACIER_IR"
    DEEP_ARCHIVE = "DEEP_ARCHIVE"


EARLIEST_TIER_DAYS = 30
"""S3 refuses STANDARD_IA before that day, and a second move sooner than that after it (S3 user guide, lifecycle transitions)."""
MINIMUM_STORAGE_DAYS = {StorageTier.INFREQUENT: 30, StorageTier.INSTANT_ARCHIVE: 90, StorageTier.DEEP_ARCHIVE: 180}
"""Days that S3 charges for at the least in a class, however soon an object is deleted there (S3 user guide, storage classes)."""


class DataBucketSpec(Spec):
    """Knobs of a DataBucket."""

    tiers: Mapping[StorageTier, int] = {StorageTier.INFREQUENT: 30, StorageTier.INSTANT_ARCHIVE: 90, StorageTier.DEEP_ARCHIVE: 365}
    """Age in days at which objects move to a class. Objects that expire before they have been there for its minimum storage do not move."""
    tiered_prefixes: tuple[str, ...] = ("",)
    """Prefixes whose objects move; the empty one is all. A lifecycle filter cannot exclude a prefix, so where a log backup must stay
    readable at once, name what may move instead."""
    noncurrent_days: int = Field(default=30, ge=1)
    """Days an overwritten or deleted version is kept: time to notice."""
    abort_upload_days: int = Field(default=7, ge=1)
    """Days after which parts of an upload that never ended are dropped; they are billed and not listed."""
    replication: ReplicationSpec | None = None
    """A copy in another region; none unless the residency of the data allows one."""

    @model_validator(mode="after")
    def _order(self) -> "DataBucketSpec":
        days = [self.tiers[tier] for tier in StorageTier if tier in self.tiers]
        if any(later - earlier < EARLIEST_TIER_DAYS for earlier, later in zip([0, *days], days, strict=False)):
            told = ", ".join(f"{tier}: {at}" for tier, at in self.tiers.items())
            raise ValueError(
                f"tiers: {told}: each class at least {EARLIEST_TIER_DAYS} days after the dearer one (S3, lifecycle transitions)"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class DataBucketArgs:
    """Wires of a DataBucket."""

    spec: DataBucketSpec
    """Knobs."""
    location: Location
    """Account and region."""
    bucket_name: str
    """Physical name; global to all of AWS, so it has account or region in it."""
    key_arn: pulumi.Input[str]
    """Customer managed KMS key of the region."""
    data_class: DataClass
    """Highest class of data it may hold."""
    jurisdiction: str
    """Whose law holds, as `Region.jurisdiction`."""
    rpo_minutes: int
    """Newest data that a loss of the region may cost, in minutes; a tag that auditors and policies read."""
    expiry: Mapping[str, int] = field(default_factory=dict[str, int])
    """Prefix, which ends in `/` -> age in days at which its objects are deleted, for writers that leave their old files behind. Still
    readable as versions for `noncurrent_days` more. None by default: most engines delete their own."""
    statements: Sequence[Mapping[str, object]] = ()
    """Statements of its policy beside the refusals: who else may do what. None by default: whoever works here has a role of its own."""
    log_bucket: str | None = None
    """Physical name of the bucket that access logs go to; none where CloudTrail's data events tell who read what."""


class DataBucket(Component, token="meridian:data:DataBucket"):
    """A bucket and its companions (S3 splits one bucket's settings over many resources since AWS provider 4). Pulumi refuses to delete it.

    Raises:
        ValueError: S3 does not take the name, the region is of another jurisdiction, a replica would lie where the data may not go, or
            objects would expire that nobody named, or sooner than declared.
    """

    name: str
    """Physical name."""
    arn: str
    """ARN; known in a preview, as the name is."""

    def __init__(self, name: str, args: DataBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self.name = physical_name(Kind.S3_BUCKET, args.bucket_name)
        self.arn = f"arn:aws:s3:::{self.name}"
        if faults := bucket_faults(args):
            raise ValueError(f"bucket '{self.name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        tags = {"data-class": args.data_class.value, "jurisdiction": args.jurisdiction, "rpo": f"{args.rpo_minutes}m"}
        protected = pulumi.ResourceOptions(parent=self, protect=True)
        bucket = aws.s3.Bucket(name, bucket=self.name, tags=tags, opts=protected)
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self.child,
        )
        companions = [
            *self._privacy(name, bucket, args.statements),
            self._encryption(name, bucket, args.key_arn),
            self._lifecycle(name, versioning, args),
        ]
        if args.log_bucket:
            aws.s3.BucketLogging(
                f"{name}-access-log", bucket=bucket.bucket, target_bucket=args.log_bucket, target_prefix=f"{self.name}/", opts=self.child
            )
        if args.spec.replication:
            replicate(name, args.spec.replication, args.location, self.name, versioning, opts=self.child)
        self.resources: tuple[pulumi.Resource, ...] = (bucket, versioning, *companions)
        self._seal()

    def _privacy(self, name: str, bucket: aws.s3.Bucket, statements: Sequence[Mapping[str, object]]) -> Sequence[pulumi.Resource]:
        block = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child,
        )
        ownership = aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self.child,
        )
        document = json.dumps(bucket_policy(self.arn, statements), separators=(",", ":"))
        policy = aws.s3.BucketPolicy(f"{name}-tls-only", bucket=bucket.bucket, policy=document, opts=self.after(block))
        return block, ownership, policy

    def _encryption(self, name: str, bucket: aws.s3.Bucket, key_arn: pulumi.Input[str]) -> pulumi.Resource:
        return aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=key_arn
                    ),
                    bucket_key_enabled=True,
                )
            ],
            opts=self.child,
        )

    def _lifecycle(self, name: str, versioning: aws.s3.BucketVersioning, args: DataBucketArgs) -> pulumi.Resource:
        rule, filter_ = aws.s3.BucketLifecycleConfigurationRuleArgs, aws.s3.BucketLifecycleConfigurationRuleFilterArgs
        move, expire = aws.s3.BucketLifecycleConfigurationRuleTransitionArgs, aws.s3.BucketLifecycleConfigurationRuleExpirationArgs
        moves = {
            prefix: [
                move(days=days, storage_class=tier.value) for tier, days in reached_tiers(args.spec.tiers, prefix, args.expiry).items()
            ]
            for prefix in args.spec.tiered_prefixes
        }
        tiering = [
            rule(id=f"tier-{prefix or 'all'}", status="Enabled", filter=filter_(prefix=prefix), transitions=transitions)
            for prefix, transitions in moves.items()
            if transitions
        ]
        expiring = [
            rule(id=f"expire-{prefix}", status="Enabled", filter=filter_(prefix=prefix), expiration=expire(days=days))
            for prefix, days in args.expiry.items()
        ]
        cleaning = rule(
            id="clean",
            status="Enabled",
            filter=filter_(prefix=""),
            noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=args.spec.noncurrent_days
            ),
            abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=args.spec.abort_upload_days
            ),
        )
        return aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=versioning.bucket, rules=[*tiering, *expiring, cleaning], opts=self.child
        )


def bucket_faults(args: DataBucketArgs) -> list[str]:
    """One line for each reason why the data must not lie as the arguments say."""
    law = catalog.region(args.location.region).jurisdiction
    elsewhere = [f"jurisdiction: {args.jurisdiction}: {args.location.region} is in {law}"] if args.jurisdiction != law else []
    copies = replication_faults(args.spec.replication, args.data_class, args.location.region) if args.spec.replication else []
    return [*elsewhere, *copies, *expiry_faults(args.expiry)]


def expiry_faults(expiry: Mapping[str, int]) -> list[str]:
    """One line for each expiry that S3 refuses or that deletes what it does not name.

    Of two that hold for an object S3 takes the shorter (S3 user guide, conflicts in lifecycle configurations).
    """
    faults = [f"expiry: '{prefix}': also deletes what begins alike: end it in '/'" for prefix in expiry if not prefix.endswith("/")]
    faults += [f"expiry: '{prefix}': {days}: S3 takes whole days from 1" for prefix, days in expiry.items() if days < 1]
    faults += [
        f"expiry: '{inner}': {days}: '{outer}' around it already expires after {expiry[outer]}: make that {days} or more"
        for inner, days in expiry.items()
        for outer in expiry
        if inner != outer and inner.startswith(outer) and expiry[outer] < days
    ]
    return faults


def reached_tiers(tiers: Mapping[StorageTier, int], prefix: str, expiry: Mapping[str, int]) -> Mapping[StorageTier, int]:
    """The classes in which objects with the prefix stay for the minimum storage before they expire.

    S3 refuses a move on or after the day of the expiration («'Days' in the Expiration action ... must be greater than 'Days' in the
    Transition action»). One shortly before is allowed, but bills the class's minimum for nothing.
    """
    lives = [days for expiring, days in expiry.items() if prefix.startswith(expiring)]
    return {tier: at for tier, at in tiers.items() if all(at + MINIMUM_STORAGE_DAYS[tier] <= days for days in lives)}


def bucket_policy(bucket_arn: str, statements: Sequence[Mapping[str, object]] = ()) -> Mapping[str, object]:
    """Refuses requests without TLS and with TLS older than 1.2 (S3 user guide, security best practices; condition key s3:TlsVersion)."""
    conditions = {"TlsOnly": {"Bool": {"aws:SecureTransport": "false"}}, "Tls12": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid,
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": condition,
            }
            for sid, condition in conditions.items()
        ]
        + list(statements),
    }
