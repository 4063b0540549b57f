"""LogGroup: encrypted with its own key, finite, named as asked."""

import pytest

from components.location import Location
from components.log_group import LogGroup, LogGroupArgs, RetentionDays
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.deploy import deploy


def group(name: str = "/aws/eks/x/cluster", **changes: bool) -> Plan:
    args = LogGroupArgs(
        location=Location(account_id="111122223333", region="eu-west-1"),
        log_group_name=name,
        purpose="Control plane logs",
        retention=RetentionDays.DAYS_90,
        **changes,
    )
    return deploy(lambda: LogGroup("logs", args))


def test_it_is_encrypted_with_its_own_key_and_forgets() -> None:
    plan = group()
    assert plan["logs-group"].inputs == {
        "name": "/aws/eks/x/cluster",
        "kmsKeyId": plan.find("aws:kms/key:Key", "logs-key").outputs["arn"],
        "retentionInDays": 90,
    }


def test_protection_is_the_callers_choice_for_events_and_none_for_the_key() -> None:
    assert not group()["logs-group"].options.protect
    assert group(protected=True)["logs-group"].options.protect
    assert group().find("aws:kms/key:Key", "logs-key").options.protect


def test_a_name_cloudwatch_would_refuse_is_refused() -> None:
    with pytest.raises(ProgramFailed, match="CloudWatch log group name 'a b' must match"):
        group("a b")
