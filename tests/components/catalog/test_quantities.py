"""Quantities as Kubernetes reads them."""

import pytest

from components.catalog.quantities import quantity


@pytest.mark.parametrize(
    ("text", "amount"), [("8Gi", 8 * 2**30), ("100M", 10**8), ("1e3", 1000), (4, 4), ("1500m", 1), ("128Mi", 134217728), ("2k", 2000)]
)
def test_quantities(text: object, amount: int) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize(("text", "thousandths"), [("250m", 250), ("4", 4000), (1, 1000), ("0.5", 500)])
def test_quantities_of_vcpu(text: object, thousandths: int) -> None:
    assert quantity(text, thousandths=True) == thousandths
