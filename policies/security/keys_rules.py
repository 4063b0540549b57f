"""KMS keys."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.rule import Subject, rule
from policies.core.verdict import Severity


@rule(
    "sec-37",
    on=(tokens.KMS_KEY,),
    severity=Severity.MEDIUM,
    why="A key that never rotates makes one leak a leak of everything it ever protected.",
    fix="Set enable_key_rotation=True and leave rotation_period_in_days at 365 or below.",
    controls=("cis-aws-7.0:4.6", "fsbp:KMS.4", "pci-dss-4.0:3.7.4"),
    settings=("max_rotation_days",),
    bad=({}, {"enableKeyRotation": False}, {"enableKeyRotation": True, "rotationPeriodInDays": 2560}),
    good=({"enableKeyRotation": True}, {"enableKeyRotation": True, "rotationPeriodInDays": 90}, {"customerMasterKeySpec": "RSA_4096"}),
)
def key_rotates_within_a_year(key: Subject) -> Iterator[str]:
    if key.properties.text("customerMasterKeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        return  # KMS rotates symmetric keys only (KMS developer guide, rotate-keys)
    if not key.properties.flag("enableKeyRotation"):
        yield "key rotation is off"
    elif (days := key.properties.number("rotationPeriodInDays", 365)) > key.settings.max_rotation_days:
        yield f"the key rotates every {days:.0f} days, {key.settings.max_rotation_days} is the longest allowed"
