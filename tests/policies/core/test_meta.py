"""The checks of the checks."""

from datetime import date

from policies.core.configuration import Configuration
from policies.core.judge import judge
from policies.core.meta import META, meta
from policies.core.registry import rules
from policies.core.resource import Resource, Stack
from policies.core.verdict import UNKNOWN, Judgement, Verdict
from policies.core.waivers import Waiver

TODAY = date(2026, 11, 20)
ROTATION = [rule for rule in rules() if rule.id == "sec-37"]
STACK = Resource(urn="urn:stack", type="pulumi:pulumi:Stack", name="stack", inputs={})


def made(type: str, name: str, **inputs: object) -> Resource:
    return Resource(urn=f"urn:{name}", type=type, name=name, inputs=inputs, provider="urn:provider")


def found(*resources: Resource, waivers: tuple[Waiver, ...] = (), told: object = None) -> list[tuple[str, Verdict, str]]:
    configuration = Configuration.of(told, rules(), [check.id for check in META])
    stack = (STACK, *resources)
    judgements = judge(Stack(stack), ROTATION, waivers, TODAY, configuration)
    return [(each.rule, each.verdict, each.message) for each in meta(stack, judgements, ROTATION, waivers, configuration)]


def key(name: str, rotation: object) -> Resource:
    return made("aws:kms/key:Key", name, enableKeyRotation=rotation)


def waiver(urn: str) -> Waiver:
    return Waiver(id="sec-37", urn=urn, reason="r", owner="platform", ticket="OPS-1", expires=date(2026, 12, 1))


def test_a_waiver_of_what_passes_is_told_and_one_of_elsewhere_is_not() -> None:
    assert found(key("good", True), waivers=(waiver("urn:good"),)) == [
        ("meta-01", Verdict.FAIL, "waiver of sec-37 by platform (OPS-1) waives nothing: remove it")
    ]
    assert found(key("good", True), waivers=(waiver("urn:other*"),)) == []
    assert found(key("bad", False), waivers=(waiver("urn:bad"),)) == []


def test_more_open_judgements_than_agreed_are_a_finding() -> None:
    keys = [key(f"k{number}", UNKNOWN) for number in range(3)]
    assert found(*keys, told={"all": {"maxUndecided": 3}}) == []
    ((check, verdict, message),) = found(*keys, told={"all": {"maxUndecided": 2}})
    assert (check, verdict) == ("meta-02", Verdict.FAIL)
    assert message.startswith("3 judgements are open, 2 may be; most often sec-37: k0.enableKeyRotation is not known yet")
    assert found(*keys, told={"all": {"maxUndecided": 2}, "meta-02": "disabled"}) == []


def test_what_no_check_sees_is_undecided() -> None:
    assert found(
        made("aws:x/y:Y", "one"),
        made("aws:x/y:Y", "other"),
        made("kubernetes:helm.sh/v3:Release", "chart"),
        made("aws:iam/role:Role", "role", assumeRolePolicy=UNKNOWN),
        Resource(urn="urn:component", type="ours:a:B", name="component", inputs={}),
    ) == [
        ("meta-03", Verdict.UNDECIDED, "no check looks at aws:iam/role:Role: 1 here"),
        ("meta-03", Verdict.UNDECIDED, "no check looks at aws:x/y:Y: 2 here"),
        ("meta-03", Verdict.UNDECIDED, "what the chart makes of its values is not in the program"),
        ("meta-03", Verdict.UNDECIDED, "role.assumeRolePolicy is a document that is not known yet"),
    ]


def test_ids_are_those_of_judgements() -> None:
    assert [check.id for check in META] == ["meta-01", "meta-02", "meta-03"]
    assert Judgement.__dataclass_fields__.keys() >= {"rule", "severity"}
