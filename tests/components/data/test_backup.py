"""BackupSpec: what it refuses by itself and for a class of data in a region."""

import re

import pytest
from pydantic import ValidationError

from components.data.backup import BackupSpec, backup_faults, copy_faults, retention_faults
from components.tags import DataClass


def test_defaults_are_production_grade_for_personal_data() -> None:
    spec = BackupSpec()
    assert spec.rpo_minutes <= 5
    assert backup_faults(spec, DataClass.PERSONAL, "eu-west-1") == []


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"full_schedule": "cron(0 1 * * ? *)"}, "is AWS's dialect: write Unix cron of five fields"),
        ({"full_schedule": "0 0 1 * * *"}, "has six fields"),
        ({"retention_days": 0}, "retention_days"),
        ({"rpo_minutes": 0}, "rpo_minutes"),
        ({"copy_to": ["eu-central-1", "eu-central-1"]}, "copy_to: eu-central-1: named twice"),
        ({"copies": []}, "copies"),
    ],
)
def test_wrong_knobs_are_refused(knobs: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(told)):
        BackupSpec.from_yaml(knobs)


def test_copies_follow_allowed_edges_only() -> None:
    spec = BackupSpec(copy_to=("eu-central-1", "us-east-1"))
    (fault,) = copy_faults(spec, DataClass.PERSONAL, "eu-west-1")
    assert fault == (
        "copy_to[1]: us-east-1: no legal basis to copy personal data there from eu-west-1 (residency.yaml); "
        "allowed: eu-central-1, eu-west-2"
    )
    assert copy_faults(spec, DataClass.OPERATIONAL, "eu-west-1") == []
    assert len(copy_faults(spec, DataClass.SENSITIVE, "eu-west-1")) == 2


@pytest.mark.parametrize(("data_class", "least"), [("public", 7), ("operational", 7), ("personal", 35), ("sensitive", 90)])
def test_retention_holds_for_the_class(data_class: str, least: int) -> None:
    kind = DataClass(data_class)
    assert retention_faults(BackupSpec(retention_days=least), kind) == []
    (fault,) = retention_faults(BackupSpec(retention_days=least - 1), kind)
    assert f"retention_days: {least - 1}: backups of {data_class} data are kept {least} days or more" in fault
