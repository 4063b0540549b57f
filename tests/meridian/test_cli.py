"""The command as a user has it: output, exit codes, what it refuses."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from meridian import cli

ROOT = Path(__file__).parents[2]
IRELAND = ROOT / "stacks" / "Pulumi.eu-west-1.yaml"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["meridian", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with Ireland's stack file alone, so without its partner; the program runs from the copy."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "stacks").mkdir()
    shutil.copy(IRELAND, tmp_path / "stacks")
    change(tmp_path, partner=None)
    return tmp_path


def change(project: Path, **values: object) -> None:
    file = project / "stacks" / IRELAND.name
    config = yaml.safe_load(file.read_text())
    config["config"]["meridian:region"] |= values
    file.write_text(yaml.safe_dump(config))


def test_preview_shows_components_verdicts_and_totals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "preview", "eu-west-1", "--project", str(ROOT)) == cli.CLEAN
    shown = capsys.readouterr().out
    assert "network Vpc" in shown
    assert "sec-01" in shown
    assert " 0 fail" in shown


def test_json_on_standard_output_is_alone_and_follows_its_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "preview", "eu-west-1", "--project", str(ROOT), "--json", "-") == cli.CLEAN
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "preview.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert document["totals"]["verdicts"]["fail"] == 0
    assert {finding["check"] for finding in document["findings"]} >= {"sec-01", "rel-01"}


def test_json_goes_to_a_file_beside_the_terminals_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "preview.json"
    assert run(monkeypatch, "preview", "--project", str(ROOT), "--no-policies", "--json", str(target)) == cli.CLEAN
    assert json.loads(target.read_text())["findings"] == []
    assert "sec-01" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [target]


def test_volumes_never_shrink_against_an_earlier_preview(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.json"
    arguments = ("preview", "eu-west-1", "--project", str(project), "--no-policies")
    assert run(monkeypatch, *arguments, "--json", str(earlier)) == cli.CLEAN
    assert run(monkeypatch, *arguments, "--against", str(earlier)) == cli.CLEAN
    values = yaml.safe_load(IRELAND.read_text())["config"]["meridian:region"]["data"]
    change(project, data=values | {"tidb": {"tikv": {"data_gib": 500, "store_gib": 512, "stores": 3}}})
    capsys.readouterr()
    assert run(monkeypatch, *arguments, "--against", str(earlier)) == cli.WRONG_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert [line for line in said.err.splitlines() if "tikv" in line and "512Gi is less than 1024Gi" in line]
    change(project, data=values | {"tidb": {"tikv": {"data_gib": 500, "store_gib": 1536, "stores": 3}}})
    assert run(monkeypatch, *arguments, "--against", str(earlier)) == cli.CLEAN


@pytest.mark.parametrize(("text", "said"), [(None, "No such file"), ("{", "no document"), ("[]", "no document")])
def test_an_earlier_preview_that_is_none_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | None, said: str
) -> None:
    earlier = tmp_path / "earlier.json"
    if text is not None:
        earlier.write_text(text)
    assert run(monkeypatch, "preview", "--project", str(ROOT), "--no-policies", "--against", str(earlier)) == cli.WRONG_INPUT
    assert said in capsys.readouterr().err


def test_a_blocking_finding_ends_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path) -> None:
    values = yaml.safe_load(IRELAND.read_text())["config"]["meridian:region"]
    change(project, cluster=values["cluster"] | {"public_access_cidrs": ["203.0.113.0/24"]})
    assert run(monkeypatch, "check", "eu-west-1", "--project", str(project)) == cli.FINDINGS
    shown = capsys.readouterr().out
    assert "fail sec-01" in shown
    assert "fix:" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("preview", "eu-west-7"), "no such stack file; did you mean 'eu-west-1'?"),
        (("preview", "eu-west-1", "--json", "/no/such/folder/x.json"), "there is no folder /no/such/folder"),
        (("preview", "eu-west-1", "--json", "/"), "is a folder"),
        (("preview", "eu-west-1", "--mode", "dream"), "'dream' is not one of"),
        (("preview", "--project", "/no/such/project"), "no such file"),
        (("privew",), "No such command 'privew'"),
    ],
)
def test_wrong_input_ends_with_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(project)
    assert run(monkeypatch, *arguments) == cli.WRONG_INPUT
    output = capsys.readouterr()
    assert said in " ".join(output.err.split())
    assert output.out == ""


def test_a_refused_stack_file_gives_one_line_per_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    change(project, index=99, account_id="1", colour="red")
    assert run(monkeypatch, "preview", "eu-west-1", "--project", str(project)) == cli.WRONG_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("Pulumi.eu-west-1.yaml: meridian:region.") for line in lines)


def test_yaml_that_does_not_parse_is_told_by_file_and_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "stacks" / IRELAND.name).write_text("config:\n  meridian:region: {index: 1\n")
    assert run(monkeypatch, "preview", "--project", str(project)) == cli.WRONG_INPUT
    assert "Pulumi.eu-west-1.yaml:3: this is no YAML" in capsys.readouterr().err


def test_a_fault_of_meridian_itself_ends_with_3(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "preview", crash)
    assert run(monkeypatch, "preview", "--project", str(ROOT)) == cli.INTERNAL_ERROR
    assert "fault of Meridian itself" in capsys.readouterr().err


NEW = (
    "--account",
    "111122223333",
    "--owner",
    "platform",
    "--cost-center",
    "infrastructure",
    "--admin-role",
    "arn:aws:iam::111122223333:role/admin",
)


def test_a_new_region_takes_the_next_free_index_and_previews_clean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    change(project, index=0)
    assert run(monkeypatch, "new-region", "eu-central-1", *NEW, "--project", str(project)) == cli.CLEAN
    written = yaml.safe_load((project / "stacks" / "Pulumi.eu-central-1.yaml").read_text())["config"]
    assert written["pulumi:disable-default-providers"] == ["*"]
    assert written["meridian:region"]["index"] == 1
    assert written["meridian:region"]["network"]["zones"] == ["euc1-az1", "euc1-az2", "euc1-az3"]
    assert run(monkeypatch, "preview", "eu-central-1", "--project", str(project)) == cli.CLEAN
    assert " 0 fail" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("eu-west-1", *NEW), "exists already"),
        (("eu-south-9", *NEW), "'eu-south-9' is not in the catalogue"),
        (("eu-central-1", "--account", "12", *NEW[2:]), "meridian:region.account_id"),
    ],
)
def test_a_new_region_that_cannot_be_is_refused_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path, arguments: tuple[str, ...], said: str
) -> None:
    before = {path: path.read_text() for path in (project / "stacks").iterdir()}
    assert run(monkeypatch, "new-region", *arguments, "--project", str(project)) == cli.WRONG_INPUT
    assert said in capsys.readouterr().err
    assert {path: path.read_text() for path in (project / "stacks").iterdir()} == before
