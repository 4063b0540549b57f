"""What docs/OPERATIONS.md says of commands is what there is: names, options, gates, numbers."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from meridian.bootstrap.bucket import OLD_VERSIONS_DAYS
from meridian.bootstrap.site import MANAGED_BY
from meridian.cli import app
from meridian.rollout.gates import GATES

TEXT = (Path(__file__).parents[3] / "docs" / "OPERATIONS.md").read_text()
SECTIONS = {name: TEXT.split(f"## {name}\n")[1].split("\n## ")[0] for name in ("First region in a new account", "Rolling out a change")}
LINES = [line for text in SECTIONS.values() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def parsed(line: str) -> Mapping[str, Any]:
    """What the command takes the line for; it parses, and runs nothing."""
    name, *arguments = shlex.split(line)
    assert name == "meridian"
    found: Any = typer.main.get_command(app)
    while hasattr(found, "get_command"):
        word = arguments.pop(0)
        found = found.get_command(None, word)
        assert found is not None, word
    return found.make_context(found.name, arguments).params


@pytest.mark.parametrize("line", LINES)
def test_every_command_is_one_that_meridian_takes(line: str) -> None:
    assert "project" in parsed(line)


def test_what_no_command_takes_is_seen() -> None:
    with pytest.raises(AssertionError, match="rollback"):
        parsed("meridian rollback plan")
    with pytest.raises(Exception, match="--nothing"):
        parsed("meridian rollout plan --nothing")
    assert parsed("meridian rollout up --resume")["resume"] is True


def test_all_gates_are_told() -> None:
    assert all(f"`{gate}`" in SECTIONS["Rolling out a change"] for gate in GATES)


def test_numbers_and_names_are_the_programs_own() -> None:
    section = SECTIONS["First region in a new account"]
    assert f"kept for {OLD_VERSIONS_DAYS} days" in " ".join(section.split())
    assert f"`{'='.join(MANAGED_BY)}`" in section
