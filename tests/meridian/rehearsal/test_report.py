"""The report says what the data says, and marks what did not hold."""

import re
from dataclasses import replace

from meridian.rehearsal.record import ChangePlan, Check, Crash, Rehearsal
from meridian.rehearsal.report import html, markdown, summary

KILLED = Crash(life=1, made=12, pending=("a", "b"), restored=False, adopted=1, cleared=1, lost=0, doubled=0)
FOUND = Rehearsal(
    stack="dev",
    cli="3.260.0",
    resources=30,
    checks=(Check(step="up", asks="everything exists once", passed=True, seen="as asked", seconds=4.2),),
    changes=(
        ChangePlan(name="add a zone", created=("aws:ec2/subnet:Subnet::b",), replaced=("aws:sqs/queue:Queue::q",)),
        ChangePlan(name="grow a GPU pool", impossible="the stack has no GPU pool to grow"),
    ),
    crashes=(KILLED, replace(KILLED, pending=(), adopted=0, cleared=0, restored=True)),
    seconds=61.4,
)
BROKEN = replace(
    FOUND,
    checks=(Check(step="refresh", asks="agree", passed=False, seen="a | <b>\nc", seconds=1),),
    changes=(ChangePlan(name="rotate", replaced=("aws:kms/key:Key::k",), losses=("aws:kms/key:Key::k",)),),
    crashes=(replace(KILLED, lost=2),),
)


def test_a_clean_one_says_so_in_a_line() -> None:
    assert summary(FOUND) == "dev: no fault; 30 resources; 2 kills: 0 lost, 0 doubled; 61 s, Pulumi CLI 3.260.0"


def test_markdown_has_every_part() -> None:
    text = markdown(FOUND)
    assert "| ✓ | up | everything exists once | as asked | 4.2 |" in text
    assert "| ✓ | add a zone | 1 | 0 | 1 | 0 |" in text
    assert "± aws:sqs/queue:Queue::q" in text
    assert "| - | grow a GPU pool: not here, the stack has no GPU pool to grow | | | | |" in text
    assert "| ✓ | 12 | 2 | cancel, export edited (1 taken over, 1 cleared) and imported, refresh | 0 | 0 |" in text
    assert "| ✓ | 12 | 0 | state restored from its backup, cancel | 0 | 0 |" in text
    assert "## Faults" not in text


def test_every_kind_of_fault_is_told() -> None:
    assert BROKEN.faults == ("refresh: agree: a | <b>\nc", "rotate: would lose aws:kms/key:Key::k", "crash 1: 2 lost, 0 doubled")
    text = markdown(BROKEN)
    assert "- refresh: agree: a \\| <b> c" in text
    assert "| ✗ | rotate |" in text
    assert "3 faults" in summary(BROKEN)


def test_a_change_that_changes_nothing_is_a_fault_and_one_that_cannot_be_made_is_none() -> None:
    found = replace(FOUND, changes=(ChangePlan(name="resize a store"), ChangePlan(name="add a zone", impossible="no zone")))
    assert found.faults == ("resize a store: would change nothing, so it proves nothing",)


def test_data_that_a_change_gives_up_is_marked_and_no_fault() -> None:
    queue = "aws:sqs/queue:Queue::jobs"
    found = replace(FOUND, changes=(ChangePlan(name="drop a store", deleted=(queue,), given_up=(queue,)),))
    assert found.faults == ()
    assert f"- {queue} (holds data: the change asks for it)" in markdown(found)
    assert f"{queue} (holds data: the change asks for it)" in html(found)


def test_the_page_is_alone_and_escapes() -> None:
    page = html(BROKEN)
    assert "<b>\nc" not in page
    assert "&lt;b&gt;" in page
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert "2 times " not in page
    assert "<b>1</b> times cancel, export edited (1 taken over, 1 cleared) and imported, refresh" in page
