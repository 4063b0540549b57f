"""How far apart the runs of a schedule lie."""

import re
from itertools import pairwise

_AWS = re.compile(r"cron\((?P<minute>\S+) (?P<hour>\S+) (?P<day>\S+) (?P<month>\S+) (?P<weekday>\S+) (?P<year>\S+)\)")
_HOURS_OF_DAY, _HOURS_OF_WEEK, _HOURS_OF_YEAR = 24, 168, 8784
_EVERY = frozenset({"*", "?"})


def longest_gap_hours(expression: str) -> int:
    """Longest time between two runs of an AWS `cron(…)` expression, in hours, rounded up; a year where it cannot be told."""
    found = _AWS.fullmatch(expression)
    if not found or not {found["month"], found["year"]} <= _EVERY:
        return _HOURS_OF_YEAR
    if found["day"] not in _EVERY:
        return 31 * _HOURS_OF_DAY
    if found["weekday"] not in _EVERY:
        return _HOURS_OF_WEEK
    return _gap_within_a_day(found["hour"])


def _gap_within_a_day(hours: str) -> int:
    if hours == "*":
        return 1
    start, _, step = hours.partition("/")
    listed = [start.replace("*", "0")] if step else hours.split(",")
    if not all(each.isdecimal() for each in (*listed, step or "1")):
        return _HOURS_OF_DAY
    runs = list(range(int(listed[0]), _HOURS_OF_DAY, int(step))) if step else sorted(map(int, listed))
    return max(later - earlier for earlier, later in pairwise([*runs, runs[0] + _HOURS_OF_DAY]))
