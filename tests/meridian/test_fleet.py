"""Several stacks at once: the same Plans as one by one, faults of one beside the others, saved Plans compared."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from meridian import cli
from meridian.engine.project import Project, WrongProject
from meridian.fleet import Ending, Order, Outcome, preview_all
from meridian.plan import Mode

ROOT = Path(__file__).parents[2]
SMALL = ("a", "b", "c")


def write(project: Path, stack: str, change: Callable[[dict[str, Any]], object] = lambda region: None) -> None:
    file = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev-eu-west-1.yaml").read_text())
    region = file["config"]["meridian:region"]
    region["index"] = ord(stack[0]) - ord("a")
    change(region)
    (project / "stacks" / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(file))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "stacks").mkdir()
    for stack in SMALL:
        write(tmp_path, stack)
    return tmp_path


def previewed(project: Path, stacks: tuple[str, ...] = SMALL, jobs: int = 2) -> dict[str, Outcome]:
    order = Order(
        project=Project.at(project),
        mode=Mode.PREVIEW,
        with_policies=True,
        today=date(2026, 11, 20),
        mendable=(WrongProject, pulumi.RunError),
    )
    return {outcome.stack: outcome for outcome in preview_all(order, stacks, jobs=jobs, watch=lambda stack, count: None)}


def command(monkeypatch: pytest.MonkeyPatch, project: Path, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["meridian", "preview", "--project", str(project), *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_two_processes_find_what_one_finds(project: Path) -> None:
    apart, together = previewed(project, jobs=1), previewed(project, jobs=2)
    assert set(apart) == set(together) == set(SMALL)
    for stack in SMALL:
        one, two = apart[stack].preview, together[stack].preview
        assert one is not None
        assert two is not None
        assert one.plan == two.plan
        assert one.verdicts is not None
        assert two.verdicts is not None
        assert one.verdicts.judgements == two.verdicts.judgements
        assert together[stack].peak_megabytes > 50
        assert together[stack].seconds > 0


def test_a_fault_of_one_does_not_hide_the_others(project: Path) -> None:
    write(project, "b", lambda region: region.update(account_id="1"))
    write(project, "c", lambda region: region["cluster"].update(public_access_cidrs=["203.0.113.0/24"]))
    found = previewed(project)
    assert {stack: outcome.ending for stack, outcome in found.items()} == {
        "a": Ending.CLEAN,
        "b": Ending.WRONG_INPUT,
        "c": Ending.FINDINGS,
    }
    assert "Pulumi.b.yaml: meridian:region.account_id" in found["b"].fault
    assert found["b"].preview is None


def test_a_fault_of_meridian_is_the_worst_and_told_with_its_lines(project: Path) -> None:
    (project / "__main__.py").write_text("raise ZeroDivisionError('here')\n")
    found = previewed(project, ("a",))["a"]
    assert found.ending is Ending.INTERNAL_ERROR
    assert "here" in found.fault


def test_all_shows_a_line_for_each_and_ends_as_the_worst(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    write(project, "b", lambda region: region.update(account_id="1"))
    assert command(monkeypatch, project, "--all", "--jobs", "2") == cli.WRONG_INPUT
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines() if line.split()[0] in SMALL] == list(SMALL)
    assert "1 without a Plan" in said.out
    assert "Pulumi.b.yaml: meridian:region.account_id" in said.out
    assert "a: clean" in said.err


def test_saved_plans_tell_which_stacks_change(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path) -> None:
    saved, report = project / "plans", project / "report.json"
    assert command(monkeypatch, project, "a", "b", "--no-policies", "--save", str(saved)) == cli.CLEAN
    assert sorted(path.name for path in saved.iterdir()) == ["a.json", "b.json"]
    write(project, "b", lambda region: region["node_groups"]["system"].update(max_nodes=5))
    capsys.readouterr()
    arguments = ("a", "b", "c", "--no-policies", "--against", str(saved), "--json", str(report))
    assert command(monkeypatch, project, *arguments) == cli.CLEAN
    stacks = {row["stack"]: row["changes"] for row in json.loads(report.read_text())["stacks"]}
    assert stacks["a"] == []
    assert [(change["action"], change["properties"]) for change in stacks["b"]] == [("update", ["scalingConfig"])]
    assert {change["action"] for change in stacks["c"]} == {"create"}
    assert "~ b " in capsys.readouterr().out


def test_a_folder_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "plans").mkdir()
    (project / "plans" / "a.json").write_text("{}")
    assert command(monkeypatch, project, "a", "--no-policies", "--against", str(project / "plans")) == cli.WRONG_INPUT
    assert "a.json: no document of stack a" in capsys.readouterr().err
