"""`meridian graph`: pictures of a stack."""

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from meridian.engine.project import Project
from meridian.picture.dependencies import dependencies_picture
from meridian.picture.drawing import overview, pictures
from meridian.picture.model import Picture
from meridian.picture.page import page
from meridian.picture.svg import svg
from meridian.picture.text import dot, mermaid
from meridian.plan import Mode, Plan
from meridian.report.json_target import JsonTarget

DEFAULT_STACK = "eu-west-1"


class Subject(StrEnum):
    """What is drawn."""

    OVERVIEW = "overview"
    """The region by zone, or the edge from host names to origins."""
    DEPENDENCIES = "dependencies"
    """What stands on what."""


SUBJECTS: Mapping[Subject, Callable[[Plan], Picture]] = {Subject.OVERVIEW: overview, Subject.DEPENDENCIES: dependencies_picture}


def graph_command(
    stack: Annotated[str, typer.Argument(help="Name of the stack.")] = DEFAULT_STACK,
    *,
    of: Annotated[Subject, typer.Option(help="What the picture shows; a page has both.")] = Subject.OVERVIEW,
    svg_file: Annotated[str | None, typer.Option("--svg", help="Write a drawing; - is output, as for the others.")] = None,
    mermaid_file: Annotated[
        str | None, typer.Option("--mermaid", help="Write a Mermaid flow chart; printed where no file is named.")
    ] = None,
    dot_file: Annotated[str | None, typer.Option("--dot", help="Write a graph for Graphviz.")] = None,
    html_file: Annotated[str | None, typer.Option("--html", help="Write a page with all pictures.")] = None,
    project: Annotated[Path, typer.Option(help="Folder of Pulumi.yaml.")] = Path(),
) -> None:
    """Draw a stack: network and zones, cluster and pools, stores, edge, dependencies."""
    files = {svg: svg_file, mermaid: mermaid_file, dot: dot_file}
    targets = {notation: JsonTarget.checked(file) for notation, file in files.items() if file is not None}
    page_target = JsonTarget.checked(html_file)
    plan = Project.at(project.resolve()).plan(stack, Mode.PREVIEW)
    picture = SUBJECTS[of](plan)
    for notation, target in targets.items():
        target.write_text(notation(picture))
    if html_file is not None:
        page_target.write_text(page(plan.stack, pictures(plan)))
    if not targets and html_file is None:
        sys.stdout.write(mermaid(picture))
