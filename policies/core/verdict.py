"""Reading properties that may be unknown in a preview: a rule that touches an unknown leaf is undecided, never silently passed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast, overload

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the wire protocol spells a string that is not known yet, and how Meridian spells every unknown leaf (pulumi_policy/proxy.py)."""

UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # map
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    }
)
"""All spellings of an unknown, one per kind (pulumi_policy/proxy.py)."""


class Severity(StrEnum):
    """How bad it is that a rule is broken."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(StrEnum):
    """What a rule says of a resource."""

    PASS = "pass"
    FAIL = "fail"
    WAIVED = "waived"
    """Broken, and somebody answers for it until a date."""
    UNDECIDED = "undecided"
    """The property that decides is not known before the update."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What one rule says of one resource. A resource that breaks a rule in three ways has three."""

    rule: str
    """Id of the rule, e.g. `sec-37`."""
    urn: str
    """The resource judged."""
    verdict: Verdict
    """Pass, fail, waived or undecided."""
    severity: Severity
    """Of the rule."""
    message: str = ""
    """What was found, or what is unknown; empty for a pass. Never a value that may be secret."""


class Undecided(Exception):
    """The leaf at this path decides the rule and is unknown."""


def is_unknown(value: object) -> bool:
    """Whether this is one of the sentinels."""
    return isinstance(value, str) and value in UNKNOWNS


def _read(value: Any, path: str) -> Any:
    if isinstance(value, str):
        if value in UNKNOWNS:
            raise Undecided(path)
        return value
    if isinstance(value, Mapping):
        return Properties(cast("Mapping[str, Any]", value), path)
    return Items[Any](cast("Sequence[Any]", value), path) if isinstance(value, list | tuple) else value


class Properties(Mapping[str, Any]):
    """A property bag in wire spelling. Reading an unknown leaf raises Undecided; what is absent or null has the provider's default."""

    __slots__ = ("_path", "_values")

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values, self._path = values, path

    def __getitem__(self, key: str) -> Any:
        return _read(self._values[key], f"{self._path}.{key}" if self._path else key)

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default where it is absent or null."""
        value = self._values.get(key)
        return default if value is None else _read(value, f"{self._path}.{key}" if self._path else key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        """Whether the key is given at all; its value may be unknown."""
        return self._values.get(cast("str", key)) is not None

    def text(self, key: str, default: str = "") -> str:
        """A string."""
        value = self.get(key)
        return default if value is None else str(value)

    def number(self, key: str, default: float) -> float:
        """A number; the wire has floats only."""
        value = self.get(key)
        return default if value is None else float(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean, which some resources spell as a string (`aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs.encrypted`)."""
        value = self.get(key)
        return default if value is None else value is True or value == "true"

    def section(self, key: str) -> "Properties":
        """A nested object; empty when absent."""
        value = self.get(key)
        return Properties({}, key) if value is None else cast("Properties", value)

    def sections(self, key: str) -> "Items[Properties]":
        """A list of objects; empty when absent."""
        return cast("Items[Properties]", self._items(key))

    def texts(self, key: str) -> "Items[str]":
        """A list of strings; empty when absent."""
        return cast("Items[str]", self._items(key))

    def _items(self, key: str) -> "Items[Any]":
        value = self.get(key)
        if isinstance(value, Items):
            return cast("Items[Any]", value)
        # IAM documents spell a list of one as the thing itself (IAM user guide, JSON policy elements).
        return Items(() if value is None else (self._values[key],), f"{self._path}.{key}")


T = TypeVar("T")
S = TypeVar("S")


class Items(Sequence[T], Generic[T]):
    """A list. Iterating yields what is known first and raises Undecided at the end if anything was not."""

    __slots__ = ("_path", "_values")

    def __init__(self, values: Sequence[Any], path: str) -> None:
        self._values, self._path = values, path

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> "Items[T]": ...
    def __getitem__(self, index: int | slice) -> "T | Items[T]":
        if isinstance(index, slice):
            return Items(self._values[index], self._path)
        return _read(self._values[index], f"{self._path}[{index}]")

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[T]:
        return known_first(range(len(self)), lambda index: iter((self[index],)))


def known_first(subjects: Iterable[S], read: Callable[[S], Iterable[T]]) -> Iterator[T]:
    """What `read` yields of each subject. A subject with an unknown leaf does not hide the others: Undecided is raised after the last."""
    undecided: Undecided | None = None
    for subject in subjects:
        try:
            yield from read(subject)
        except Undecided as leaf:
            undecided = undecided or leaf
    if undecided:
        raise undecided


def known_part(items: Iterable[T]) -> tuple[tuple[T, ...], Undecided | None]:
    """What can be read, and the first leaf that could not: for sums, where both matter."""
    known: list[T] = []
    try:
        for item in items:
            known.append(item)
    except Undecided as leaf:
        return tuple(known), leaf
    return tuple(known), None
