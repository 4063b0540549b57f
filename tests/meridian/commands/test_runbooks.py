"""What docs/OPERATIONS.md says of commands is what there is: names, options, gates, numbers."""

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from meridian.bootstrap.bucket import OLD_VERSIONS_DAYS
from meridian.bootstrap.site import MANAGED_BY
from meridian.cli import app
from meridian.rollout.gates import GATES

TEXT = (Path(__file__).parents[3] / "docs" / "OPERATIONS.md").read_text()
SECTIONS = {name: TEXT.split(f"## {name}\n")[1].split("\n## ")[0] for name in ("First region in a new account", "Rolling out a change")}
LINES = [line for text in SECTIONS.values() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@pytest.mark.parametrize("line", LINES)
def test_every_command_is_one_that_meridian_takes(line: str) -> None:
    name, *arguments = shlex.split(line)
    assert name == "meridian"
    command: click.Command = typer.main.get_command(app)
    context = click.Context(command)
    while isinstance(command, click.Group):
        word = arguments.pop(0)
        found = command.get_command(context, word)
        assert found is not None, word
        command = found
    command.make_context(command.name, arguments)  # parses, and runs nothing


def test_all_gates_are_told() -> None:
    assert all(f"`{gate}`" in SECTIONS["Rolling out a change"] for gate in GATES)


def test_numbers_and_names_are_the_programs_own() -> None:
    section = SECTIONS["First region in a new account"]
    assert f"kept for {OLD_VERSIONS_DAYS} days" in " ".join(section.split())
    assert f"`{'='.join(MANAGED_BY)}`" in section
