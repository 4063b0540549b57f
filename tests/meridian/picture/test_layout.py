"""Geometry: whatever is drawn, boxes hold what is in them and lie over nobody else."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from meridian.picture.layout import Placed, Rectangle, laid_out
from meridian.picture.model import Arrangement, Box, Kind, Picture

texts = st.text(alphabet="abcdefgh -.", max_size=30)


def boxes(inside: st.SearchStrategy[tuple[Box, ...]]) -> st.SearchStrategy[Box]:
    return st.builds(
        lambda title, lines, inner, arrangement: Box(
            key="", title=title, kind=Kind.GROUP, lines=tuple(lines), inside=inner, arrangement=arrangement
        ),
        texts,
        st.lists(texts, max_size=3),
        inside,
        st.sampled_from(Arrangement),
    )


trees = st.recursive(boxes(st.just(())), lambda inner: boxes(st.lists(inner, max_size=6).map(tuple)), max_leaves=25)
pictures = st.builds(
    lambda inside, arrangement: Picture(title="t", boxes=tuple(inside), arrangement=arrangement),
    st.lists(trees, min_size=1, max_size=4),
    st.sampled_from(Arrangement),
)
ROUNDING = 0.01


def holds(outer: Rectangle, inner: Rectangle) -> bool:
    return (
        inner.x >= outer.x - ROUNDING
        and inner.y >= outer.y - ROUNDING
        and inner.x + inner.width <= outer.x + outer.width + ROUNDING
        and inner.y + inner.height <= outer.y + outer.height + ROUNDING
    )


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return (
        min(one.x + one.width, other.x + other.width) - max(one.x, other.x) > ROUNDING
        and min(one.y + one.height, other.y + other.height) - max(one.y, other.y) > ROUNDING
    )


@given(pictures)
def test_boxes_hold_what_is_in_them_and_lie_over_nobody_else(picture: Picture) -> None:
    placed = iter(laid_out(picture))

    def walk(wanted: tuple[Box, ...], room: Rectangle | None) -> None:
        found: list[Placed] = []
        for box in wanted:
            one = next(placed)
            assert one.box is box
            assert room is None or holds(room, one.at)
            found.append(one)
            walk(box.inside, one.at)
        assert not any(overlap(one.at, other.at) for one, other in combinations(found, 2))

    walk(picture.boxes, None)
    assert next(placed, None) is None


def test_a_grid_takes_a_next_row_at_the_width_of_a_page() -> None:
    row = tuple(Box(key=str(number), title="x" * 30, kind=Kind.STORE) for number in range(12))
    grid = Picture(title="t", boxes=row, arrangement=Arrangement.GRID)
    placed = laid_out(grid)
    assert max(one.at.x + one.at.width for one in placed) < 1200
    assert len({one.at.y for one in placed}) > 1
