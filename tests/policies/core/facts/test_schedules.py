"""Gaps of AWS Backup's schedules."""

import pytest

from policies.core.facts.schedules import longest_gap_hours


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("cron(0 * * * ? *)", 1),
        ("cron(0 */6 * * ? *)", 6),
        ("cron(0 0/8 * * ? *)", 8),
        ("cron(0 3 * * ? *)", 24),
        ("cron(0 3,9 * * ? *)", 18),
        ("cron(0 9,3 ? * * *)", 18),
        ("cron(0 8-17 * * ? *)", 24),
        ("cron(0 3 ? * SUN *)", 168),
        ("cron(0 3 1 * ? *)", 744),
        ("cron(0 3 1 1 ? *)", 8784),
        ("0 3 * * *", 8784),
        ("", 8784),
    ],
)
def test_the_longest_gap(expression: str, hours: int) -> None:
    """Fields of AWS's cron are minute, hour, day, month, weekday and year (AWS Backup, cron expressions)."""
    assert longest_gap_hours(expression) == hours
