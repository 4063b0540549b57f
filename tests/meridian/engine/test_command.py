"""Which Pulumi CLI is accepted, and what it refuses, in one line each."""

from pathlib import Path

import pytest

from meridian.engine.command import Command, NoEngine
from meridian.engine.refusals import refusal


def cli(folder: Path, script: str) -> Path:
    path = folder / "pulumi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo v3.226.9", "is Pulumi CLI 3.226.9: Meridian needs 3.227 or later"),
        ("echo hello", "answers 'hello' to `pulumi version`: Meridian needs the Pulumi CLI 3.227 or later"),
        ("echo broken >&2; exit 3", "cannot be run, exit code 3, broken: Meridian needs"),
    ],
)
def test_an_unusable_cli_is_named_with_what_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, said: str) -> None:
    path = cli(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoEngine) as refused:
        Command.found()
    assert str(refused.value).startswith(f"{path}: {said}")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "pulumi"
    path.write_bytes(b"\x7fELF nothing")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoEngine, match=r"cannot be run, Exec format error: Meridian needs the Pulumi CLI 3\.227"):
        Command.found()


def test_no_cli_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoEngine, match=r"not on PATH: install 3\.227 or later"):
        Command.found()


@pytest.mark.parametrize("said", ["v3.227.0", "3.260.0", "v4.0.0", "v3.300.1-alpha.1+dirty"])
def test_a_new_enough_cli_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str) -> None:
    path = cli(tmp_path, f"echo {said}")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Command.found() == Command(path, said.removeprefix("v"))


def test_what_is_not_known_is_not_explained() -> None:
    assert refusal("error: something new", "dev") is None
