"""States of projects that are not ours: what is found in them, and which files are refused whole."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meridian.analysis.verdicts import judged
from meridian.saved.estate import Unreadable
from meridian.saved.state import read_state
from policies.core.configuration import Configuration
from policies.core.verdict import Verdict
from tests.meridian.saved import foreign

TODAY = date(2026, 11, 20)


def written(folder: Path, document: Any) -> Path:
    file = folder / "state.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def test_a_foreign_program_is_found_out_by_name(tmp_path: Path) -> None:
    estate = read_state(written(tmp_path, foreign.state()))
    verdicts = judged(estate, waivers=(), today=TODAY, configuration=Configuration())
    failed = {(found.rule, found.urn.rsplit("::", 1)[-1]) for found in verdicts.of(Verdict.FAIL)}
    assert {("sec-19", "ssh"), ("sec-37", "vault"), ("sec-40", "open")} <= failed
    assert ("sec-40", "shut") not in failed  # joined by the bucket's name: the program wrote it as a word
    assert not {name for _, name in failed} & {"old", "found"}
    assert estate.name == "shop/prod"
    assert not any("crashed" in found.message for found in verdicts.judgements)


def test_secrets_are_read_only_where_they_stand_in_clear(tmp_path: Path) -> None:
    document = foreign.state()
    values = {resource.name: resource.inputs for resource in read_state(written(tmp_path, document)).resources}
    assert values["token"]["value"] == "[secret]"
    clear = {key: value for key, value in foreign.SECRET.items() if key != "ciphertext"} | {"plaintext": '{"a": [1]}'}
    document["deployment"]["resources"][7]["inputs"]["value"] = clear
    values = {resource.name: resource.inputs for resource in read_state(written(tmp_path, document)).resources}
    assert values["token"]["value"] == {"a": [1]}
    assert "__defaults" not in values["token"]


def test_several_stacks_lie_in_one_file(tmp_path: Path) -> None:
    text = json.dumps(foreign.state())
    other = json.loads(text.replace("urn:pulumi:prod::", "urn:pulumi:test::"))
    merged = foreign.state()
    merged["deployment"]["resources"] += other["deployment"]["resources"]
    for document in (merged, [foreign.state(), other]):
        estate = read_state(written(tmp_path, document))
        assert estate.name == "shop/prod, shop/test"
        assert len(estate.resources) == 2 * 8


def test_stacks_know_each_other_by_arn(tmp_path: Path) -> None:
    arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    document = foreign.state()
    document["deployment"]["resources"][3]["outputs"]["arn"] = arn
    document["deployment"]["resources"].append(foreign.entry("aws:ebs/volume:Volume", "disk", {"kmsKeyId": arn}, "vol-0123456789"))
    found = {resource.name: resource.property_dependencies for resource in read_state(written(tmp_path, document)).resources}
    assert found["disk"] == {"kmsKeyId": (foreign.urn("aws:kms/key:Key", "vault"),)}


def version(document: Any) -> Any:
    return document | {"version": 2}


def unversioned(document: Any) -> Any:
    return {"deployment": document["deployment"]}


def without_resources(document: Any) -> Any:
    return document | {"deployment": {}}


def empty(document: Any) -> Any:
    return document | {"deployment": {"resources": []}}


def without_urn(document: Any) -> Any:
    del document["deployment"]["resources"][2]["urn"]
    return document


def without_provider(document: Any) -> Any:
    del document["deployment"]["resources"][1]
    return document


def twice(document: Any) -> Any:
    document["deployment"]["resources"].append(document["deployment"]["resources"][2])
    return document


def truncated(document: Any) -> Any:
    return json.dumps(document)[:-40]


def prose(document: Any) -> Any:
    return "error: no stack selected"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (version, "version 2; a state of version 3 is read"),
        (unversioned, "no version"),
        (without_resources, "no deployment.resources"),
        (empty, "no resources; export a stack that was deployed"),
        (without_urn, r"deployment.resources\[2\] has no urn; nothing was judged"),
        (without_provider, "default_7_51_1, which is not there"),
        (twice, "ssh stands there twice"),
        (truncated, "JSON that ends too early; nothing was judged"),
        (prose, "no JSON"),
    ],
)
def test_a_file_that_is_no_whole_state_is_refused_in_one_line(tmp_path: Path, spoil: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(Unreadable, match=said) as fault:
        read_state(written(tmp_path, spoil(foreign.state())))
    assert len(str(fault.value).splitlines()) == 1


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file or directory; name a file that `pulumi stack export` wrote"):
        read_state(tmp_path / "none.json")
