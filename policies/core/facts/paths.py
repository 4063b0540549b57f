"""Shortest ways through a graph, for what leads where: security groups that admit each other, roles that trust each other."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeVar, cast

import networkx as nx

Node = TypeVar("Node", bound=Hashable)


def paths_to(target: Node, edges: Iterable[tuple[Node, Node]], longest: int | None = None) -> Mapping[Node, tuple[Node, ...]]:
    """Node -> a shortest path from it to the target, both included, of at most `longest` edges; the target itself among them."""
    graph = cast("Any", nx.DiGraph())
    graph.add_node(target)
    graph.add_edges_from(edges)
    found = cast("Mapping[Node, list[Node]]", cast("Any", nx).single_target_shortest_path(graph, target, cutoff=longest))
    return {source: tuple(path) for source, path in dict(found).items()}
