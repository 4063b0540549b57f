"""What is wrong with a stack file: one line per fault, `path: value: what is allowed`, all of them at once."""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

import pulumi
from pydantic import BaseModel, ValidationError


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with a stack file."""

    path: str
    """Where, in dots from the configuration key, e.g. `meridian:region.cluster.version`."""
    value: str
    """What stands there."""
    allowed: str
    """What may stand there, or what to do."""

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
    return [
        Fault(
            path=_dotted(root, found["loc"]),
            value=_shown(found),
            allowed=_unknown_key(model, found["loc"]) if found["type"] == "extra_forbidden" else found["msg"].removeprefix("Value error, "),
        )
        for found in error.errors(include_url=False)
    ]


def _dotted(root: str, location: Sequence[str | int]) -> str:
    return root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]")


def _shown(found: Any) -> str:
    if found["type"] == "missing":
        return "missing"
    text = json.dumps(found["input"], default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unknown_key(model: type[BaseModel], location: Sequence[str | int]) -> str:
    """The nearest known key, and all known ones."""
    known = _fields_at(model, location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return f"unknown key; {hint}known are {', '.join(sorted(known))}"


def _fields_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    at: Any = model
    for part in location:
        fields = cast(type[BaseModel], at).model_fields if isinstance(at, type) and issubclass(at, BaseModel) else {}
        at = _model_in(fields[str(part)].annotation) if part in fields else at
    return list(cast(type[BaseModel], at).model_fields)


def _model_in(annotation: Any) -> Any:
    """The model inside an annotation such as `Mapping[str, GpuPoolSpec]`, or the annotation itself."""
    for argument in get_args(annotation):
        found = _model_in(argument)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return annotation
