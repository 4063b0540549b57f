"""Waivers: read or refused as a whole, and the clock that ends them."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from policies.core.example import Example
from policies.core.judge import judge
from policies.core.names import near
from policies.core.registry import rules
from policies.core.verdict import Severity, Verdict
from policies.core.waivers import Waiver, WaiverError, read_waivers, waivers

TODAY = date(2026, 11, 20)
ENTRY = {"id": "sec-37", "urn": "*kms/key:Key::*", "reason": "migration", "owner": "platform", "ticket": "OPS-1", "expires": TODAY}
RULES = rules()
WAIVABLE = [rule.id for rule in RULES if rule.waivable]
ROTATION = [rule for rule in RULES if rule.id == "sec-37"]
STACK = Example.of_inputs("aws:kms/key:Key", {}).stack(ids_known=True)


def refused(*entries: object) -> list[str]:
    with pytest.raises(WaiverError) as faults:
        waivers(list(entries), RULES, TODAY)
    return str(faults.value).splitlines()


def test_the_repository_waives_what_it_says_and_nothing_else() -> None:
    assert {(waiver.id, waiver.urn) for waiver in read_waivers(RULES, TODAY)} == {("res-20", "*::steering-apac-load-balancer")}


@pytest.mark.parametrize("document", [None, []])
def test_nothing_is_no_waiver(document: object) -> None:
    assert waivers(document, RULES, TODAY) == ()


def test_a_waiver_is_read(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("- {id: sec-37, urn: '*kms*', reason: migration, owner: platform, ticket: OPS-1, expires: 2026-11-30}")
    assert read_waivers(RULES, TODAY, file) == (
        Waiver(id="sec-37", urn="*kms*", reason="migration", owner="platform", ticket="OPS-1", expires=date(2026, 11, 30)),
    )


def test_all_faults_are_listed_at_once() -> None:
    assert refused({**ENTRY, "reason": " ", "until": 1}, "text", {**ENTRY, "id": "sec-99", "urn": "*"}, {}) == [
        "waivers[0].reason:  : a sentence that says why the finding is accepted",
        "waivers[0].until: 1: no such field; there are id, urn, reason, owner, ticket, expires",
        "waivers[1]: 'text': an object with id, urn, reason, owner, ticket, expires",
        f"waivers[2].id: sec-99: a rule that may be waived; {near('sec-99', WAIVABLE)}",
        "waivers[2].urn: *: a glob of URNs with at least three plain characters in a row",
        *(line for line in refused({}) for line in [line.replace("[0]", "[3]")]),
    ]
    assert refused({}) == [
        f"waivers[0].id: missing: a rule that may be waived; there are {', '.join(sorted(WAIVABLE))}",
        "waivers[0].urn: missing: a glob of URNs with at least three plain characters in a row",
        "waivers[0].reason: missing: a sentence that says why the finding is accepted",
        "waivers[0].owner: missing: the team that answers for it",
        "waivers[0].ticket: missing: where it was agreed",
        "waivers[0].expires: missing: a date like 2026-01-31, no later than 2027-02-18 (90 days from today)",
    ]


def test_a_rule_that_cannot_be_waived_is_refused() -> None:
    (fault,) = refused({**ENTRY, "id": "sec-31"})
    assert fault == "waivers[0].id: sec-31: a rule that may be waived; this one cannot"


def test_a_misspelt_rule_is_told_what_is_near() -> None:
    (fault,) = refused({**ENTRY, "id": "sec37"})
    assert "did you mean sec-37" in fault


def test_ninety_days_are_the_longest() -> None:
    assert waivers([{**ENTRY, "expires": TODAY + timedelta(days=90)}], RULES, TODAY)
    assert refused({**ENTRY, "expires": TODAY + timedelta(days=91)}) == [
        "waivers[0].expires: 2027-02-19: a date like 2026-01-31, no later than 2027-02-18 (90 days from today)"
    ]
    assert len(refused({**ENTRY, "expires": "soon"})) == 1


def test_an_expired_waiver_is_no_fault_of_the_file() -> None:
    (waiver,) = waivers([{**ENTRY, "expires": TODAY - timedelta(days=400)}], RULES, TODAY)
    assert not waiver.holds(TODAY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- [", "waivers.yaml, line 2: expected the node content, but found '<stream end>': YAML that parses"),
        ("\x00", "waivers.yaml: characters that are no text: YAML in UTF-8"),
        ("a: 1", "waivers.yaml: (document): dict: a list of waivers"),
        ("- {id: 1}", "waivers.yaml: waivers[0].id: 1: "),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(text)
    with pytest.raises(WaiverError) as fault:
        read_waivers(RULES, TODAY, file)
    assert message in str(fault.value)
    assert "waivers.yaml" in str(fault.value)


def test_every_fault_of_a_file_has_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("- first\n- second")
    with pytest.raises(WaiverError) as faults:
        read_waivers(RULES, TODAY, file)
    assert [line.rsplit(": ", 1)[0] for line in str(faults.value).splitlines()] == [
        "waivers.yaml: waivers[0]: 'first'",
        "waivers.yaml: waivers[1]: 'second'",
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match=r"waivers\.yaml: No such file or directory: a readable YAML file"):
        read_waivers(RULES, TODAY, tmp_path / "waivers.yaml")


@pytest.mark.parametrize("days", [0, 1, 90])
def test_a_waiver_holds_to_its_last_day(days: int) -> None:
    (judgement,) = judge(STACK, ROTATION, [Waiver(**{**ENTRY, "expires": TODAY + timedelta(days=days)})], TODAY)
    assert judgement.verdict is Verdict.WAIVED
    assert judgement.severity is Severity.MEDIUM
    for part in ("key rotation is off", "platform", "OPS-1", "migration", str(TODAY + timedelta(days=days))):
        assert part in judgement.message


def test_an_expired_waiver_brings_the_finding_back_and_one_of_its_own() -> None:
    own, finding = judge(STACK, ROTATION, [Waiver(**{**ENTRY, "expires": TODAY - timedelta(days=1)})], TODAY)
    assert (finding.rule, finding.verdict, finding.message) == ("sec-37", Verdict.FAIL, "key rotation is off")
    assert (own.rule, own.verdict, own.severity, own.urn) == ("meta-01", Verdict.FAIL, Severity.HIGH, finding.urn)
    assert own.message == "waiver of sec-37 by platform (OPS-1) expired on 2026-11-19: mend or agree anew"


def test_a_renewed_waiver_silences_the_old_one() -> None:
    old, new = Waiver(**{**ENTRY, "expires": TODAY - timedelta(days=1)}), Waiver(**ENTRY)
    assert [judgement.verdict for judgement in judge(STACK, ROTATION, [old, new], TODAY)] == [Verdict.WAIVED]


@pytest.mark.parametrize("other", [{"urn": "*s3/bucket*"}, {"id": "sec-01"}])
def test_a_waiver_of_something_else_changes_nothing(other: dict[str, str]) -> None:
    assert [judgement.verdict for judgement in judge(STACK, ROTATION, [Waiver(**{**ENTRY, **other})], TODAY)] == [Verdict.FAIL]


def test_a_pass_needs_no_waiver() -> None:
    stack = Example.of_inputs("aws:kms/key:Key", {"enableKeyRotation": True}).stack(ids_known=True)
    assert [judgement.verdict for judgement in judge(stack, ROTATION, [Waiver(**ENTRY)], TODAY)] == [Verdict.PASS]
