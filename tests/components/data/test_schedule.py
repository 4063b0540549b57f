"""One cron in, each dialect out; a wrong one is refused with both named."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.schedule import aws_cron, schedule


@pytest.mark.parametrize(
    ("unix", "aws"),
    [
        ("0 1 * * *", "cron(0 1 * * ? *)"),
        ("30 2 1 * *", "cron(30 2 1 * ? *)"),
        ("0 3 * * 0", "cron(0 3 ? * SUN *)"),
        ("0 3 * * 1-5", "cron(0 3 ? * MON-FRI *)"),
        ("0 3 * * 1,3,5", "cron(0 3 ? * MON,WED,FRI *)"),
        ("0 */6 * 1-6 *", "cron(0 */6 * 1-6 ? *)"),
        ("*/15 * * * *", "cron(*/15 * * * ? *)"),
    ],
)
def test_aws_wants_six_fields_and_one_question_mark(unix: str, aws: str) -> None:
    """AWS Backup developer guide, cron expressions: Sunday is 1 there, 0 in Unix."""
    assert aws_cron(unix) == aws


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cron(0 1 * * ? *)", "is AWS's dialect: write Unix cron of five fields"),
        ("rate(1 day)", "is AWS's dialect"),
        ("@daily", "is a nickname that AWS does not know: write Unix cron of five fields"),
        ("0 0 1 * * *", "has six fields: seconds first (Go, Spring) or year last (AWS): write Unix cron of five fields"),
        ("0 0 1 * * ? *", "has seven fields: Quartz"),
        ("0 1 * *", "has 4 fields"),
        ("0 1 ? * *", "day of month '?' is not '*'"),
        ("60 1 * * *", "minute '60' is out of 0 to 59"),
        ("0 24 * * *", "hour '24' is out of 0 to 23"),
        ("0 1 0 * *", "day of month '0' is out of 1 to 31"),
        ("0 1 * 13 *", "month '13' is out of 1 to 12"),
        ("0 1 * * 7", "day of week '7' is out of 0 to 6"),
        ("0 5-1 * * *", "hour '5-1' never happens"),
        ("*/0 1 * * *", "minute '*/0' never happens"),
        ("0 1 * * MON", "day of week 'MON' is not '*', a number"),
    ],
)
def test_other_dialects_are_refused_with_the_right_one(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        schedule(text)


def test_both_kinds_of_days_are_refused_for_aws() -> None:
    with pytest.raises(ValueError, match="AWS takes one of them"):
        aws_cron("0 1 1 * 0")
    assert schedule("0 1 1 * 0") == "0 1 1 * 0"


@given(st.integers(0, 59), st.integers(0, 23), st.integers(1, 31), st.integers(1, 12))
def test_numbers_within_bounds_pass_through(minute: int, hour: int, day: int, month: int) -> None:
    text = f"{minute} {hour} {day} {month} *"
    assert aws_cron(schedule(text)) == f"cron({minute} {hour} {day} {month} ? *)"
