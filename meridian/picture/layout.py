"""Where everything of a picture goes: sizes from the text, inside out; places from the sizes, outside in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meridian.picture.model import Arrangement, Box, Picture

PADDING = 10
GAP = 10
COLUMN_GAP = 64
"""Between columns of a picture with links, so that arrows have room."""
LINE_HEIGHT = 16
TITLE_WIDTH, LINE_WIDTH = 7.9, 6.5
"""Widths of a character in the bold title and in the lines below, at 13 and 11.5 pixels; wide enough for every letter but W and M."""
GRID_WIDTH = 1100
"""Width a grid fills before it takes a next row: a page on a small laptop."""


@dataclass(frozen=True)
class Rectangle:
    """A place, in pixels from the upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Placed:
    """A box in its place."""

    box: Box
    at: Rectangle


@dataclass(frozen=True)
class _Size:
    width: float
    height: float


def laid_out(picture: Picture) -> tuple[Placed, ...]:
    """Every box in its place, each after the one it is in."""
    outer = _content_size(picture.boxes, picture.arrangement, _gap(picture))
    room = Rectangle(PADDING, PADDING, outer.width, outer.height)
    return tuple(_places(picture.boxes, picture.arrangement, room, _gap(picture)))


def _gap(picture: Picture) -> float:
    return COLUMN_GAP if picture.links else GAP


def _header(box: Box) -> float:
    """Height of title and lines."""
    return LINE_HEIGHT * (bool(box.title) + len(box.lines))


def _text_width(box: Box) -> float:
    return max([len(box.title) * TITLE_WIDTH, *(len(line) * LINE_WIDTH for line in box.lines)])


def _frame(box: Box) -> float:
    """Space between a box's edge and what is in it; a group without a title has no edge."""
    return PADDING if box.title else 0


def _size(box: Box) -> _Size:
    frame = 2 * _frame(box)
    if not box.inside:
        return _Size(_text_width(box) + frame, _header(box) + frame)
    inner = _content_size(box.inside, box.arrangement, GAP)
    header = _header(box) + (GAP if box.title else 0)
    return _Size(max(inner.width, _text_width(box)) + frame, inner.height + header + frame)


def _content_size(boxes: Sequence[Box], arrangement: Arrangement, gap: float) -> _Size:
    sizes = [_size(box) for box in boxes]
    if not sizes:
        return _Size(0, 0)
    widest, highest = max(size.width for size in sizes), max(size.height for size in sizes)
    match arrangement:
        case Arrangement.COLUMN:
            return _Size(widest, sum(size.height for size in sizes) + gap * (len(sizes) - 1))
        case Arrangement.ROW:
            return _Size(sum(size.width for size in sizes) + gap * (len(sizes) - 1), highest)
        case Arrangement.GRID:
            columns = _columns(len(sizes), widest)
            rows = [max(size.height for size in sizes[at : at + columns]) for at in range(0, len(sizes), columns)]
            return _Size(columns * widest + gap * (columns - 1), sum(rows) + gap * (len(rows) - 1))


def _columns(boxes: int, widest: float) -> int:
    return max(1, min(boxes, int((GRID_WIDTH + GAP) // (widest + GAP))))


def _places(boxes: Sequence[Box], arrangement: Arrangement, room: Rectangle, gap: float) -> Iterator[Placed]:
    for box, at in zip(boxes, _rectangles(boxes, arrangement, room, gap), strict=True):
        yield Placed(box, at)
        frame, header = _frame(box), _header(box) + (GAP if box.title else 0)
        inner = Rectangle(at.x + frame, at.y + frame + header, at.width - 2 * frame, at.height - 2 * frame - header)
        yield from _places(box.inside, box.arrangement, inner, GAP)


def _rectangles(boxes: Sequence[Box], arrangement: Arrangement, room: Rectangle, gap: float) -> Iterator[Rectangle]:
    sizes = [_size(box) for box in boxes]
    match arrangement:
        case Arrangement.COLUMN:
            y = room.y
            for size in sizes:
                yield Rectangle(room.x, y, room.width, size.height)
                y += size.height + gap
        case Arrangement.ROW:
            spare = (room.width - sum(size.width for size in sizes) - gap * (len(sizes) - 1)) / max(1, len(sizes))
            x = room.x
            for size in sizes:
                yield Rectangle(x, room.y, size.width + spare, room.height)
                x += size.width + spare + gap
        case Arrangement.GRID:
            yield from _grid(sizes, room, gap)


def _grid(sizes: Sequence[_Size], room: Rectangle, gap: float) -> Iterator[Rectangle]:
    columns = _columns(len(sizes), max((size.width for size in sizes), default=1))
    width = (room.width - gap * (columns - 1)) / columns
    y = room.y
    for start in range(0, len(sizes), columns):
        row = sizes[start : start + columns]
        height = max(size.height for size in row)
        yield from (Rectangle(room.x + column * (width + gap), y, width, height) for column in range(len(row)))
        y += height + gap
