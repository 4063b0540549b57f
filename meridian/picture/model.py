"""A picture as data: boxes within boxes, links between them. Notations differ, this does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a box stands for; a notation colours by it."""

    GROUP = "group"
    """Several things that belong together, without being a thing itself."""
    NETWORK = "network"
    ZONE = "zone"
    SUBNET = "subnet"
    GATEWAY = "gateway"
    CLUSTER = "cluster"
    NODES = "nodes"
    GPU = "gpu"
    PLATFORM = "platform"
    STORE = "store"
    HOST = "host"
    BALANCER = "balancer"
    POOL = "pool"
    ORIGIN = "origin"
    ACCESS = "access"
    COMPONENT = "component"


class Arrangement(StrEnum):
    """How a box places what is inside."""

    ROW = "row"
    """Side by side, equally high."""
    COLUMN = "column"
    """Below each other, equally wide."""
    GRID = "grid"
    """In as many columns as fit."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A thing, or a group of things."""

    key: str
    """Unique in its picture: URN or a name of the picture's own."""
    title: str
    kind: Kind
    lines: tuple[str, ...] = ()
    """What is said below the title."""
    inside: tuple["Box", ...] = ()
    arrangement: Arrangement = Arrangement.COLUMN

    def __iter__(self) -> Iterator["Box"]:
        """The box and everything inside, outermost first."""
        yield self
        for box in self.inside:
            yield from box


@dataclass(frozen=True, kw_only=True)
class Link:
    """An arrow between two boxes."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Everything that is drawn."""

    title: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...] = ()
    arrangement: Arrangement = Arrangement.COLUMN

    @property
    def everything(self) -> tuple[Box, ...]:
        """All boxes at any depth, each after the one it is in."""
        return tuple(box for outer in self.boxes for box in outer)
