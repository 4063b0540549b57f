"""Companions belong to a bucket by property dependency, directly or by way of another companion."""

import pytest

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts import buckets


@pytest.mark.parametrize("bucket", [tokens.S3_BUCKET, tokens.S3_BUCKET_V2])
@pytest.mark.parametrize("versioning", [tokens.S3_VERSIONING, tokens.S3_VERSIONING_V2])
@pytest.mark.parametrize("lifecycle", [tokens.S3_LIFECYCLE, tokens.S3_LIFECYCLE_V2])
@pytest.mark.parametrize("ids_known", [True, False])
def test_both_families_and_both_ways(bucket: str, versioning: str, lifecycle: str, *, ids_known: bool) -> None:
    stack = example(
        resource(bucket),
        versioning=resource(versioning, {"bucket": "${subject.bucket}"}),
        near=resource(lifecycle, {"bucket": "${subject.id}"}),
        far=resource(lifecycle, {"bucket": "${versioning.bucket}"}),
        foreign=resource(lifecycle, {"bucket": "elsewhere"}),
    ).stack(ids_known=ids_known)
    subject = stack.resources[0]
    assert [each.name for each in buckets.companions(stack, subject, buckets.LIFECYCLE)] == ["near", "far"]
    assert [each.name for each in buckets.companions(stack, subject, buckets.VERSIONING)] == ["versioning"]
    assert buckets.companions(stack, subject, buckets.POLICY) == ()
