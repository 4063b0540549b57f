"""Quotas: codes as the API spells them, and which one an instance type counts against."""

import re

import pytest

from components.catalog import NotInCatalog
from components.catalog.quotas import quota, quotas, vcpu_quota


def test_codes_are_codes_and_name_one_quota_each() -> None:
    codes = [row.code for row in quotas().values()]
    assert all(re.fullmatch(r"L-[0-9A-F]{8}", code) for code in codes)
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("type_name", "spot", "code"),
    [
        ("m7i.xlarge", False, "L-1216C47A"),
        ("r7g.4xlarge", False, "L-1216C47A"),
        ("m7i.xlarge", True, "L-34B43A08"),
        ("g5.2xlarge", False, "L-DB2E81BA"),
        ("p4d.24xlarge", False, "L-417A185B"),
        ("p5.48xlarge", True, "L-7212CCBC"),
    ],
)
def test_vcpus_count_by_family_and_market(type_name: str, *, spot: bool, code: str) -> None:
    """EC2 user guide, on-demand instance quotas and spot instance quotas."""
    assert vcpu_quota(type_name, spot=spot).code == code


def test_an_unknown_quota_is_refused() -> None:
    with pytest.raises(NotInCatalog, match="elastic-ips"):
        quota("elastic-ip")
