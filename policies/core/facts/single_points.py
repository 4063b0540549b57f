"""Parts that every way from a source to an answer passes: dominators of the request graph."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import networkx as nx

_ANSWERED = object()
"""What every part leads to that leads nowhere else."""


def single_points(source: str, links: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Parts without which nothing that leaves the source is answered, from the last to the first; the source itself is none of them.

    A link leads from a part to one of those that may take a request on, so that any one of them is enough.
    """
    graph = cast("Any", nx.DiGraph())
    graph.add_node(source)
    graph.add_edges_from(links)
    ends = [node for node in graph if not graph.out_degree(node) and node != source]
    graph.add_edges_from((end, _ANSWERED) for end in ends)
    before = cast("Mapping[object, Any]", nx.immediate_dominators(graph, source))
    found: list[str] = []
    at = before.get(_ANSWERED, source)
    while at != source:
        found.append(at)
        at = before[at]
    return tuple(found)
