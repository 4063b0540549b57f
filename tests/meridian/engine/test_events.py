"""Event logs as the CLI writes them (apitype.EngineEvent), whole and cut off."""

import json
from pathlib import Path
from typing import Any

from meridian.engine.events import Step, read
from meridian.plan import Diagnostic, Level

VPC, ROLE = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::network", "urn:pulumi:s::p::aws:iam/role:Role::nodes"


def log(path: Path, *events: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps({"sequence": at, "timestamp": 1, **event}) + "\n" for at, event in enumerate(events)))
    return path


def step(operation: str, urn: str, **more: Any) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, "type": "t", "old": None, "new": None, **more}}}


def test_steps_come_in_order_with_the_properties_that_made_them_necessary(tmp_path: Path) -> None:
    found = read(
        log(tmp_path / "log", step("same", VPC), step("replace", ROLE, keys=["name"]), step("update", VPC, diffs=["tags"], keys=None))
    )
    assert found.steps == (Step("same", VPC, ()), Step("replace", ROLE, ("name",)), Step("update", VPC, ("tags",)))
    assert found.urns("replace", "update") == (ROLE, VPC)
    assert found.changes == {"replace": 1, "update": 1}


def test_looking_changes_nothing(tmp_path: Path) -> None:
    assert read(log(tmp_path / "log", step("refresh", VPC), step("read", ROLE), step("same", ROLE))).changes == {}


def test_failures_findings_and_messages_are_kept_and_the_engines_own_talk_is_not(tmp_path: Path) -> None:
    found = read(
        log(
            tmp_path / "log",
            {"resOpFailedEvent": {"metadata": {"op": "create", "urn": VPC}, "status": 0, "steps": 0}},
            {"diagnosticEvent": {"urn": VPC, "message": " limit exceeded\n", "severity": "error", "color": "never"}},
            {"diagnosticEvent": {"message": "looking for plugins", "severity": "debug", "color": "never"}},
            {"diagnosticEvent": {"message": "printed by the program", "severity": "info#err", "color": "never"}},
            {"policyEvent": {"resourceUrn": VPC, "policyName": "x", "enforcementLevel": "mandatory"}},
        )
    )
    assert found.failed == (VPC,)
    assert found.diagnostics == (
        Diagnostic(level=Level.ERROR, message="limit exceeded", urn=VPC),
        Diagnostic(level=Level.INFO, message="printed by the program"),
    )
    assert [each["policyName"] for each in found.policies] == ["x"]


def test_a_log_that_a_kill_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    path = log(tmp_path / "log", step("create", VPC), step("create", ROLE))
    path.write_text(path.read_text()[:-20])
    assert read(path).urns("create") == (VPC,)


def test_no_log_is_no_event(tmp_path: Path) -> None:
    assert read(tmp_path / "none").steps == ()
