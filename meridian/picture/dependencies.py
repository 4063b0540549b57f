"""The picture of what stands on what: a stack's components, the first made on the left."""

from collections import Counter
from collections.abc import Mapping

import networkx

from meridian.picture.model import Arrangement, Box, Kind, Link, Picture
from meridian.picture.reading import count
from meridian.plan import STACK_TYPE, Plan, Planned

Graph = networkx.DiGraph


def dependencies_picture(plan: Plan) -> Picture:
    """Outermost components and lone resources; an arrow leads from what is made first to what needs it. Implied arrows are left out."""
    home = outermost(plan)
    graph = _graph(plan, home)
    made = Counter(home[resource.urn] for resource in plan.made if resource.urn in home)
    columns = [
        Box(
            key=f"step:{step}",
            title="",
            kind=Kind.GROUP,
            inside=tuple(_box(plan.by_urn[urn], made[urn]) for urn in urns),
        )
        for step, urns in enumerate(_columns(graph))
    ]
    links = tuple(Link(source=source, target=target) for source, target in sorted(networkx.transitive_reduction(graph).edges))
    return Picture(title=f"{plan.stack}: what stands on what", boxes=tuple(columns), links=links, arrangement=Arrangement.ROW)


def _columns(graph: "Graph[str]") -> list[list[str]]:
    """Steps from left to right; within one, each at the mean height of what it needs, so that few arrows cross (barycentre method)."""
    columns: list[list[str]] = []
    height: dict[str, float] = {}
    for step in networkx.topological_generations(graph):
        column = sorted(step, key=lambda urn: (_mean([height[below] for below in graph.predecessors(urn)]), urn))
        height |= {urn: at / len(column) for at, urn in enumerate(column)}
        columns.append(column)
    return columns


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def outermost(plan: Plan) -> dict[str, str]:
    """URN -> the resource below the stack that it belongs to; itself where it stands there alone. Providers belong to nobody."""
    found: dict[str, str] = {}
    for resource in plan:
        if resource.type == STACK_TYPE or resource.is_provider:
            continue
        parent = plan.by_urn.get(resource.parent)
        found[resource.urn] = resource.urn if parent is None or parent.type == STACK_TYPE else found[parent.urn]
    return found


def _graph(plan: Plan, home: Mapping[str, str]) -> "Graph[str]":
    """Two components may point at each other through different resources: then the one that the program asks for first stands first."""
    graph: Graph[str] = networkx.DiGraph()
    graph.add_nodes_from(home.values())
    for urn, own in home.items():
        needed = {home[below] for below in _needs(plan, plan.by_urn[urn]) if below in home}
        graph.add_edges_from((other, own) for other in needed if other != own)
    order = {urn: (plan.by_urn[urn].trace, urn) for urn in graph}
    for circle in list(networkx.strongly_connected_components(graph)):
        backwards = [(source, target) for source, target in graph.subgraph(circle).edges if order[source] > order[target]]
        graph.remove_edges_from(backwards)
    return graph


def _needs(plan: Plan, resource: Planned) -> tuple[str, ...]:
    """Dependencies of a resource and of the provider that makes it: a cluster's objects need the cluster."""
    provider = plan.by_urn.get(resource.provider)
    return (*resource.dependencies, *(provider.dependencies if provider else ()))


def _box(resource: Planned, made: int) -> Box:
    return Box(key=resource.urn, title=resource.name, kind=Kind.COMPONENT, lines=(resource.type.split(":")[-1], count(made, "resource")))
