"""Settings: one typed place, all faults at once."""

import re

import pytest

from policies.core.settings import Level, Settings, SettingsError
from policies.core.verdict import Severity


def test_critical_and_high_stop_an_update() -> None:
    assert {severity: Settings().level(severity) for severity in Severity} == {
        Severity.CRITICAL: Level.MANDATORY,
        Severity.HIGH: Level.MANDATORY,
        Severity.MEDIUM: Level.ADVISORY,
        Severity.LOW: Level.ADVISORY,
    }


def test_numbers_of_the_wire_are_floats() -> None:
    assert Settings.of({"maxAddresses": 64.0}).max_addresses == 64
    assert Settings.of({"max_addresses": 64}).max_addresses == 64


def test_severities_are_configuration() -> None:
    assert Settings.of({"mandatorySeverities": ["critical"]}).level(Severity.HIGH) is Level.ADVISORY


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(SettingsError) as faults:
        Settings.of({"maxAddresses": -1, "minZones": "many", "maxRotation": 1})
    lines = str(faults.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["maxAddresses", "minZones", "maxRotation"]
    assert "greater than or equal to 0" in lines[0]
    assert re.fullmatch(r"maxRotation: 1: no such setting; there are \w+(, \w+)*, maxRotationDays(, \w+)+", lines[2])


def test_a_fault_inside_a_list_is_placed() -> None:
    with pytest.raises(SettingsError, match=r"^mandatorySeverities\.1: 'urgent': Input should be 'critical', 'high', 'medium' or 'low'$"):
        Settings.of({"mandatorySeverities": ["critical", "urgent"]})
