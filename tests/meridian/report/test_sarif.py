"""SARIF as code hosts read it (OASIS SARIF 2.1.0, sections 3.27 and 3.49)."""

import json
from typing import Any

from meridian.report.sarif import sarif
from tests.meridian.estates import ESTATE, key, verdicts


def run() -> dict[str, Any]:
    document = json.loads(sarif(ESTATE, verdicts()))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (found,) = document["runs"]
    return found


def result(name: str) -> dict[str, Any]:
    urn = key(name, None).urn
    (found,) = (
        each
        for each in run()["results"]
        if each["ruleId"] == "sec-37" and each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == urn
    )
    return found


def test_a_finding_stands_at_its_line() -> None:
    found = result("bad")
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "stacks/region.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7},
    }
    assert (found["kind"], found["level"], found["message"]) == ("fail", "warning", {"text": "key rotation is off"})
    assert "suppressions" not in found


def test_a_finding_without_a_line_names_its_resource_alone() -> None:
    assert "physicalLocation" not in result("<script>")["locations"][0]


def test_waived_is_suppressed_and_undecided_is_open() -> None:
    (suppression,) = result("waived")["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "OPS-1" in suppression["justification"]
    assert (result("open")["kind"], result("open")["level"]) == ("open", "none")
    assert result("open")["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///elsewhere/a.py"}


def test_every_result_points_at_its_rule_and_passes_are_left_out() -> None:
    rules = run()["tool"]["driver"]["rules"]
    assert all(rules[found["ruleIndex"]]["id"] == found["ruleId"] for found in run()["results"])
    assert {rule["id"] for rule in rules} >= {"sec-37", "meta-01", "meta-02", "meta-03"}
    assert all(float(rule["properties"]["security-severity"]) for rule in rules)
    assert key("good", True).urn not in json.dumps(run())
