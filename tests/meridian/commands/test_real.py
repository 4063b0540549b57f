"""Previews by the real engine: what is refused without a CLI, and, where there is one, what it shows."""

import sys
from pathlib import Path

import pytest

from meridian import cli
from meridian.engine.command import NoEngine
from meridian.engine.project import Project

ROOT = Path(__file__).parents[3]
LEAST = next(stack for stack in Project.at(ROOT).stacks if stack.startswith("dev"))


@pytest.mark.parametrize(
    "arguments", [("preview", "--engine", "pulumi"), ("preview", "--cloud"), ("rehearse",), ("rehearse", "--kills", "0", "--markdown", "-")]
)
def test_without_the_cli_there_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["meridian", *arguments, "--project", str(ROOT)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.WRONG_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.strip() == "the Pulumi CLI is not on PATH: install 3.227 or later, or put its folder first on PATH"


def test_a_world_of_another_run_is_refused_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world = tmp_path / "world.jsonl"
    world.write_text('{"format": 1, "run": "rehearsal of eu-west-1", "pid": 1}\n')
    monkeypatch.setattr(sys, "argv", ["meridian", "rehearse", LEAST, "--world", str(world), "--project", str(ROOT)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.WRONG_INPUT
    assert f"this run is 'rehearsal of {LEAST}'" in capsys.readouterr().err
    assert len(world.read_text().splitlines()) == 1


@pytest.mark.engine
def test_the_real_engines_preview_is_shown_and_judged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from meridian.engine.command import Command

    try:
        Command.found()
    except NoEngine as error:
        pytest.skip(str(error))
    monkeypatch.setattr(sys, "argv", ["meridian", "preview", LEAST, "--engine", "pulumi", "--project", str(ROOT)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.err) == (cli.CLEAN, "")
    assert "network Vpc" in shown.out
    assert " 0 fail" in shown.out
