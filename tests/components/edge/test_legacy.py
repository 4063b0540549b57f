"""No class of pulumi_cloudflare that only lives on for old programs: aliases of renamed resources, and products that rulesets replaced."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pulumi_cloudflare as cloudflare
import pytest

ROOT = Path(__file__).parents[3]
REPLACED = {"Filter", "FirewallRule", "PageRule", "RateLimit"}
"""Products before the Ruleset Engine (Cloudflare, firewall rules and page rules: deprecated)."""
SOURCES = sorted((ROOT / "components" / "edge").glob("*.py"))


def _aliases() -> Iterator[str]:
    """Classes whose module says that they are deprecated in favour of another."""
    for module in Path(cloudflare.__file__).parent.glob("*.py"):
        yield from re.findall(r'warnings\.warn\("""cloudflare\.index/\w+\.(\w+) has been deprecated', module.read_text())


def _used(path: Path) -> set[str]:
    attributes = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "cloudflare"}


LEGACY = {*_aliases(), *REPLACED}


def test_the_sdk_still_says_which_classes_are_aliases() -> None:
    assert {"Record", "Tunnel", "AccessApplication", "TeamsRule", "WorkerScript"} <= LEGACY
    assert len(LEGACY) > 30


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_legacy_class_is_used(path: Path) -> None:
    assert {name.removesuffix("Args") for name in _used(path)} & LEGACY == set()


def test_rulesets_are_made_in_one_place_so_that_a_phase_has_one_owner() -> None:
    assert [path.name for path in SOURCES if "Ruleset" in _used(path)] == ["ruleset.py"]


def test_each_phase_is_named_by_one_module_only() -> None:
    pattern = re.compile(r"phase=Phase\.(\w+)|Phase\.(\w+): (?!\")")
    owners = [(name, path.name) for path in SOURCES for pair in pattern.findall(path.read_text()) for name in pair if name]
    assert len({name for name, _ in owners}) == len(owners) == 7
