"""What a user may set, and how each mistake is told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies.core.configuration import Configuration, ConfigurationError, read_configuration
from policies.core.example import Example
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.settings import Level
from policies.core.verdict import Severity, Verdict

RULES = rules()


def test_nothing_set_is_the_defaults() -> None:
    for nothing in (None, {}):
        configuration = Configuration.of(nothing, RULES)
        assert configuration.settings_of("sec-02").max_addresses == 256
        assert configuration.level_of("sec-02", Severity.HIGH) is Level.MANDATORY
        assert configuration.level_of("sec-02", Severity.LOW) is Level.ADVISORY


def test_all_is_overridden_by_the_check() -> None:
    document = {
        "all": {"enforcementLevel": "advisory", "maxAddresses": 10, "minZones": 2},
        "sec-02": {"enforcementLevel": "mandatory", "maxAddresses": 20.0},
        "rel-01": "disabled",
    }
    configuration = Configuration.of(document, RULES)
    assert configuration.level_of("sec-02", Severity.LOW) is Level.MANDATORY
    assert configuration.level_of("sec-03", Severity.CRITICAL) is Level.ADVISORY
    assert configuration.level_of("rel-01", Severity.HIGH) is Level.DISABLED
    assert (configuration.settings_of("sec-02").max_addresses, configuration.settings_of("sec-02").min_zones) == (20, 2)
    assert configuration.settings_of("sec-01").max_addresses == 10


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"sec-2": "mandatory"}, "sec-2: no such check; did you mean sec-"),
        ({"network": "mandatory"}, "network: no such check; there are "),
        ({"sec-02": "mandatry"}, "sec-02: 'mandatry': no such level; did you mean mandatory?"),
        ({"sec-02": False}, "sec-02: False: no such level; there are advisory, disabled, mandatory, remediate"),
        ({"sec-02": ["mandatory"]}, "sec-02: ['mandatory']: no such level"),
        ({"sec-02": {"enforcementLevel": "high"}}, "sec-02.enforcementLevel: 'high': no such level"),
        ({"sec-02": {"maxAddress": 3}}, "sec-02.maxAddress: 3: no such option; did you mean maxAddresses?"),
        ({"sec-02": {"minZones": 3}}, "sec-02.minZones: 3: no such option; there are enforcementLevel, maxAddresses"),
        ({"sec-02": {"maxAddresses": -1}}, "sec-02.maxAddresses: -1: Input should be greater than or equal to 0"),
        (["sec-02"], "(document): list: an object, check -> level or options"),
    ],
)
def test_a_mistake_is_told_with_what_is_near(document: Any, line: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        Configuration.of(document, RULES)
    (said,) = str(fault.value).splitlines()
    assert said.startswith(line)


def test_all_faults_are_told_at_once_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "checks.yaml"
    file.write_text("sec-99: mandatory\nall: strict\nsec-02: {maxAddresses: few, colour: red}\n")
    with pytest.raises(ConfigurationError) as faults:
        read_configuration(file, RULES)
    assert [line.split(":")[1].strip() for line in str(faults.value).splitlines()] == [
        "sec-99",
        "all",
        "sec-02.colour",
        "sec-02.maxAddresses",
    ]


@pytest.mark.parametrize(("text", "said"), [(None, "No such file"), ("{a: [", "line 1"), ("\x00", "no text")])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "checks.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        read_configuration(file, RULES)


def test_a_disabled_check_judges_nothing_and_others_hear_their_own_settings() -> None:
    key = Example.of_inputs("aws:kms/key:Key", {"enableKeyRotation": True, "rotationPeriodInDays": 200}).stack(ids_known=True)
    rotation = [rule for rule in RULES if rule.id == "sec-37"]

    def verdicts(document: Any) -> list[Verdict]:
        return [found.verdict for found in judge(key, rotation, (), date(2026, 11, 20), Configuration.of(document, RULES))]

    assert verdicts({}) == [Verdict.PASS]
    assert verdicts({"sec-37": {"maxRotationDays": 90}}) == [Verdict.FAIL]
    assert verdicts({"sec-37": "disabled"}) == []
