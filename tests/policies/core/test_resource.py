"""The stack joins by property dependency."""

import pytest

from policies.core.resource import Resource, Stack
from policies.core.verdict import UNKNOWN, Undecided


def resource(type: str, name: str, **options: object) -> Resource:
    return Resource(urn=f"urn:{type}::{name}", type=type, name=name, inputs=options.pop("inputs", {}), **options)  # type: ignore[arg-type]  # each test names its own


VPC = resource("vpc", "main")
FIRST = resource("subnet", "a", property_dependencies={"vpcId": (VPC.urn, "urn:elsewhere")}, inputs={"vpcId": UNKNOWN})
SECOND = resource("subnet", "b", property_dependencies={"vpcId": (VPC.urn,), "tags": (FIRST.urn,)})
STACK = Stack([FIRST, VPC, SECOND])


def test_resources_are_found_by_type_and_urn() -> None:
    assert STACK.of_type("subnet", "vpc") == (FIRST, SECOND, VPC)
    assert STACK.of_type("nothing") == ()
    assert STACK.find(VPC.urn) is VPC
    assert STACK.find("urn:elsewhere") is None


def test_joins_need_no_id() -> None:
    assert STACK.referents(FIRST, "vpcId", "vpc") == (VPC,)
    assert STACK.referents(FIRST, "vpcId", "subnet") == ()
    assert STACK.referents(FIRST, "tags", "vpc") == ()
    assert STACK.referrers(VPC, "subnet", "vpcId") == (FIRST, SECOND)
    assert STACK.referrers(FIRST, "subnet", "tags") == (SECOND,)
    assert STACK.referrers(VPC, "subnet", "tags") == ()


def test_provider_configuration_is_decoded() -> None:
    inputs = {
        "region": "eu-west-1",
        "defaultTags": '{"tags": {"environment": "dev"}}',
        "skip": "[",
        "accountIds": UNKNOWN,
        "flag": "true",
        "skips": True,
    }
    provider = resource("pulumi:providers:aws", "aws", inputs=inputs)
    subject = resource("vpc", "main", provider=provider.urn)
    configuration = Stack([provider, subject]).provider_configuration(subject)
    assert configuration.section("defaultTags").section("tags").text("environment") == "dev"
    assert configuration.text("region") == "eu-west-1"
    assert configuration.text("skip") == "["
    assert configuration.text("flag") == "true"
    assert configuration.flag("skips")
    with pytest.raises(Undecided, match=r"^aws\.accountIds$"):
        configuration.text("accountIds")
    assert len(Stack([subject]).provider_configuration(subject)) == 0


def test_unknowns_are_named_by_resource() -> None:
    with pytest.raises(Undecided, match=r"^a\.vpcId$"):
        FIRST.properties.text("vpcId")


def test_resources_are_told_apart_by_urn() -> None:
    """Inputs are mappings, which have no hash."""
    assert hash(FIRST) == hash(resource("subnet", "a"))
    assert hash(FIRST) != hash(SECOND)
