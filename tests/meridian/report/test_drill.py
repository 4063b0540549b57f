"""The table of all losses."""

import io

from rich.console import Console

from meridian.analysis.drill import sweep
from meridian.report.drill import document, print_sweep
from tests.meridian.analysis.test_drill import EUROPE, ZONE


def test_each_loss_has_a_line_and_both_sizes_are_counted() -> None:
    drills = sweep(EUROPE, {"eu-west-1": {ZONE.zones: ZONE}})
    page = io.StringIO()
    print_sweep(drills, Console(width=200, file=page))
    lines = page.getvalue().splitlines()
    assert any(line.split()[:5] == ["eu-west-1", "4,800", "sessions", "eu-central-1", "80%"] for line in lines)
    both = next(line for line in lines if line.startswith("eu-central-1 + eu-west-1"))
    assert "9,600" in both
    assert "fails" in both
    assert "one loss: 3 of 3 are survived" in lines
    assert "two losses: 0 of 1 are survived" in lines


def test_the_document_names_fields_as_json_does() -> None:
    (first, *_) = document(sweep(EUROPE, {}))["drills"]
    assert {"lost", "survived", "regions", "zones", "times", "promises", "contradictions"} == set(first)
    assert first["regions"]["loads"][0].keys() == {"region", "before", "after", "capacity"}
