"""Saved previews: ours is judged as the Plan is, Pulumi's as far as it is whole."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from meridian.analysis.verdicts import judged
from meridian.plan import Mode
from meridian.preview import Preview
from meridian.report.document import document
from meridian.saved.estate import Unreadable, estate_of
from meridian.saved.previews import read_preview
from policies.core.configuration import Configuration
from policies.core.verdict import UNKNOWN, Verdict
from tests.deploy import deploy
from tests.meridian.saved import foreign

TODAY = date(2026, 11, 20)


def build() -> None:
    key = aws.kms.Key("key", enable_key_rotation=False)
    aws.ebs.Volume("volume", availability_zone="eu-west-1a", size=1, kms_key_id=key.arn)
    aws.s3.Bucket.get("seen", "seen")


def saved(folder: Path, value: Any) -> Path:
    file = folder / "preview.json"
    file.write_text(json.dumps(value))
    return file


def test_our_own_preview_is_judged_as_the_plan_is(tmp_path: Path) -> None:
    plan = deploy(build, mode=Mode.PREVIEW)
    whole = document(Preview(plan=plan, verdicts=None, plan_seconds=0, policy_seconds=0))
    direct, read = (
        judged(estate, waivers=(), today=TODAY, configuration=Configuration())
        for estate in (estate_of(plan), read_preview(saved(tmp_path, whole)))
    )
    assert direct.judgements == read.judgements
    assert ("sec-37", Verdict.FAIL) in {(found.rule, found.verdict) for found in read.judgements}
    assert not [found for found in read.judgements if found.urn.endswith("::seen")]
    assert estate_of(plan).sources == read_preview(saved(tmp_path, whole)).sources != {}


def pulumi_preview() -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {"op": "create", "urn": state["urn"], "newState": {key: value for key, value in state.items() if key not in {"id", "outputs"}}}
        for state in foreign.resources()
        if not state.get("delete") and not state.get("external")
    ]
    steps[2]["newState"]["inputs"]["ingress"][0]["cidrBlocks"] = [UNKNOWN]
    return {"config": {}, "steps": [*steps, {"op": "delete", "urn": "urn:old", "oldState": {}}], "changeSummary": {"create": 8}}


def test_a_preview_of_pulumi_keeps_what_is_unknown(tmp_path: Path) -> None:
    estate = read_preview(saved(tmp_path, pulumi_preview()))
    verdicts = judged(estate, waivers=(), today=TODAY, configuration=Configuration())
    found = {(each.rule, each.urn.rsplit("::", 1)[-1]): each.verdict for each in verdicts.judgements}
    assert found["sec-19", "ssh"] is Verdict.UNDECIDED
    assert found["sec-37", "vault"] is Verdict.FAIL
    assert estate.name == "shop/prod"


def test_a_preview_without_what_stays_the_same_is_refused(tmp_path: Path) -> None:
    preview = pulumi_preview()
    del preview["steps"][1]
    with pytest.raises(Unreadable, match="--show-sames"):
        read_preview(saved(tmp_path, preview))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"version": 2, "resources": []}, "version 2; version 1 is read"),
        ({"version": 1, "resources": [{"urn": "x"}]}, "a part is missing: 'read'"),
        (foreign.state(), "a state goes with --state"),
        ([], "neither a document"),
        ({"steps": [{"op": "create"}]}, r"steps\[0\] has no newState"),
        ({"steps": []}, "nothing is made"),
    ],
)
def test_what_is_no_preview_is_refused(tmp_path: Path, value: Any, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_preview(saved(tmp_path, value))
