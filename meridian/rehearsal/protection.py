"""Which deletion a rehearsal may have refused: after each refused one, the CLI walks every path of dependencies below it.

It marks what it has seen and walks on all the same (3.260, pkg/resource/graph/dependency_graph.go, markAsDependency), so that a refused
deletion costs as many steps as there are paths: 2 below a key, 10^13 below what stands on the whole platform. It never ends.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

from meridian.plan import Plan, Planned

LONGEST_WALK = 1_000_000
"""Paths that are walked within a few seconds (about a microsecond each)."""


class Protection:
    """The protected resources of a stack, and what it costs to have their deletion refused."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.protected = tuple(resource for resource in plan.made if resource.options.protect)

    @cached_property
    def paths(self) -> Mapping[str, int]:
        """URN -> paths of dependencies below it, as the CLI follows them: a property's as well as the resource's own."""
        found: dict[str, int] = {}
        for resource in self.plan:  # comes after what it depends on
            found[resource.urn] = 1 + sum(found.get(urn, 0) for urn in _followed(resource))
        return found

    @cached_property
    def target(self) -> Planned | None:
        """The protected resource whose deletion shall be tried, with all that needs it; None for all of the stack at once."""
        if self._walk(self.protected) <= LONGEST_WALK:
            return None
        return min(self.protected, key=lambda resource: (self._walk(self._with(resource)), resource.urn))

    def _walk(self, refused: tuple[Planned, ...]) -> int:
        return sum(self.paths[resource.urn] for resource in refused)

    def _with(self, first: Planned) -> tuple[Planned, ...]:
        """Protected resources among `first` and all that needs it."""
        within = {first.urn}
        for resource in self.plan:
            if within.intersection(_followed(resource)):
                within.add(resource.urn)
        return tuple(resource for resource in self.protected if resource.urn in within)


def _followed(resource: Planned) -> Iterator[str]:
    yield from (resource.provider, *resource.dependencies)
    for urns in resource.property_dependencies.values():
        yield from urns
