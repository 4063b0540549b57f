"""A pod as far as placement sees it, and the quantities it asks for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from components.catalog.quantities import quantity

MAJORITY = "majority"
ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One replica, or for a DaemonSet the one pod that stands on every node."""

    name: str
    """Unique in its namespace."""
    namespace: str
    """Namespace."""
    owner: str
    """Logical name of the resource it comes from."""
    labels: Mapping[str, str]
    """Labels."""
    spec: Mapping[str, Any]
    """Kubernetes' pod spec, at least with what decides on placement."""
    daemon: bool = False
    """Whether every node that it tolerates has one."""
    volume: bool = False
    """Whether it owns a volume of its zone, which it cannot leave (EBS)."""
    quorum: str = ""
    """What it keeps alive with others, e.g. `tidb pd`; empty for pods that hold nothing together."""
    needs: str = MAJORITY
    """How many of the quorum must be there: `majority`, or `any` one."""

    @property
    def id(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    @cached_property
    def requests(self) -> Mapping[str, int]:
        """What it takes of a node: its containers together, or its largest init container (Kubernetes, init containers)."""
        together: Counter[str] = Counter()
        for container in self.spec.get("containers", ()):
            together.update(_amounts(container))
        for container in self.spec.get("initContainers", ()):
            for key, amount in _amounts(container).items():
                together[key] = max(together[key], amount)
        return {"pods": 1, **together}


def at(values: Any, *path: str) -> Any:
    """What stands at a path of nested mappings; None where nothing does."""
    found = values
    for key in path:
        found = cast("Mapping[str, Any]", found).get(key) if isinstance(found, Mapping) else None
    return found


def _amounts(container: Mapping[str, Any]) -> dict[str, int]:
    """Requests of a container; a limit without a request is one."""
    asked: dict[str, Any] = {**(at(container, "resources", "limits") or {}), **(at(container, "resources", "requests") or {})}
    return {key: quantity(value, thousandths=key == "cpu") for key, value in asked.items() if key in {"cpu", "memory", "nvidia.com/gpu"}}


def needed(members: Iterable[Pod]) -> int:
    """How many members of one quorum must be there."""
    found = tuple(members)
    return 1 if found[0].needs == ANY else len(found) // 2 + 1
