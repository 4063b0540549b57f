"""Workflows: what GitHub would refuse, and what would fail only on the day it is needed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from meridian.cli import app

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "docs" / "examples" / "gitlab-ci.yml"
VERSION = (ROOT / ".pulumi.version").read_text().strip()
GO_BINARIES = Path.home() / "go" / "bin"
ACTIONLINT = shutil.which("actionlint") or shutil.which("actionlint", path=GO_BINARIES)
PINNED = re.compile(r"^[\w./-]+@[0-9a-f]{40}$")


def jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from yaml.safe_load(file.read_text())["jobs"].items()


@pytest.mark.oracle
@pytest.mark.skipif(ACTIONLINT is None, reason="actionlint is not on PATH: go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run([str(ACTIONLINT), *map(str, WORKFLOWS)], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("yamllint") is None, reason="yamllint is not on PATH")
def test_yamllint_finds_nothing() -> None:
    """Catalogue and test data stay out: their columns are aligned, so that rows can be compared."""
    places = [".github", "stacks", "docs/examples", "policies/waivers.yaml", "Pulumi.yaml", ".pre-commit-config.yaml"]
    done = subprocess.run(["yamllint", "--strict", *places], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_job_ends_may_little_and_uses_what_cannot_be_moved(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in jobs(file):
        called = "uses" in job
        assert called or job["timeout-minutes"] <= 180, name
        for step in job.get("steps", []):
            assert "uses" not in step or PINNED.match(step["uses"]), step
            assert step.get("with", {}).get("persist-credentials") is False or "actions/checkout" not in step.get("uses", ""), name
            assert "${{" not in step.get("run", ""), f"{name}: an expression inside a script is code of whoever wrote the value"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_what_may_write_runs_nothing_of_the_pull_request(file: Path) -> None:
    for name, job in jobs(file):
        if "write" in set(job.get("permissions", {}).values()) - {None} and "pull-requests" in job["permissions"]:
            assert not [
                step for step in job["steps"] if "uses" in step or ".venv" in step.get("run", "") or "make" in step.get("run", "")
            ], name


def scripts() -> Iterator[str]:
    for file in WORKFLOWS:
        for _, job in jobs(file):
            yield from (step["run"] for step in job.get("steps", []) if "run" in step)
    for job in yaml.safe_load(GITLAB.read_text()).values():
        if isinstance(job, dict):
            yield from (str(line) for line in job.get("script", []))


def commands() -> list[str]:
    return sorted({line.strip() for script in scripts() for line in re.findall(r"\.venv/bin/meridian ([^|)\n]*)", script)})


def test_commands_are_found() -> None:
    assert len(commands()) >= 6


@pytest.mark.parametrize("line", commands())
def test_every_command_and_option_exists(line: str) -> None:
    words = line.split()
    command: Any = typer.main.get_command(app)
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_one_version_of_the_cli() -> None:
    pinned = re.search(r'"pulumi==([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    image = re.search(r"image: pulumi/[\w.-]+:([\d.]+)", GITLAB.read_text())
    assert pinned is not None
    assert image is not None
    assert pinned[1] == image[1] == VERSION


def test_gitlab_and_github_do_the_same() -> None:
    github = (ROOT / ".github" / "workflows" / "preview.yml").read_text()
    for word in (
        "--against",
        "--markdown report/comment.md",
        "--html report/index.html",
        "residency --all",
        "drill --all",
        "--no-policies --save",
    ):
        assert word in github
        assert word in GITLAB.read_text()
