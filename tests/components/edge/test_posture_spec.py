"""What is asked of devices, and what cannot be asked."""

import pytest
from pydantic import ValidationError

from components.edge.posture_spec import EdrSpec, Platform, PostureSpec


def test_versions_are_semantic_ones_as_the_api_wants() -> None:
    assert all(len(version.split(".")) == 3 for version in PostureSpec().os_versions.values())
    assert set(PostureSpec().os_versions) == set(Platform)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"every_minutes": 0}, "every_minutes"),
        ({"every_minutes": 30, "valid_minutes": 30}, "valid_minutes: 30 is not above every_minutes 30"),
        ({"os_versions": {}}, "os_versions"),
        ({"os_versions": {"linux": "6.1.0"}}, "'windows' or 'mac'"),
    ],
)
def test_what_no_device_could_pass_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PostureSpec.from_yaml(values)


def test_an_edr_says_what_it_needs() -> None:
    with pytest.raises(ValidationError, match="crowdstrike_s2s needs api_url, client_id, customer_id, given are api_url"):
        EdrSpec.from_yaml({"kind": "crowdstrike_s2s", "settings": {"api_url": "https://api.crowdstrike.test"}})
    with pytest.raises(ValidationError, match="firewall is no endpoint protection"):
        EdrSpec.from_yaml({"kind": "firewall", "settings": {}})
