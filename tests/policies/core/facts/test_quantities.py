"""Amounts as Kubernetes writes them (its API conventions' own examples among them)."""

import pytest

from policies.core.facts.quantities import number


@pytest.mark.parametrize(
    ("text", "amount"),
    [("100m", 0.1), ("2", 2), ("1.5", 1.5), ("128Mi", 134217728), ("128M", 128e6), ("1Ki", 1024), ("1e3", 1000), ("2.0", 2), ("1k", 1000)],
)
def test_a_quantity_is_a_number(text: str, amount: float) -> None:
    assert number(text) == pytest.approx(amount)


@pytest.mark.parametrize("text", ["", "much", "1 Gi", "1Zi"])
def test_what_is_no_quantity_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}: a Kubernetes quantity"):
        number(text)
