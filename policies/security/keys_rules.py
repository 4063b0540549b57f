"""KMS keys."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts import data_stores, providers
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

_ROTATING = {"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT"}
"""KMS rotates symmetric keys that encrypt, and no others (KMS developer guide, rotate-keys)."""


@rule(
    "sec-37",
    on=(tokens.KMS_KEY,),
    severity=Severity.MEDIUM,
    why="A key that never rotates makes one leak a leak of everything it ever protected.",
    fix="Set enable_key_rotation=True and leave rotation_period_in_days at 365 or below.",
    controls=("cis-aws-7.0:4.6", "fsbp:KMS.4", "pci-dss-4.0:3.7.4"),
    settings=("max_rotation_days",),
    bad=({}, {"enableKeyRotation": False}, {"enableKeyRotation": True, "rotationPeriodInDays": 2560}),
    good=(
        {"enableKeyRotation": True},
        {"enableKeyRotation": True, "rotationPeriodInDays": 90},
        {"customerMasterKeySpec": "RSA_4096"},
        {"keyUsage": "SIGN_VERIFY"},
    ),
)
def key_rotates_within_a_year(key: Subject) -> Iterator[str]:
    if any(key.properties.text(property, rotating) != rotating for property, rotating in _ROTATING.items()):
        return
    if not key.properties.flag("enableKeyRotation"):
        yield "key rotation is off"
    elif (days := key.properties.number("rotationPeriodInDays", 365)) > key.settings.max_rotation_days:
        yield f"the key rotates every {days:.0f} days, {key.settings.max_rotation_days} is the longest allowed"


_UNDER_IT = resource(tokens.RDS_CLUSTER, {"kmsKeyId": "${subject.arn}"})
_DISPOSABLE = resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"environment": "development"}}'})


@rule(
    "sec-39",
    on=(tokens.KMS_KEY, tokens.KMS_REPLICA_KEY, tokens.KMS_EXTERNAL_KEY),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A deleted key takes all data under it along, backups included; the waiting time is the only chance to notice.",
    fix=(
        "Leave deletion_window_in_days at 30, and give keys of data stores ResourceOptions(protect=True); where the environment tag is "
        "in disposable_environments, neither."
    ),
    controls=("fsbp:KMS.3", "hipaa:164.308(a)(7)"),
    settings=("min_key_deletion_days", "disposable_environments"),
    bad=(
        {"deletionWindowInDays": 7},
        example(resource(tokens.KMS_REPLICA_KEY, {"deletionWindowInDays": 29})),
        example(resource(tokens.KMS_KEY), store=_UNDER_IT),
        example(resource(tokens.KMS_KEY, {"deletionWindowInDays": 10}, protect=True), store=_UNDER_IT),
    ),
    good=(
        {},
        {"deletionWindowInDays": 30},
        example(resource(tokens.KMS_KEY, protect=True), store=_UNDER_IT),
        example(resource(tokens.KMS_KEY, {"deletionWindowInDays": 7}), store=_UNDER_IT, provider=_DISPOSABLE),
    ),
)
def key_is_not_lost_by_mistake(key: Subject) -> Iterator[str]:
    findings = list(_ways_to_lose(key))
    if findings and providers.tags(key.stack, key.resource).get("environment") not in key.settings.disposable_environments:
        yield from findings


def _ways_to_lose(key: Subject) -> Iterator[str]:
    if not key.resource.protect and (stores := sorted({each.name for each in data_stores.under(key.stack, key.resource)})):
        yield f"the engine may delete it, and {', '.join(stores)} with it: protect is off"
    if (days := key.properties.number("deletionWindowInDays", 30)) < key.settings.min_key_deletion_days:
        yield f"its deletion can be taken back for {days:.0f} days, {key.settings.min_key_deletion_days} is the least"
