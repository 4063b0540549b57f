"""All rules, found by walking the packs: whatever a module called `*_rules` defines."""

import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import policies
from policies.core.rule import Rule


@lru_cache
def rules(pack: str | None = None) -> tuple[Rule, ...]:
    """Rules of one pack, or of all, in the order of their ids.

    Raises:
        ValueError: two rules have the same id.
    """
    found = sorted((rule for module in _rule_modules(pack) for rule in _rules_in(module)), key=lambda rule: rule.id)
    twins = {one.id for one, other in pairwise(found) if one.id == other.id}
    if twins:
        raise ValueError(f"two rules are called {', '.join(sorted(twins))}: give each an id of its own")
    return tuple(found)


@lru_cache
def packs() -> tuple[str, ...]:
    """Names of all packs: folders that the engine can be pointed at."""
    root = Path(policies.__file__).parent
    return tuple(sorted(path.parent.name for path in root.glob("*/PulumiPolicy.yaml")))


def _rule_modules(pack: str | None) -> Iterator[str]:
    for folder in pkgutil.iter_modules(policies.__path__, "policies."):
        if folder.ispkg and folder.name in (f"policies.{pack}", folder.name if pack is None else ""):
            package = import_module(folder.name)
            yield from (
                module.name for module in pkgutil.iter_modules(package.__path__, f"{folder.name}.") if module.name.endswith("_rules")
            )


def _rules_in(module: str) -> Iterator[Rule]:
    return (value for value in vars(import_module(module)).values() if isinstance(value, Rule) and value.check.__module__ == module)
