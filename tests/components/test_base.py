"""What every component gets from its base."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pydantic import Field, ValidationError

from components.base import Component, Spec
from meridian.engine.faults import ProgramFailed
from tests.deploy import deploy


class Colour(Spec):
    """A spec of the test."""

    names: tuple[str, ...] = ()
    depth: int = Field(default=1, ge=1)


class Pair(Component, token="test:index:Pair"):
    first_id: pulumi.Output[str]
    label: str
    _hidden: str

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        first = aws.ec2.Vpc(f"{name}-first", cidr_block="10.0.0.0/16", opts=self.child)
        aws.ec2.Vpc(f"{name}-second", cidr_block="10.1.0.0/16", opts=self.after(first))
        self.first_id, self.label = first.id, "pair"
        self._seal()


class Forgetful(Component, token="test:index:Forgetful"):
    arn: pulumi.Output[str]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._seal()


def test_outputs_are_the_public_annotations() -> None:
    plan = deploy(lambda: Pair("pair"))
    assert plan["pair"].outputs == {"first_id": plan["pair-first"].id, "label": "pair"}


def test_an_output_that_was_never_set_is_an_error() -> None:
    with pytest.raises(ProgramFailed, match="arn"):
        deploy(lambda: Forgetful("forgetful"))


def test_children_hang_below_and_follow_when_told_to() -> None:
    plan = deploy(lambda: Pair("pair"))
    assert plan["pair-first"].parent == plan["pair-second"].parent == plan["pair"].urn
    assert plan["pair-second"].dependencies == (plan["pair-first"].urn,)


def test_nothing_of_the_callers_options_reaches_children_but_protection_and_providers() -> None:
    options = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], ignore_changes=["tags"])
    child = deploy(lambda: Pair("pair", options))["pair-second"].options
    assert child.ignore_changes == ()
    assert child.aliases == ()  # the engine derives the children's from the component's


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"depht": 1}, "depht"),
        ({"depth": "2"}, "valid integer"),
        ({"depth": 0}, "greater than or equal to 1"),
        ({"depth": True}, "valid integer"),
        ({"names": "red"}, "valid array"),
    ],
)
def test_a_spec_takes_what_it_names_in_its_type_and_nothing_else(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Colour.from_yaml(values)


def test_a_spec_is_frozen_and_takes_lists_for_tuples() -> None:
    colour = Colour.from_yaml({"names": ["red", "blue"]})
    assert colour.names == ("red", "blue")
    with pytest.raises(ValidationError, match="frozen"):
        colour.depth = 2  # pyright: ignore[reportAttributeAccessIssue]  (the point of the test)
