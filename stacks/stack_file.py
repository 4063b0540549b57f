"""Reads a region's spec from its stack file, or refuses it with all faults at once."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, cast

import pulumi
from pydantic import TypeAdapter, ValidationError

from stacks.checks import CHECKS
from stacks.faults import Fault, Location, WrongStackFile, of_validation
from stacks.fleet_checks import Surroundings
from stacks.neighbours import neighbours
from stacks.spec import KEY, RegionSpec

DIRECTORY = "stacks"
"""Folder of the stack files, as Pulumi.yaml says (`stackConfigDir`)."""


def read() -> RegionSpec:
    """The spec of the stack that Pulumi runs.

    Raises:
        WrongStackFile: as `load` does.
    """
    stack, directory = pulumi.get_stack(), Path(pulumi.get_root_directory() or ".") / DIRECTORY
    values = pulumi.Config("meridian").require_object("region")
    return load(stack, values, Surroundings(today=date.today(), neighbours=neighbours(stack, directory)))


def load(stack: str, values: Mapping[str, Any], surroundings: Surroundings) -> RegionSpec:
    """The spec that `values` spell.

    Raises:
        WrongStackFile: what the models refuse, and what the rules across them refuse in the rest.
    """
    faults: list[Fault] = []
    try:
        spec = RegionSpec.from_yaml(values)
    except ValidationError as error:
        faults = of_validation(error, RegionSpec, KEY)
        spec = _rest(values, [fault.location for fault in faults])
    faults += _across(spec, surroundings)
    if faults:
        raise WrongStackFile(f"Pulumi.{stack}.yaml", faults)
    return spec


def _across(spec: RegionSpec, surroundings: Surroundings) -> Iterator[Fault]:
    for check in CHECKS:
        try:
            yield from check(spec, surroundings)
        except AttributeError:  # the check needs a part that was refused: it is judged once that is mended
            if spec.model_fields_set == set(RegionSpec.model_fields):
                raise


def _rest(values: Mapping[str, Any], refused: Iterable[Location]) -> RegionSpec:
    """The spec without what was refused: defaults hold in its place, and a required part that is gone has no attribute."""
    rest = cast("dict[str, Any]", copy.deepcopy(values))
    for location in refused:
        _remove(rest, location)
    parts: dict[str, Any] = {}
    for name, field in RegionSpec.model_fields.items():
        adapter = TypeAdapter[Any](Annotated[field.annotation, field])  # pyright: ignore[reportArgumentType, reportUnknownMemberType, reportInvalidTypeForm]  (a type known at run time)
        try:
            parts |= {name: adapter.validate_json(json.dumps(rest[name]), strict=True)} if name in rest else {}
        except ValidationError:
            continue
    return RegionSpec.model_construct(**parts)


def _remove(values: dict[str, Any], location: Location) -> None:
    first, *rest = location
    below: object = values.get(str(first))
    if rest and isinstance(below, dict):
        _remove(cast("dict[str, Any]", below), tuple(rest))
    else:
        values.pop(str(first), None)
