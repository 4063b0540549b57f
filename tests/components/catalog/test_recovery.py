"""What the documents promise, by arithmetic."""

import pytest

from components.catalog import detection_seconds
from components.catalog.recovery import recovery

DAYS_30 = 30 * 24 * 3600


@pytest.mark.parametrize(("name", "availability"), [("availability-99.99", 0.9999), ("availability-99.999", 0.99999)])
def test_an_availability_leaves_its_share_of_thirty_days(name: str, availability: float) -> None:
    assert recovery().targets[name].seconds == pytest.approx(DAYS_30 * (1 - availability), abs=1)


def test_the_documents_probe_takes_130_s_half_of_the_month_s_budget() -> None:
    probe = recovery().documents_probe
    seconds = detection_seconds(
        interval=probe.interval, timeout=probe.timeout, retries=probe.retries, consecutive_down=probe.consecutive_down
    )
    assert seconds == 130
    assert 2 * seconds > recovery().targets["availability-99.99"].seconds


def test_every_number_has_a_source() -> None:
    assert all(row.source for row in (*recovery().steps.values(), *recovery().targets.values()))
    assert recovery().utilisation == 0.85
