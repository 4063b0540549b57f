"""What holds for every component, found by reflection."""

from pathlib import Path

import pytest

from components.base import Component
from docs.generate import attribute_docstrings, component_classes

COMPONENTS = sorted(component_classes(), key=lambda component: component.token)


def test_tokens_are_the_recorded_ones() -> None:
    """A token is part of every URN below it: changing one replaces resources, so it is a reviewed line of this file."""
    recorded = (Path(__file__).parent / "tokens.txt").read_text().splitlines()
    assert [component.token for component in COMPONENTS] == recorded


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_token_says_where_the_class_is(component: type[Component]) -> None:
    parts = component.__module__.split(".")
    folder = parts[1] if len(parts) > 2 else "base"
    assert component.token == f"meridian:{folder}:{component.__name__}"


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_every_output_is_documented(component: type[Component]) -> None:
    assert [name for name, text in attribute_docstrings(component).items() if not text] == []
