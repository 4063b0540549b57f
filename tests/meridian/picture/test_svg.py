"""The drawing is XML of its own, escapes what it is given and draws every arrow between boxes that exist."""

import xml.etree.ElementTree as XML

import pytest

from meridian.picture.model import Box, Kind, Link, Picture
from meridian.picture.page import page
from meridian.picture.svg import svg
from meridian.picture.text import dot, mermaid

NAME = '<script>alert("1")</script> & #co'
PICTURE = Picture(
    title=NAME,
    boxes=(
        Box(key="urn:a", title=NAME, kind=Kind.STORE, lines=("one line",)),
        Box(key="urn:b", title="b", kind=Kind.NODES, inside=(Box(key="urn:c", title="", kind=Kind.GROUP, lines=("c",)),)),
    ),
    links=(Link(source="urn:a", target="urn:c", label=NAME),),
)
SVG = "{http://www.w3.org/2000/svg}"


def test_it_is_well_formed_and_says_what_it_is() -> None:
    root = XML.fromstring(svg(PICTURE))
    assert root.get("role") == "img"
    assert root.get("aria-label") == NAME
    assert len(root.findall(f".//{SVG}rect")) == 3
    assert [text.text for text in root.findall(f".//{SVG}text")] == [NAME, "one line", "b", "c"]


def test_nothing_in_it_reaches_out_or_runs() -> None:
    root = XML.fromstring(svg(PICTURE))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "style",
        "defs",
        "marker",
        "path",
        "g",
        "rect",
        "text",
    }
    assert not [name for element in root.iter() for name in element.attrib if name == "href" or name.startswith("on")]


def test_arrows_start_and_end_at_their_boxes() -> None:
    root = XML.fromstring(svg(PICTURE))
    (arrow,) = root.findall(f"{SVG}path")
    start, end = str(arrow.get("d")).removeprefix("M").split("C")
    rectangles = [{name: float(str(box.get(name))) for name in ("x", "y", "width", "height")} for box in root.findall(f".//{SVG}rect")]
    source, target = rectangles[0], rectangles[2]
    assert [float(number) for number in start.split()] == pytest.approx(
        [source["x"] + source["width"], source["y"] + source["height"] / 2], abs=0.2
    )
    assert [float(number) for number in end.split()[-2:]] == pytest.approx([target["x"], target["y"] + target["height"] / 2], abs=0.2)
    assert arrow.findtext(f"{SVG}title") == NAME


def test_a_page_holds_the_drawings_and_escapes_the_name() -> None:
    text = page("<b>", (PICTURE,))
    assert "<h1>&lt;b&gt;</h1>" in text
    assert "<script" not in text


def test_mermaid_names_are_its_own_and_texts_are_quoted() -> None:
    lines = mermaid(PICTURE).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  b0["#lt;script#gt;alert(#quot;1#quot;)#lt;/script#gt; & #35;co<br>one line"]' in lines
    assert sum(line.strip().startswith("subgraph") for line in lines) == sum(line.strip() == "end" for line in lines) == 1
    assert next(line for line in lines if "-->" in line).split(" -->")[0].strip() == "b0"
    assert "urn:" not in mermaid(PICTURE)


def test_dot_quotes_as_graphviz_reads() -> None:
    text = dot(PICTURE)
    assert 'b0 [label="<script>alert(\\"1\\")</script> & #co\\none line"];' in text
    assert text.count("{") == text.count("}") == 2
    assert "b0 -> b2" in text
