"""The record of who did what in the account, and whether anybody watches it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity

RUNTIME = frozenset({"EKS_AUDIT_LOGS", "EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING"})
"""Features of GuardDuty that watch EKS: the API server's log, and what pods do (GuardDuty user guide, EKS protection)."""

_TRAIL: Mapping[str, Any] = {
    "s3BucketName": "trail",
    "isMultiRegionTrail": True,
    "enableLogFileValidation": True,
    "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "eventSelectors": [{"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}],
}
_ADVANCED = {
    "advancedEventSelectors": [
        {
            "fieldSelectors": [
                {"field": "eventCategory", "equals": ["Data"]},
                {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            ]
        }
    ]
}


def _trail(**changed: Any) -> dict[str, Any]:
    return {key: value for key, value in {**_TRAIL, **changed}.items() if value is not None}


def _feature(name: str, status: str = "ENABLED") -> Any:
    return resource(tokens.GUARDDUTY_FEATURE, {"detectorId": "${subject.id}", "name": name, "status": status})


_DETECTOR = resource(tokens.GUARDDUTY_DETECTOR, {"enable": True})


@rule(
    "res-24",
    on=(tokens.TRAIL, tokens.GUARDDUTY_DETECTOR, tokens.CONFIG_RECORDER),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Whoever must tell the authority what was read has nothing to tell from if nobody wrote it down, or if it could be altered.",
    fix=(
        "Trail: is_multi_region_trail, enable_log_file_validation, kms_key_id, and data events of S3 objects. Recorder: "
        "recording_group.all_supported. Detector: enable, and aws.guardduty.DetectorFeature EKS_AUDIT_LOGS or RUNTIME_MONITORING."
    ),
    controls=("hipaa:164.312(b)", "fsbp:CloudTrail.1", "fsbp:CloudTrail.2", "fsbp:CloudTrail.4", "fsbp:GuardDuty.1"),
    bad=(
        _trail(isMultiRegionTrail=None),
        _trail(enableLogFileValidation=False),
        _trail(kmsKeyId=None),
        _trail(eventSelectors=None),
        _trail(enableLogging=False),
        example(_DETECTOR),
        example(_DETECTOR, eks=_feature("EKS_AUDIT_LOGS", "DISABLED")),
        example(resource(tokens.GUARDDUTY_DETECTOR, {"enable": False}), eks=_feature("EKS_AUDIT_LOGS")),
        example(resource(tokens.CONFIG_RECORDER, {"roleArn": "r", "recordingGroup": {"allSupported": False}})),
    ),
    good=(
        _trail(),
        _trail(eventSelectors=None, **_ADVANCED),
        example(_DETECTOR, eks=_feature("EKS_AUDIT_LOGS")),
        example(resource(tokens.GUARDDUTY_DETECTOR, {"datasources": {"kubernetes": {"auditLogs": {"enable": True}}}})),
        example(resource(tokens.CONFIG_RECORDER, {"roleArn": "r"})),
    ),
)
def deeds_are_recorded_and_watched(record: Subject) -> Iterator[str]:
    return _PARTS[record.resource.type](record)


def _of_trail(trail: Subject) -> Iterator[str]:
    read = trail.properties
    wanted = {
        "records one region only": read.flag("isMultiRegionTrail"),
        "its files can be altered unseen": read.flag("enableLogFileValidation"),
        "is not encrypted with a key of ours": "kmsKeyId" in read,
        "is switched off": read.flag("enableLogging", default=True),
        "does not record who read objects": _reads_objects(read),
    }
    return (fault for fault, kept in wanted.items() if not kept)


def _reads_objects(trail: Properties) -> bool:
    simple = (each.text("type") for selector in trail.sections("eventSelectors") for each in selector.sections("dataResources"))
    fields = (field for selector in trail.sections("advancedEventSelectors") for field in selector.sections("fieldSelectors"))
    advanced = (value for field in fields if field.text("field") == "resources.type" for value in field.texts("equals"))
    return "AWS::S3::Object" in {*simple} or "AWS::S3::Object" in {*advanced}


def _of_detector(detector: Subject) -> Iterator[str]:
    if not detector.properties.flag("enable", default=True):
        yield "is switched off"
    features = detector.referrers(tokens.GUARDDUTY_FEATURE, "detectorId")
    on = {each.properties.text("name") for each in features if each.properties.text("status") == "ENABLED"}
    old = detector.properties.section("datasources").section("kubernetes").section("auditLogs").flag("enable")
    if not old and not on & RUNTIME:
        yield "does not watch EKS"


def _of_recorder(recorder: Subject) -> Iterator[str]:
    if not recorder.properties.section("recordingGroup").flag("allSupported", default=True):
        yield "does not record every kind of resource"


_PARTS: Mapping[str, Callable[[Subject], Iterator[str]]] = {
    tokens.TRAIL: _of_trail,
    tokens.GUARDDUTY_DETECTOR: _of_detector,
    tokens.CONFIG_RECORDER: _of_recorder,
}
