"""The adapter to the SDK, in process; tests/policies/test_wire.py drives it as the engine does."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationArgs
from pulumi_policy.policy import PolicyCustomTimeouts, PolicyResourceOptions
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from policies.core import pack
from policies.core.registry import rules
from policies.core.rule import Rule
from policies.core.verdict import UNKNOWN, UNKNOWNS
from policies.core.waivers import Waiver

ROTATION = next(rule for rule in rules() if rule.id == "sec-37")
URN = "urn:pulumi:a::b::aws:kms/key:Key::k"
OPTIONS = PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
)


def reported(inputs: dict[str, Any], *waivers: Waiver, type: str = "aws:kms/key:Key", config: dict[str, Any] | None = None) -> list[str]:
    found: list[str] = []
    args = ResourceValidationArgs(type, unknown_checking_proxy(inputs), URN, "k", OPTIONS, None, config)
    pack.policy(ROTATION, waivers).validate(args, lambda message, urn=None: found.append(f"{urn}: {message}"))  # type: ignore[arg-type]  # a resource policy
    return found


def waiver(expires: date) -> Waiver:
    return Waiver(id="sec-37", urn="*kms*", reason="migration", owner="platform", ticket="OPS-1", expires=expires)


def test_findings_are_reported_with_their_resource() -> None:
    assert reported({}) == [f"{URN}: key rotation is off"]
    assert reported({"enableKeyRotation": True, "tags": {"a": ["b"]}}) == []
    assert reported({}, type="aws:kms/alias:Alias") == []


def test_a_waived_finding_is_not_reported() -> None:
    today = datetime.now(UTC).date()
    assert reported({}, waiver(today + timedelta(days=1))) == []


def test_an_expired_waiver_is_reported_too() -> None:
    own, finding = reported({}, waiver(date(2020, 1, 1)))
    assert own == f"{URN}: meta-01: waiver of sec-37 by platform (OPS-1) expired on 2020-01-01: mend or agree anew"
    assert finding == f"{URN}: key rotation is off"


@pytest.mark.parametrize("unknown", sorted(UNKNOWNS))
def test_undecided_is_one_advisory_line(unknown: str) -> None:
    with pytest.raises(UnknownValueError) as undecided:
        reported({"enableKeyRotation": unknown})
    assert undecided.value.message == "undecided: k.enableKeyRotation is not known yet"


def test_settings_reach_the_rule() -> None:
    inputs = {"enableKeyRotation": True, "rotationPeriodInDays": 200.0}
    assert reported(inputs) == []
    assert reported(inputs, config={"maxRotationDays": 90.0}) == [f"{URN}: the key rotates every 200 days, 90 is the longest allowed"]
    (fault,) = reported(inputs, config={"maxRotationsDays": 90})
    assert fault.startswith("None: rule sec-37 could not run: maxRotationsDays: 90: no such setting")


def test_proxies_become_plain_json() -> None:
    values = {"a": [{"b": [1.0, None, True]}, "x"], "c": {}}
    assert pack._plain(unknown_checking_proxy(values)) == values  # pyright: ignore[reportPrivateUsage]  # the one place that knows the SDK's proxies
    assert pack._plain(unknown_checking_proxy(dict.fromkeys(UNKNOWNS, 1))) == dict.fromkeys(UNKNOWNS, 1)  # pyright: ignore[reportPrivateUsage]  # keys are no values
    hidden = unknown_checking_proxy({name: {"list": [name]} for name in UNKNOWNS})
    assert pack._plain(hidden) == {name: {"list": [UNKNOWN]} for name in UNKNOWNS}  # pyright: ignore[reportPrivateUsage]  # as above


def test_levels_follow_severity() -> None:
    levels = {rule.id: pack.policy(rule, ()).enforcement_level for rule in rules()}
    assert levels["sec-37"] is EnforcementLevel.ADVISORY
    assert levels["sec-31"] is EnforcementLevel.MANDATORY


def test_the_engine_is_told_all_about_a_rule() -> None:
    told = pack.policy(ROTATION, ())
    assert (told.name, told.display_name) == (ROTATION.id, ROTATION.title)
    assert told.description == f"{ROTATION.title}: {ROTATION.why}"
    assert (told.tags, told.remediation_steps) == (list(ROTATION.controls), ROTATION.fix)
    assert told.framework is not None
    assert vars(told.framework) == {
        "name": "CIS Amazon Web Services Foundations Benchmark",
        "version": "7.0.0",
        "reference": "https://www.cisecurity.org/benchmark/amazon_web_services",
        "specification": ROTATION.controls[0].split(":", 1)[1],
    }
    assert pack.policy(replace(ROTATION, controls=()), ()).framework is None


def test_settings_are_declared_as_json_schema() -> None:
    declared = {rule.id: pack.policy(rule, ()).config_schema for rule in rules()}
    assert {id for id, schema in declared.items() if schema} == {rule.id for rule in rules() if rule.settings}
    rotation, environments = declared["sec-37"], declared["rel-18"]
    assert rotation is not None
    assert environments is not None
    days = rotation.properties["maxRotationDays"]
    assert (set(rotation.properties), days["type"], days["default"], days["minimum"], days["maximum"]) == (
        {"maxRotationDays"},
        "integer",
        365,
        90,
        2560,
    )
    names = environments.properties["disposableEnvironments"]
    assert (names["type"], names["items"]) == ("array", {"type": "string"})
    assert "uniqueItems" not in names


class Clock(datetime):
    """Half past eleven at night where the sun never sets on UTC, the next morning here."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime(2026, 11, 20, 23, 30, tzinfo=UTC) if tz is UTC else datetime(2026, 11, 21, 1, 30)


def test_the_day_is_that_of_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "datetime", Clock)
    assert reported({}, waiver(date(2026, 11, 20))) == []
    assert len(reported({}, waiver(date(2026, 11, 19)))) == 2


def test_a_pack_is_served_with_its_rules_and_the_waivers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[tuple[Rule, ...], date]] = []
    served: list[tuple[str, list[pack.Policy]]] = []

    def read(rules: Iterable[Rule], today: date) -> tuple[Waiver, ...]:
        asked.append((tuple(rules), today))
        return (waiver(date(2026, 12, 1)),)

    monkeypatch.setattr(pack, "datetime", Clock)
    monkeypatch.setattr(pack, "read_waivers", read)
    monkeypatch.setattr(pack, "PolicyPack", lambda name, policies: served.append((name, policies)))
    for module in (pack.requests, pack.server):  # they change the SDK for good, which other tests would feel
        monkeypatch.setattr(module, "install", lambda *_: "")
    pack.serve("security")
    assert asked == [(rules(), date(2026, 11, 20))]
    ((name, policies),) = served
    assert (name, [policy.name for policy in policies]) == ("security", [rule.id for rule in rules("security")])
    (rotation,) = (policy for policy in policies if policy.name == "sec-37")
    found: list[str] = []
    args = ResourceValidationArgs("aws:kms/key:Key", unknown_checking_proxy({}), URN, "k", OPTIONS, None)
    rotation.validate(args, lambda message, urn=None: found.append(message))  # type: ignore[arg-type]  # a resource policy
    assert found == []
