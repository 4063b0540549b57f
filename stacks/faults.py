"""What is wrong with a stack file: one line per fault, `path: value: what is allowed`, all of them at once."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import pulumi
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
"""Where a value stands in a mapping: keys and list positions, as pydantic gives them."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with a stack file."""

    path: str
    """Where, in dots from the configuration key, e.g. `meridian:region.cluster.version`."""
    value: str
    """What stands there."""
    allowed: str
    """What may stand there, or what to do."""
    location: Location = field(default=(), compare=False)
    """What to leave out to go on without the fault: the same place, or all of the top-level key where no single knob is at fault."""

    def __str__(self) -> str:
        """One line."""
        return f"{self.path}: {self.value}: {self.allowed}"


class WrongStackFile(pulumi.RunError):
    """A stack file that is refused before any resource is registered. Pulumi prints a RunError without a traceback."""

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(f"{file}: {fault}" for fault in self.faults))


def of_validation(error: ValidationError, model: type[BaseModel], root: str) -> list[Fault]:
    """The faults pydantic found in data for `model`, which stands under the key `root`."""
    return [fault for found in error.errors(include_url=False) for fault in _faults(found, model, root)]


def _faults(found: ErrorDetails, model: type[BaseModel], root: str) -> Iterator[Fault]:
    location, given = found["loc"], found["input"]
    if found["type"] == "missing":
        yield Fault(_dotted(root, location), "missing", "required", location)
    elif found["type"] == "extra_forbidden":
        yield Fault(_dotted(root, location), _shown(given), _unknown_key(model, location), location)
    elif found["type"] == "value_error" and isinstance(given, dict):
        yield from _of_model(root, location, cast("dict[str, Any]", given), found["msg"].removeprefix("Value error, "))
    else:
        yield Fault(_dotted(root, location), _shown(given), found["msg"].removeprefix("Value error, "), location)


def _of_model(root: str, location: Location, given: dict[str, Any], message: str) -> Iterator[Fault]:
    """A validator over several knobs names each as `knob: what is allowed`, joined by `; `."""
    for part in re.split(r"; (?=\w+: )", message):
        knob, _, allowed = part.partition(": ")
        keys = knob.split(".")
        if keys[0] in given:
            at = (*location, *keys)
            yield Fault(_dotted(root, at), _shown(_below(given, keys)), allowed, at)
        else:
            yield Fault(_dotted(root, location), _shown(given), part, location[:1])


def _below(given: Any, keys: list[str]) -> Any:
    """What lies there, or as near to it as the data reaches."""
    for key in keys:
        given = cast("dict[str, Any]", given).get(key, given) if isinstance(given, dict) else given
    return given


def _dotted(root: str, location: Location) -> str:
    return root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]")


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unknown_key(model: type[BaseModel], location: Location) -> str:
    """The nearest known key, and all known ones."""
    known = _fields_at(model, location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return f"unknown key; {hint}known are {', '.join(sorted(known))}"


def _fields_at(model: type[BaseModel], location: Location) -> list[str]:
    at = model
    for part in location:
        if part in at.model_fields:
            at = _model_in(at.model_fields[str(part)].annotation) or at
    return list(at.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation such as `Mapping[str, GpuPoolSpec]` is or holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument))), None)
