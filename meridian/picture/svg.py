"""A picture as SVG: one self-contained file that follows the reader's light or dark colours and needs no script."""

from collections.abc import Iterator, Mapping
from html import escape

from meridian.picture.layout import LINE_HEIGHT, PADDING, Placed, Rectangle, laid_out
from meridian.picture.model import Kind, Link, Picture

HUES: Mapping[Kind, int | None] = {
    Kind.GROUP: None,
    Kind.NETWORK: 215,
    Kind.ZONE: 215,
    Kind.SUBNET: 200,
    Kind.GATEWAY: 175,
    Kind.CLUSTER: 265,
    Kind.NODES: 265,
    Kind.GPU: 95,
    Kind.PLATFORM: 300,
    Kind.STORE: 30,
    Kind.HOST: 215,
    Kind.BALANCER: 265,
    Kind.POOL: 175,
    Kind.ORIGIN: 30,
    Kind.ACCESS: 340,
    Kind.COMPONENT: 215,
}
"""Degree on the colour circle of each kind of box; none for what has no colour of its own."""
BASELINE = 12
"""From the top of a line to the foot of its letters, in pixels."""
BEND = 0.5
"""How far an arrow goes straight on before it turns, as a share of its width."""


def svg(picture: Picture) -> str:
    """The drawing."""
    placed = laid_out(picture)
    width = max((one.at.x + one.at.width for one in placed), default=0) + PADDING
    height = max((one.at.y + one.at.height for one in placed), default=0) + PADDING
    title = escape(picture.title)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" class="picture">',
            f"<title>{title}</title>",
            f"<style>{_style()}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>',
            *_links(picture.links, {one.box.key: one.at for one in placed}),  # first, so that boxes lie over them
            *_boxes(placed),
            "</svg>\n",
        ]
    )


def _style() -> str:
    """Scoped to the class, so that a page around the drawing keeps its own look."""
    light = "".join(
        f".picture .{kind} rect{{fill:hsl({hue} 60% 96%);stroke:hsl({hue} 35% 60%)}}" for kind, hue in HUES.items() if hue is not None
    )
    dark = "".join(
        f".picture .{kind} rect{{fill:hsl({hue} 30% 15%);stroke:hsl({hue} 30% 45%)}}" for kind, hue in HUES.items() if hue is not None
    )
    return (
        ".picture text{font:11.5px system-ui,sans-serif;fill:#445}.picture .title{font-weight:600;font-size:13px;fill:#112}"
        ".picture rect{fill:none;stroke:none;rx:6px}.picture .group.titled rect{stroke:#bbc}"
        ".picture .link{fill:none;stroke:#889;stroke-width:1.2}.picture .tip{fill:#889}"
        f"{light}@media(prefers-color-scheme:dark){{.picture text{{fill:#bbc}}.picture .title{{fill:#eef}}{dark}}}"
    )


def _boxes(placed: tuple[Placed, ...]) -> Iterator[str]:
    for one in placed:
        box, at = one.box, one.at
        name = f"{box.kind} titled" if box.title else str(box.kind)
        yield f'<g class="{name}"><rect x="{at.x:.1f}" y="{at.y:.1f}" width="{at.width:.1f}" height="{at.height:.1f}"/>'
        rows = ([("title", box.title)] if box.title else []) + [("line", line) for line in box.lines]
        for row, (style, text) in enumerate(rows):
            y = at.y + PADDING + row * LINE_HEIGHT + BASELINE
            yield f'<text class="{style}" x="{at.x + PADDING:.1f}" y="{y:.1f}">{escape(text)}</text>'
        yield "</g>"


def _links(links: tuple[Link, ...], at: Mapping[str, Rectangle]) -> Iterator[str]:
    for link in links:
        yield f'<path class="link" marker-end="url(#tip)" d="{_curve(at[link.source], at[link.target])}">{_title(link)}</path>'


def _title(link: Link) -> str:
    return f"<title>{escape(link.label)}</title>" if link.label else ""


def _curve(source: Rectangle, target: Rectangle) -> str:
    """From the right edge of one to the left edge of the other."""
    x1, y1 = source.x + source.width, source.y + source.height / 2
    x2, y2 = target.x, target.y + target.height / 2
    bend = max(20.0, abs(x2 - x1) * BEND)
    return f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
