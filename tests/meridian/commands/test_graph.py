"""`meridian graph` writes each notation where it is asked to, and prints Mermaid where nobody asks."""

import xml.etree.ElementTree as XML
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meridian.cli import app
from meridian.report.json_target import CannotWrite

ROOT = str(Path(__file__).parents[3])
runner = CliRunner()


def test_files_of_each_notation(tmp_path: Path) -> None:
    files = {name: tmp_path / f"region.{name}" for name in ("svg", "mermaid", "dot", "html")}
    asked = [text for name, file in files.items() for text in (f"--{name}", str(file))]
    found = runner.invoke(app, ["graph", "eu-west-1", "--project", ROOT, *asked], catch_exceptions=False)
    assert (found.exit_code, found.stdout) == (0, "")
    XML.parse(files["svg"])
    assert files["mermaid"].read_text().startswith("flowchart LR\n")
    assert files["dot"].read_text().startswith("digraph ")
    assert files["html"].read_text().count("<svg") == 2


def test_dependencies_are_printed() -> None:
    found = runner.invoke(app, ["graph", "eu-west-1", "--project", ROOT, "--of", "dependencies"], catch_exceptions=False)
    assert found.exit_code == 0
    assert "-->" in found.stdout
    assert "tidb-operator" in found.stdout


def test_a_file_that_cannot_be_written_is_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="no folder"):
        runner.invoke(app, ["graph", "nowhere", "--svg", str(tmp_path / "none" / "a.svg")], catch_exceptions=False)
