"""Schedules: one spelling in stack files, the cron of Unix in UTC, and what each service wants made from it."""

import re
from collections.abc import Mapping

FIELDS = ("minute", "hour", "day of month", "month", "day of week")
"""Of a schedule, in order; the dialect of Kubernetes CronJobs, TiDB's BackupSchedule and Velero (Kubernetes, CronJob, schedule syntax)."""
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of month": (1, 31),
    "month": (1, 12),
    "day of week": (0, 6),
}
_ITEM = re.compile(r"(?:\*|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/(?P<step>\d+))?")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
"""AWS counts days of the week from 1, Unix from 0: names cannot be mistaken."""
EXAMPLE = "0 1 * * *"
"""Every day at 01:00 UTC."""


def schedule(text: str) -> str:
    """`text`, unchanged, when it is a cron of five fields.

    Raises:
        ValueError: it is of another dialect, or a field is out of its bounds.
    """
    if text.startswith(("cron(", "rate(")):
        raise ValueError(f"schedule '{text}' is AWS's dialect: write Unix cron of five fields ({', '.join(FIELDS)}), e.g. '{EXAMPLE}'")
    if text.startswith("@"):
        raise ValueError(f"schedule '{text}' is a nickname that AWS does not know: write Unix cron of five fields, e.g. '{EXAMPLE}'")
    fields = text.split()
    if len(fields) != len(FIELDS):
        dialect = {6: "six fields: seconds first (Go, Spring) or year last (AWS)", 7: "seven fields: Quartz"}.get(len(fields))
        told = f"has {dialect or f'{len(fields)} fields'}"
        raise ValueError(f"schedule '{text}' {told}: write Unix cron of five fields ({', '.join(FIELDS)}), e.g. '{EXAMPLE}'")
    for name, field in zip(FIELDS, fields, strict=True):
        if fault := _field_fault(name, field):
            raise ValueError(f"schedule '{text}': {fault}")
    return text


def aws_cron(text: str) -> str:
    """The schedule as AWS Backup wants it: `cron(minutes hours day-of-month month day-of-week year)`, one of the two days a `?`.

    Raises:
        ValueError: it is no schedule, or it names days of the month and of the week, which Unix joins by «or» and AWS cannot.
    """
    minute, hour, day, month, weekday = schedule(text).split()
    if weekday == "*":
        return f"cron({minute} {hour} {day} {month} ? *)"
    if day != "*":
        raise ValueError(f"schedule '{text}' names days of the month and of the week, AWS takes one of them: make the other '*'")
    names = re.sub(r"(?<!/)\b\d+", lambda number: _DAYS[int(number.group())], weekday)
    return f"cron({minute} {hour} ? {month} {names} *)"


def _field_fault(name: str, field: str) -> str | None:
    low, high = _BOUNDS[name]
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            return f"{name} '{field}' is not '*', a number, a range, a step or a list of them"
        numbers = [int(number) for number in (match["first"], match["last"]) if number]
        if any(not low <= number <= high for number in numbers):
            return f"{name} '{field}' is out of {low} to {high}"
        if numbers != sorted(numbers) or match["step"] == "0":
            return f"{name} '{field}' never happens"
    return None
