"""A bucket and its split companions, of both token families, joined by property dependency."""

from policies.core import tokens
from policies.core.resource import Resource, Stack

BUCKETS = (tokens.S3_BUCKET, tokens.S3_BUCKET_V2)
"""Both tokens of a bucket: aws.s3.Bucket of pulumi_aws 7 and the deprecated aws.s3.BucketV2."""

ENCRYPTION = (tokens.S3_ENCRYPTION, tokens.S3_ENCRYPTION_V2)
LIFECYCLE = (tokens.S3_LIFECYCLE, tokens.S3_LIFECYCLE_V2)
VERSIONING = (tokens.S3_VERSIONING, tokens.S3_VERSIONING_V2)
OWNERSHIP = (tokens.S3_OWNERSHIP_CONTROLS,)
POLICY = (tokens.S3_BUCKET_POLICY,)
PUBLIC_ACCESS_BLOCK = (tokens.S3_PUBLIC_ACCESS_BLOCK,)

_ORDERED_BY = (*VERSIONING, *PUBLIC_ACCESS_BLOCK)
"""Companions from which programs take the bucket's name, so that what needs them waits."""


def companions(stack: Stack, bucket: Resource, kind: tuple[str, ...]) -> tuple[Resource, ...]:
    """Resources of a kind whose `bucket` is this one, named by itself or by a companion of it."""
    named_by = (bucket, *(each for token in _ORDERED_BY for each in stack.referrers(bucket, token, "bucket")))
    return tuple(resource for holder in named_by for token in kind for resource in stack.referrers(holder, token, "bucket"))
