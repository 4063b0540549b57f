"""What every component is: a named parent with one type token, children below it, and outputs registered as annotated."""

import inspect
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import pulumi
from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """Knobs of a component, as they stand in a stack file: plain values, frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    @classmethod
    def from_yaml(cls, values: Mapping[str, Any]) -> Self:
        """The spec that plain YAML values spell: enum members by their value, tuples as lists; otherwise no conversion, `"3"` is no number.

        Raises:
            pydantic.ValidationError: all faults at once.
        """
        return cls.model_validate_json(json.dumps(values))


class Component(pulumi.ComponentResource):
    """A component declares its token as class keyword and its outputs as annotations, and ends `__init__` with `self._seal()`.

    Children take `self.child` as options and nothing else, so the caller's parent, aliases and dependencies never reach them;
    providers do, through the parent.
    """

    token: ClassVar[str]
    """Type token, `meridian:<folder>:<Class>`. It is part of every URN below: changing it replaces what it names."""

    def __init_subclass__(cls, *, token: str, **kwargs: Any) -> None:
        """Take the type token from the class statement."""
        super().__init_subclass__(**kwargs)
        cls.token = token

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.token, name, None, opts)
        self.child = pulumi.ResourceOptions(parent=self)

    def after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of a child that must follow `resources` although none of their values reaches it: created later, deleted earlier."""
        return pulumi.ResourceOptions(parent=self, depends_on=resources)

    def _seal(self) -> None:
        """Register every annotated public attribute as an output.

        Raises:
            AttributeError: one of them was never set.
        """
        fields = [field for field in inspect.get_annotations(type(self)) if not field.startswith("_")]
        self.register_outputs({field: getattr(self, field) for field in fields})
