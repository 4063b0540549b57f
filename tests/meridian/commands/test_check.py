"""`meridian check` as a user has it."""

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from meridian import cli
from tests.meridian.saved import foreign

Output = pytest.CaptureFixture[str]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["meridian", "check", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(foreign.state()))
    return file


def test_a_state_of_any_project_is_judged(monkeypatch: pytest.MonkeyPatch, capsys: Output, state: Path, tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("found.json", "found.sarif", "found.html")]
    written = ("--json", names[0], "--sarif", names[1], "--evidence", names[2])
    assert run(monkeypatch, "--state", state, *written) == cli.FINDINGS
    shown = capsys.readouterr().out
    assert "fail sec-19" in shown
    assert "fix:" in shown
    assert "shop/prod" in shown
    found: list[dict[str, Any]] = json.loads(Path(names[0]).read_text())
    assert {"check": "sec-37", "urn": foreign.urn("aws:kms/key:Key", "vault"), "verdict": "fail", "message": "key rotation is off"} in found
    assert json.loads(Path(names[1]).read_text())["runs"][0]["results"]
    assert "Evidence: shop/prod" in Path(names[2]).read_text()


def test_only_the_chosen_packs_judge(monkeypatch: pytest.MonkeyPatch, capsys: Output, state: Path) -> None:
    run(monkeypatch, "--state", state, "--pack", "security", "--pack", "residency", "--json", "-")
    assert {row["check"].split("-")[0] for row in json.loads(capsys.readouterr().out)} == {"sec", "res"}


def test_levels_and_settings_come_from_a_file(monkeypatch: pytest.MonkeyPatch, capsys: Output, state: Path, tmp_path: Path) -> None:
    config = tmp_path / "checks.yaml"
    config.write_text("all: advisory\nsec-40: disabled\n")
    assert run(monkeypatch, "--state", state, "--config", config, "--json", "-") == cli.CLEAN
    assert "sec-40" not in {row["check"] for row in json.loads(capsys.readouterr().out)}


WAIVER = "- {{id: {id}, urn: '*Key::vault', reason: r, owner: platform, ticket: OPS-1, expires: {expires}}}"


def test_waivers_hold_and_lapse(monkeypatch: pytest.MonkeyPatch, capsys: Output, state: Path, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"

    def said(expires: date) -> set[tuple[str, str]]:
        file.write_text(WAIVER.format(id="sec-37", expires=expires))
        run(monkeypatch, "--state", state, "--waivers", file, "--json", "-")
        found = json.loads(capsys.readouterr().out)
        return {
            (row["check"], row["verdict"]) for row in found if row["urn"].endswith("Key::vault") and row["check"] in {"sec-37", "meta-01"}
        }

    assert said(date.today()) == {("sec-37", "waived")}
    assert said(date.today() - timedelta(days=1)) == {("sec-37", "fail"), ("meta-01", "fail")}
    file.write_text(WAIVER.format(id="sec-3", expires=date.today()))
    assert run(monkeypatch, "--state", state, "--waivers", file) == cli.WRONG_INPUT
    assert "waivers.yaml: waivers[0].id: sec-3: a rule that may be waived; did you mean sec-" in " ".join(capsys.readouterr().err.split())


def test_a_plan_goes_out_in_the_words_of_terraform(monkeypatch: pytest.MonkeyPatch, state: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["meridian", "export", "terraform", "--state", str(state), "-o", str(tmp_path / "plan.json")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    document = json.loads((tmp_path / "plan.json").read_text())
    assert "aws_kms_key.vault" in {each["address"] for each in document["planned_values"]["root_module"]["resources"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("eu-west-1", "--state", "{state}"), "STACK and --state: exactly one of STACK, --state FILE and --plan FILE is judged"),
        (("--state", "{state}", "--pack", "securty"), "--pack: securty: no such pack; did you mean security?"),
        (("--state", "{state}", "--config", "{state}"), "version: no such check"),
        (("--state", "no-such-file"), "no-such-file: No such file or directory"),
        (("--plan", "{state}"), "a state goes with --state"),
        (("--state", "{state}", "--evidence", "/no/such/folder/x.html"), "there is no folder /no/such/folder"),
    ],
)
def test_wrong_input_ends_with_2_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: Output, state: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert run(monkeypatch, *(argument.format(state=state) for argument in arguments)) == cli.WRONG_INPUT
    output = capsys.readouterr()
    assert said in " ".join(output.err.split())
    assert output.out == ""
