"""Values as the Pulumi engine's protocol spells them (google.protobuf.Struct), read into plain JSON and written back.

A walker of our own instead of protobuf's json_format: it takes half the time and finds unknowns and secrets on the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf.struct_pb2 import ListValue, Struct, Value

from policies.core.verdict import UNKNOWNS

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
"""Key that marks an object as a special value (sdk/python/lib/pulumi/runtime/rpc.py)."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""A whole resource passed as a property: it stands for its URN."""


@dataclass(frozen=True)
class Decoded:
    """A property bag with its marks."""

    values: dict[str, Any]
    unknown: tuple[str, ...]
    """Paths of the leaves that are not known yet."""
    secret: tuple[str, ...]
    """Paths of the values that are secret."""


def decode(struct: Struct) -> Decoded:
    """`struct` as plain JSON, secrets unwrapped. Whole numbers become int: the wire knows only doubles."""
    unknown: list[str] = []
    secret: list[str] = []
    values = _fields(struct, "", unknown, secret)
    return Decoded(values, tuple(unknown), tuple(secret))


def _fields(struct: Struct, path: str, unknown: list[str], secret: list[str]) -> dict[str, Any]:
    fields = struct.fields
    return {key: _plain(fields[key], f"{path}.{key}" if path else key, unknown, secret) for key in sorted(fields)}


def _plain(value: Value, path: str, unknown: list[str], secret: list[str]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        if text in UNKNOWNS:
            unknown.append(path)
        return text
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "struct_value":
        return _object(value.struct_value, path, unknown, secret)
    if kind == "list_value":
        return [_plain(item, f"{path}[{at}]", unknown, secret) for at, item in enumerate(value.list_value.values)]
    return None


def _object(struct: Struct, path: str, unknown: list[str], secret: list[str]) -> Any:
    signature = struct.fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in struct.fields else ""
    if signature == SECRET:
        secret.append(path)
        return _plain(struct.fields["value"], path, unknown, secret)
    if signature == RESOURCE_REFERENCE:
        return struct.fields["urn"].string_value
    return _fields(struct, path, unknown, secret)


def encode(values: Mapping[str, Any], into: Struct) -> None:
    """Write plain JSON into `into`, over what stands there under the same keys."""
    for key, value in values.items():
        _set(into.fields[key], value)


def _set(target: Value, value: Any) -> None:
    if value is None:
        target.null_value = 0  # pyright: ignore[reportAttributeAccessIssue]  (the stubs want the enum's only member)
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, Mapping):
        target.struct_value.CopyFrom(Struct())
        encode(cast("Mapping[str, Any]", value), target.struct_value)
    else:
        target.list_value.CopyFrom(ListValue())
        for item in value:
            _set(target.list_value.values.add(), item)
