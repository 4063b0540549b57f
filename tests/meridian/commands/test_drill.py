"""`meridian drill` as a user has it: what it shows, what it writes, what it refuses."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from meridian import cli

ROOT = Path(__file__).parents[3]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["meridian", "drill", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's files; no region of it has to be planned to lose one."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def resized(project: Path, region: str, sessions: int) -> None:
    file = project / "stacks" / f"Pulumi.{region}.yaml"
    written = yaml.safe_load(file.read_text())
    written["config"]["meridian:region"]["capacity_sessions"] = sessions
    file.write_text(yaml.safe_dump(written))


def test_a_region_is_lost_without_planning_any(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path) -> None:
    """The copy has no program, so that a plan would fail."""
    assert run(monkeypatch, "eu-west-1", "--project", str(project)) == cli.CLEAN
    shown = " ".join(capsys.readouterr().out.split())
    assert "eu-central-1 3,800 8,300 9,600" in shown
    assert "users wait 45 s at most: probe phase 15 s + further probes 15 s + timeout and retries 15 s + edge-dns 0 s" in shown
    assert "eu-west: sensitive data is unavailable" in shown
    assert "the loss is survived" in shown


def test_a_survivor_that_is_too_small_is_named_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    """8300 sessions of 0.8 x 9000."""
    resized(project, "eu-central-1", 9_000)
    assert run(monkeypatch, "eu-west-1", "--project", str(project)) == cli.FINDINGS
    shown = " ".join(capsys.readouterr().out.split())
    assert "losing eu-west-1: eu-central-1 would carry 8,300 of 7,200 sessions, 1,100 too many" in shown


def test_a_zone_is_lost_by_the_plan_of_its_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "drill.json"
    assert run(monkeypatch, "euw2-az3", "--json", str(file), "--project", str(ROOT)) == cli.CLEAN
    document = json.loads(file.read_text())
    (drill,) = document["drills"]
    assert (document["version"], drill["lost"], drill["survived"]) == (1, ["euw2-az3"], True)
    zone = drill["zones"]["eu-west-2"]
    assert (zone["lost"]["nodes"], zone["left"]["nodes"]) == (1, 2)
    assert zone["placement"]["unplaced"] == {}
    assert {quorum["name"] for quorum in zone["quorums"]} >= {"app-cache-valkey shard"}
    assert drill["regions"]["moves"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("eu-wst-1",), "'eu-wst-1' is no region of the fleet and no zone of one; did you mean eu-west-1"),
        (("euw1-az9",), "did you mean euw1-az"),
        ((), "name zones or regions that are lost, or say --all"),
        (("eu-west-1", "--all"), "name zones or regions that are lost, or say --all"),
    ],
)
def test_what_cannot_be_lost_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert run(monkeypatch, *arguments, "--project", str(project)) == cli.WRONG_INPUT
    shown = capsys.readouterr()
    assert words in shown.err
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""


def test_json_on_standard_output_is_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path) -> None:
    run(monkeypatch, "us-east-1", "us-west-2", "--json", "-", "--project", str(project))
    (drill,) = json.loads(capsys.readouterr().out)["drills"]
    assert drill["survived"] is False
    assert {move["after"] for move in drill["regions"]["moves"]} == {"ca-central-1", "maintenance"}
