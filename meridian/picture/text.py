"""A picture as text: Mermaid, which code hosts draw, and DOT for Graphviz."""

from collections.abc import Iterator, Mapping

from meridian.picture.model import Box, Picture

INDENT = "  "


def mermaid(picture: Picture) -> str:
    """A flow chart (Mermaid, flowcharts)."""
    keys = _identifiers(picture)
    lines = ["flowchart LR"]
    for box in picture.boxes:
        lines += _mermaid_box(box, keys, INDENT)
    lines += [f"{INDENT}{keys[link.source]} -->{_mermaid_label(link.label)} {keys[link.target]}" for link in picture.links]
    return "\n".join(lines) + "\n"


def _identifiers(picture: Picture) -> Mapping[str, str]:
    """A URN has letters that neither notation takes as a name."""
    return {box.key: f"b{number}" for number, box in enumerate(picture.everything)}


def _mermaid_box(box: Box, keys: Mapping[str, str], indent: str) -> Iterator[str]:
    text = "<br>".join(_mermaid_text(line) for line in (box.title, *box.lines) if line) or " "
    if not box.inside:
        yield f'{indent}{keys[box.key]}["{text}"]'
        return
    yield f'{indent}subgraph {keys[box.key]}["{text}"]'
    for inner in box.inside:
        yield from _mermaid_box(inner, keys, indent + INDENT)
    yield f"{indent}end"


def _mermaid_text(line: str) -> str:
    """Quotes and angle brackets as Mermaid's own entities."""
    return line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _mermaid_label(label: str) -> str:
    return f'|"{_mermaid_text(label)}"|' if label else ""


def dot(picture: Picture) -> str:
    """A directed graph (Graphviz, the DOT language)."""
    keys = _identifiers(picture)
    lines = [f"digraph {_quoted(picture.title)} {{", f"{INDENT}rankdir=LR; compound=true; node [shape=box, style=rounded];"]
    for box in picture.boxes:
        lines += _dot_box(box, keys, INDENT)
    for link in picture.links:
        label = f" [label={_quoted(link.label)}]" if link.label else ""
        lines.append(f"{INDENT}{keys[link.source]} -> {keys[link.target]}{label};")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_box(box: Box, keys: Mapping[str, str], indent: str) -> Iterator[str]:
    label = _quoted("\n".join(line for line in (box.title, *box.lines) if line))
    if not box.inside:
        yield f"{indent}{keys[box.key]} [label={label}];"
        return
    yield f"{indent}subgraph cluster_{keys[box.key]} {{"
    yield f"{indent}{INDENT}label={label};"
    for inner in box.inside:
        yield from _dot_box(inner, keys, indent + INDENT)
    yield f"{indent}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
