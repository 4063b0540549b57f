"""`meridian rollout`: what it prints, writes and refuses."""

import json
import sys
from pathlib import Path

import pytest

from meridian import cli
from meridian.commands import rollout
from meridian.engine.project import Project
from meridian.plan import Mode
from tests.meridian.rollout.small import ORDER, Clouds, written

ROOT = Path(__file__).parents[3]


def command(monkeypatch: pytest.MonkeyPatch, project: Path, *arguments: str) -> int:
    monkeypatch.setattr(
        sys, "argv", ["meridian", "rollout", *arguments, "--project", str(project), *(["--jobs", "1"] if arguments else [])]
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Clouds:
    """The small project, its engines pretended, and no policy asked: its one VPC breaks some."""
    project = written(tmp_path)
    found = Clouds({stack: project.plan(stack, Mode.UPDATE) for stack in ORDER})
    monkeypatch.setattr(rollout.pulumi, "cloud", lambda root, stack: found.live(stack))
    return found


@pytest.fixture
def without_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    order, judged = rollout.Order, rollout.judged
    monkeypatch.setattr(rollout, "Order", lambda **said: order(**{**said, "with_policies": False}))
    monkeypatch.setattr(rollout, "judged", lambda make, **said: judged(make, **{**said, "with_policies": False}))


def test_plan_as_json_for_other_software(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`.waves[].stacks` is what .github/workflows/up.yml reads."""
    assert command(monkeypatch, ROOT, "plan", "--json", str(tmp_path / "order.json")) == 0
    written_order = json.loads((tmp_path / "order.json").read_text())
    assert written_order["version"] == 1
    assert sorted(stack for wave in written_order["waves"] for stack in wave["stacks"]) == sorted(Project.at(ROOT).stacks)
    assert written_order["waves"][-1] == {"name": "global", "stacks": ["global"]}
    assert list(written_order["gates"]) == ["preview", "policies", "settled", "health"]
    assert "ap-northeast-1" in capsys.readouterr().out
    assert command(monkeypatch, ROOT, "plan", "eu-west-1", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["waves"] == [{"name": "primaries", "stacks": ["eu-west-1"]}]


def test_plan_against_saved_plans(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, without_policies: None, capsys: pytest.CaptureFixture[str]
) -> None:
    project, saved = tmp_path / "project", tmp_path / "saved"
    project.mkdir()
    written(project)
    monkeypatch.setattr(
        sys, "argv", ["meridian", "preview", "--all", "--jobs", "1", "--no-policies", "--project", str(project), "--save", str(saved)]
    )
    with pytest.raises(SystemExit):
        cli.main()
    written(project, **{"small:block": "10.9.0.0/16"})
    capsys.readouterr()
    assert command(monkeypatch, project, "plan", "--against", str(saved), "--json", "-") == 0
    nothing = {"create": 0, "update": 0, "replace": 0, "delete": 0}
    assert json.loads(capsys.readouterr().out)["changes"] == {
        "staging": nothing,
        "eu-central-1": nothing,
        "eu-west-1": {**nothing, "replace": 1},  # the address range of a VPC cannot be changed
    }


def test_up_and_resume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clouds: Clouds, without_policies: None, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = ("--journal", str(tmp_path / "journal"))
    clouds.troubles["eu-west-1"] = {"update": True}
    assert command(monkeypatch, tmp_path, "up", "--yes", *journal) == 1
    assert "eu-west-1: stopped at update; nothing after it was touched" in capsys.readouterr().out
    assert command(monkeypatch, tmp_path, "up", "--yes", *journal) == 2
    assert "take it up with --resume" in capsys.readouterr().err
    written(tmp_path, **{"small:block": "10.9.0.0/16"})
    assert command(monkeypatch, tmp_path, "up", "--yes", "--resume", *journal) == 2
    assert "eu-west-1: its Plan has changed since the roll-out began" in capsys.readouterr().err
    written(tmp_path)
    clouds.troubles.clear()
    clouds.told.clear()
    assert command(monkeypatch, tmp_path, "up", "--yes", "--resume", *journal) == 0
    assert {said.split()[0] for said in clouds.told} == {"eu-west-1"}
    assert "3 stacks are as planned" in capsys.readouterr().out


def test_each_stack_may_have_its_own_backend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clouds: Clouds, without_policies: None, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def beside(engine: object, **environment: str) -> object:
        seen.append(environment["PULUMI_BACKEND_URL"])
        return engine

    monkeypatch.setattr(rollout.pulumi, "beside", beside)
    journal = ("--journal", str(tmp_path / "journal"))
    assert command(monkeypatch, tmp_path, "up", "--yes", *journal, "--backend", "s3://state-{stack}?region={region}") == 0
    assert seen == [
        "s3://state-staging?region=eu-west-1",
        "s3://state-eu-central-1?region=eu-central-1",
        "s3://state-eu-west-1?region=eu-west-1",
    ]
    assert command(monkeypatch, tmp_path, "up", "--yes", "--resume", *journal, "--backend", "s3://{bucket}") == 2
    assert "may hold {stack}, {account}, {region} and nothing else in braces" in capsys.readouterr().err


def test_nothing_is_touched_while_a_plan_has_findings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clouds: Clouds, capsys: pytest.CaptureFixture[str]
) -> None:
    """A VPC without flow logs, in every stack: each is named, none is begun."""
    assert command(monkeypatch, tmp_path, "up", "--yes", "--journal", str(tmp_path / "journal")) == 2
    said = capsys.readouterr().err
    assert all(f"\n{stack}: sec-" in f"\n{said}" for stack in ORDER)
    assert "nothing was touched" in said
    assert clouds.told == []
    assert not (tmp_path / "journal").exists()


def test_nobody_there_to_be_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clouds: Clouds, without_policies: None, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert command(monkeypatch, tmp_path, "up", "--journal", str(tmp_path / "journal")) == 2
    assert "add --yes" in capsys.readouterr().err
    assert clouds.told == []


def test_faults_of_files_are_told_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = written(tmp_path)
    for stack, knob in {"eu-west-1": "role: primary", "eu-central-1": "role: secondary"}.items():
        file = project.stack_file(stack)
        file.write_text(file.read_text().replace(knob, "role: main"))
    assert command(monkeypatch, tmp_path, "plan") == 2
    assert capsys.readouterr().err.count("role: 'main' is none of primary, secondary") == 2


def test_a_file_of_no_stack_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path).stack_file("eu-west-1")
    file.write_text("config: {}\n")
    assert command(monkeypatch, tmp_path, "plan") == 2
    assert "eu-west-1: `meridian:region` names no region and index" in capsys.readouterr().err
