"""The tag set."""

import pytest
from pydantic import ValidationError

from components.tags import TagSpec, default_tags, launch_tag_specifications


def test_keys_are_those_the_design_asks_for_in_kebab_case() -> None:
    spec = TagSpec(owner="platform", cost_center="4711")
    assert default_tags(spec, environment="production", jurisdiction="IE") == {
        "owner": "platform",
        "cost-center": "4711",
        "data-class": "personal",
        "environment": "production",
        "jurisdiction": "IE",
        "managed-by": "meridian",
    }


def test_what_a_launch_template_starts_is_tagged_by_it() -> None:
    tags = {"owner": "platform"}
    specifications = launch_tag_specifications(tags)
    assert {each.resource_type: each.tags for each in specifications} == {"instance": tags, "volume": tags, "network-interface": tags}


@pytest.mark.parametrize("values", [{"owner": "", "cost_center": "x"}, {"owner": "x" * 257, "cost_center": "x"}, {"owner": "x"}])
def test_tags_nobody_could_use_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TagSpec.from_yaml(values)
