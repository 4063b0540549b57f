"""What a disruption budget keeps (Kubernetes, specifying a disruption budget: percentages are rounded up)."""

import pytest

from policies.core.facts.disruption import kept, share
from policies.core.verdict import Properties


@pytest.mark.parametrize(
    ("limit", "pods", "means"), [("1", 3, 1), ("33%", 3, 1), ("34%", 3, 2), ("50%", 7, 4), ("0%", 5, 0), ("2.0", 9, 2)]
)
def test_a_percentage_is_rounded_up(limit: str, pods: float, means: float) -> None:
    assert share(limit, pods) == means


@pytest.mark.parametrize(
    ("spec", "means"),
    [({"minAvailable": 2}, 2), ({"maxUnavailable": 1}, 4), ({"maxUnavailable": "40%"}, 3), ({"minAvailable": "50%"}, 3), ({}, 5)],
)
def test_what_is_kept_of_five(spec: dict[str, object], means: float) -> None:
    assert kept(Properties(spec), 5) == means
