"""The comment: what a reviewer must see is in it, whatever a program calls its resources, and code hosts take it."""

from collections.abc import Sequence
from dataclasses import replace

from meridian.analysis.changes import Action, Change
from meridian.fleet import Ending, Outcome
from meridian.plan import STACK_TYPE, Mode, Options, Plan, Planned
from meridian.preview import Preview
from meridian.report.markdown import LONGEST, LONGEST_LIST, markdown
from tests.meridian import estates

GITHUB_LONGEST = 65_536
KEY = "aws:kms/key:Key"


def planned(type_: str, name: str, parent: str = "") -> Planned:
    return Planned(
        urn=f"urn:pulumi:s::p::{type_}::{name}", type=type_, name=name, parent=parent, custom=type_ != STACK_TYPE, provider="", id="",
        inputs={}, outputs={}, unknown=(), secret=(), dependencies=(), property_dependencies={}, options=Options(), trace=(),
    )  # fmt: skip


def outcome(stack: str = "s", *, keys: int = 3, fault: str = "") -> Outcome:
    resources = (planned(STACK_TYPE, "p-s"), *(planned(KEY, f"key-{number}") for number in range(keys)))
    plan = Plan(project="p", stack=stack, mode=Mode.PREVIEW, resources=resources)
    preview = Preview(plan=plan, verdicts=estates.verdicts(), plan_seconds=1, policy_seconds=1)
    return Outcome(stack=stack, preview=None if fault else preview, ending=Ending.CLEAN, fault=fault)


def change(action: Action, name: str, *properties: str) -> Change:
    return Change(action=action, urn=f"urn:pulumi:s::p::{KEY}::{name}", properties=properties)


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def test_a_row_for_each_stack_with_what_changes_and_what_is_found() -> None:
    changed: Sequence[Change] = [change(Action.CREATE, "new"), change(Action.UPDATE, "a", "enableKeyRotation"), change(Action.UPDATE, "b")]
    heading, _, first, second = rows(markdown([outcome("one"), outcome("two")], {"one": changed, "two": []}))
    assert heading == ["stack", "resources", "replace", "delete", "create", "update", "fail", "undecided", "waived"]
    fails = len([one for one in estates.verdicts().judgements if one.verdict == "fail"])
    assert first[:7] == ["one", "3", "", "", "1", "2", str(fails)]
    assert second[:6] == ["two", "3", "", "", "", ""]


def test_without_a_base_nothing_is_said_of_changes() -> None:
    text = markdown([outcome()], None)
    assert "create" not in text
    assert "base" not in text


def test_what_is_lost_stands_before_what_comes() -> None:
    changed = [change(Action.CREATE, "a"), change(Action.DELETE, "b"), change(Action.REPLACE, "c", "keyUsage")]
    listed = [line for line in markdown([outcome()], {"s": changed}).splitlines() if line.startswith("- **") and "Key" in line][:3]
    assert [line.split("**")[1] for line in listed] == ["replace", "delete", "create"]
    assert listed[0].endswith("`aws:kms/key:Key c`: keyUsage")


def test_a_stack_without_a_plan_says_why() -> None:
    text = markdown([outcome("broken", fault="Pulumi.broken.yaml: region: no\n```\nescaped")], {})
    assert "**No Plan for broken.**" in text
    assert "Pulumi.broken.yaml: region: no" in text
    assert text.count("```") == 2


def test_findings_with_one_cause_share_a_line_and_say_the_remedy() -> None:
    text = markdown([outcome()], None)
    failing = [line for line in text.splitlines() if line.startswith("- **fail** sec-37")]
    assert len(failing) == 1
    assert "and 1 more" in failing[0]
    assert "*Fix:*" in failing[0]


def test_markup_in_names_and_messages_stays_text() -> None:
    text = markdown([outcome()], None)
    outside_code = "".join(part for number, part in enumerate(text.split("`")) if number % 2 == 0)
    assert "<script>" not in outside_code
    assert "<b>soon</b>" not in text


def test_it_is_never_longer_than_a_comment_may_be() -> None:
    many = [change(Action.UPDATE, f"{number:04}" + "x" * 3000) for number in range(LONGEST_LIST + 7)]
    stacks = [outcome(f"stack-{number}") for number in range(12)]
    text = markdown(stacks, {one.stack: many for one in stacks})
    assert len(text) <= GITHUB_LONGEST
    assert len(text) <= LONGEST + 200
    assert "stacks are left out" in text
    assert len(rows(text)) == 2 + len(stacks)


def test_a_long_list_is_cut_and_counted() -> None:
    many = [change(Action.UPDATE, f"{number:04}") for number in range(LONGEST_LIST + 7)]
    assert "- and 7 more" in markdown([replace(outcome())], {"s": many})
