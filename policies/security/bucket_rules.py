"""Buckets: who gets in, over what, and under which key."""

import json
from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import buckets, iam
from policies.core.facts.keys import all_ours
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
"""All that S3 can block (S3 user guide, access-control-block-public-access)."""

_CLOSED: dict[str, Any] = dict.fromkeys(FLAGS, True)


def _with(companion: str, inputs: dict[str, Any], *, bucket: str = tokens.S3_BUCKET, **others: Draft) -> Example:
    """A bucket with one companion."""
    return example(resource(bucket), companion=resource(companion, {"bucket": "${subject.id}", **inputs}), **others)


@rule(
    "sec-40",
    on=buckets.BUCKETS,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    waivable=False,
    why="One wrong ACL or policy line makes a bucket public, for years unseen; the block holds whatever they say.",
    fix="Add one aws.s3.BucketPublicAccessBlock with this bucket and all four flags True.",
    controls=("cis-aws-7.0:3.1.4", "fsbp:S3.1", "fsbp:S3.8"),
    bad=(
        {},
        _with(tokens.S3_PUBLIC_ACCESS_BLOCK, {}),
        _with(tokens.S3_PUBLIC_ACCESS_BLOCK, {**_CLOSED, "restrictPublicBuckets": False}),
        _with(tokens.S3_VERSIONING, {"versioningConfiguration": {"status": "Enabled"}}),
        example(resource(tokens.S3_BUCKET), other=resource(tokens.S3_PUBLIC_ACCESS_BLOCK, {"bucket": "elsewhere", **_CLOSED})),
    ),
    good=(
        _with(tokens.S3_PUBLIC_ACCESS_BLOCK, _CLOSED),
        _with(tokens.S3_PUBLIC_ACCESS_BLOCK, _CLOSED, bucket=tokens.S3_BUCKET_V2),
    ),
)
def bucket_is_never_public(bucket: Subject) -> Iterator[str]:
    blocks = buckets.companions(bucket.stack, bucket.resource, buckets.PUBLIC_ACCESS_BLOCK)
    if not blocks:
        yield "no public access block is on the bucket"
    yield from known_first(blocks, _open_flags)


def _open_flags(block: Resource) -> Iterator[str]:
    return known_first(FLAGS, lambda flag: () if block.properties.flag(flag) else (f"{block.name}.{flag} is off",))


def _deny(condition: dict[str, Any], **others: Any) -> dict[str, Any]:
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::blue", "arn:aws:s3:::blue/*"]}
    return {**denied, "Condition": condition, **others}


def _policy(*statements: dict[str, Any]) -> Example:
    return _with(tokens.S3_BUCKET_POLICY, {"policy": json.dumps({"Version": "2012-10-17", "Statement": statements})})


_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
_OLD = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


@rule(
    "sec-41",
    on=buckets.BUCKETS,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="S3 answers plain HTTP and TLS of 1999 unless a policy forbids both: credentials and data can be read on the way.",
    fix="Deny s3:* to everybody where aws:SecureTransport is false, and where s3:TlsVersion is below 1.2, on the bucket and its objects.",
    controls=("cis-aws-7.0:3.1.1", "fsbp:S3.5", "hipaa:164.312(e)(1)"),
    bad=(
        {},
        _policy(_deny(_PLAIN)),
        _policy(_deny(_OLD)),
        _policy(_deny(_PLAIN), _deny({"NumericLessThan": {"s3:TlsVersion": "1.1"}})),
        _policy(_deny(_PLAIN, Action="s3:GetObject"), _deny(_OLD)),
        _policy(_deny(_PLAIN, Effect="Allow"), _deny(_OLD)),
        _policy(_deny(_PLAIN, Principal={"AWS": "arn:aws:iam::123456789012:root"}), _deny(_OLD)),
        _policy(_deny(_PLAIN, Resource="arn:aws:s3:::blue"), _deny(_OLD)),
    ),
    good=(
        _policy(_deny(_PLAIN), _deny(_OLD)),
        _policy(_deny(_PLAIN, Principal={"AWS": "*"}), _deny({"NumericLessThan": {"s3:TlsVersion": ["1.3"]}}, Resource="*")),
        Example.of_inputs(tokens.S3_BUCKET_V2, {"policy": json.dumps({"Statement": [_deny(_PLAIN), _deny(_OLD)]})}),
    ),
)
def bucket_is_reached_over_tls_only(bucket: Subject) -> Iterator[str]:
    own = [bucket.resource] if "policy" in bucket.properties else []
    holders = [*buckets.companions(bucket.stack, bucket.resource, buckets.POLICY), *own]
    refusals = list(_refusals(holders))
    if not any(each == ("aws:securetransport", "false") for each in refusals):
        yield "requests without TLS are not refused"
    if not any(key == "s3:tlsversion" and float(value) >= 1.2 for key, value in refusals):
        yield "requests with TLS older than 1.2 are not refused"


def _refusals(holders: list[Resource]) -> Iterator[tuple[str, str]]:
    """Condition keys and values under which the policies refuse everything to everybody."""
    for holder in holders:
        for statement in iam.statements(holder.properties, "policy"):
            if _refuses_all(statement):
                yield from (("aws:securetransport", value) for value in iam.condition(statement, "Bool", "securetransport"))
                yield from (("s3:tlsversion", value) for value in iam.condition(statement, "NumericLessThan", "tlsversion"))


def _refuses_all(statement: Properties) -> bool:
    principal = statement.get("Principal")
    everybody = "*" in (principal.texts("AWS") if isinstance(principal, Properties) else (principal,))
    everything = any(action.lower() in {"*", "s3:*"} for action in statement.texts("Action"))
    objects = any(each == "*" or each.endswith("/*") for each in statement.texts("Resource"))
    return statement.text("Effect") == "Deny" and everybody and everything and objects


def _encrypted(algorithm: str, key: str | None, *, ownership: str = "BucketOwnerEnforced", token: str = tokens.S3_ENCRYPTION) -> Example:
    default = {"sseAlgorithm": algorithm, **({"kmsMasterKeyId": key} if key else {})}
    return _with(
        token,
        {"rules": [{"applyServerSideEncryptionByDefault": default}]},
        ownership=resource(tokens.S3_OWNERSHIP_CONTROLS, {"bucket": "${subject.id}", "rule": {"objectOwnership": ownership}}),
        key=resource(tokens.KMS_KEY),
    )


def _inline(algorithm: str) -> Example:
    """Encryption as the all-in-one bucket of older programs has it."""
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyId": "${key.arn}"}
    bucket = resource(tokens.S3_BUCKET, {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": default}}})
    owned = resource(tokens.S3_OWNERSHIP_CONTROLS, {"bucket": "${subject.id}", "rule": {"objectOwnership": "BucketOwnerEnforced"}})
    return example(bucket, ownership=owned, key=resource(tokens.KMS_KEY))


@rule(
    "sec-42",
    on=buckets.BUCKETS,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Under S3's own key whoever may read the bucket reads the data, and no key can be withdrawn; ACLs grant past every policy.",
    fix=(
        'Add a BucketServerSideEncryptionConfiguration with sse_algorithm="aws:kms" and kms_master_key_id of a key of this stack, '
        'and BucketOwnershipControls with object_ownership="BucketOwnerEnforced".'
    ),
    controls=("fsbp:S3.17", "fsbp:S3.12"),
    bad=(
        {},
        _encrypted("AES256", None),
        _encrypted("aws:kms", None),
        _encrypted("aws:kms", "alias/aws/s3"),
        _encrypted("aws:kms", "${key.arn}", ownership="ObjectWriter"),
        _inline("AES256"),
        _with(
            tokens.S3_ENCRYPTION,
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"}}]},
            key=resource(tokens.KMS_KEY),
        ),
    ),
    good=(
        _encrypted("aws:kms", "${key.arn}"),
        _inline("aws:kms"),
        _encrypted("aws:kms:dsse", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd", token=tokens.S3_ENCRYPTION_V2),
    ),
)
def bucket_has_a_key_of_its_own_and_no_acls(bucket: Subject) -> Iterator[str]:
    if not any(known_first(_defaults(bucket), lambda each: [_has_our_key(bucket, *each)])):
        yield "objects are not encrypted with a customer managed key"
    ownership = buckets.companions(bucket.stack, bucket.resource, buckets.OWNERSHIP)
    if not any(each.properties.section("rule").text("objectOwnership") == "BucketOwnerEnforced" for each in ownership):
        yield "ACLs can grant access"


_INLINE = "serverSideEncryptionConfiguration"
"""What the all-in-one bucket of older programs calls it."""


def _defaults(bucket: Subject) -> Iterator[tuple[Resource, str]]:
    """Where encryption by default is configured: resource and property."""
    yield from ((each, "rules") for each in buckets.companions(bucket.stack, bucket.resource, buckets.ENCRYPTION))
    if _INLINE in bucket.properties:
        yield bucket.resource, _INLINE


def _has_our_key(bucket: Subject, holder: Resource, property: str) -> bool:
    given = holder.properties
    rules = (given.section(_INLINE).section("rule"),) if property == _INLINE else given.sections("rules")
    defaults = [each.section("applyServerSideEncryptionByDefault") for each in rules]
    by_kms = [each for each in defaults if each.text("sseAlgorithm").startswith("aws:kms")]
    return all_ours(bucket.stack, holder, property, by_kms, "kmsMasterKeyId")
