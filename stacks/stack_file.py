"""Reads a region's spec from its stack file, or refuses it with all faults at once."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, cast

import pulumi
import yaml
from pydantic import TypeAdapter, ValidationError

from stacks.checks import CHECKS, Surroundings
from stacks.faults import Fault, Location, WrongStackFile, of_validation
from stacks.spec import KEY, RegionSpec


def read() -> RegionSpec:
    """The spec of the stack that Pulumi runs.

    Raises:
        WrongStackFile: as `load` does.
    """
    stack = pulumi.get_stack()
    values = pulumi.Config("meridian").require_object("region")
    return load(stack, values, Surroundings(today=date.today(), neighbours=neighbours(stack)))


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


def neighbours(stack: str, directory: Path = Path(__file__).parent) -> dict[str, tuple[int, str | None]]:
    """Index and custom CIDR of every other region's stack file. What does not parse there is that file's own fault, told when it is used."""
    found: dict[str, tuple[int, str | None]] = {}
    for path in sorted(directory.glob("Pulumi.*.yaml")):
        name = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        region = _region_in(path) if name != stack else {}
        if isinstance(index := region.get("index"), int):
            found[name] = (index, (region.get("network") or {}).get("cidr_block"))
    return found


def _region_in(path: Path) -> Mapping[str, Any]:
    try:
        return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)["config"][KEY] or {}
    except (yaml.YAMLError, KeyError, TypeError):
        return {}


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
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])
        try:
            parts |= {name: adapter.validate_json(json.dumps(rest[name]), strict=True)} if name in rest else {}
        except ValidationError:
            continue
    return RegionSpec.model_construct(**parts)


def _remove(values: Any, location: Location) -> None:
    *way, last = location
    for part in way:
        values = values.get(part) if isinstance(values, dict) else None
    if isinstance(values, dict):
        values.pop(last, None)
