"""Previews as one page for a reader: pictures, findings, every resource to search and open. The file needs nothing but itself."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from meridian.picture.drawing import pictures
from meridian.picture.svg import svg
from meridian.preview import Preview
from meridian.report.document import document
from policies.core.verdict import Judgement, Severity, Verdict

GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}
OPEN = (Verdict.FAIL, Verdict.WAIVED, Verdict.UNDECIDED)
"""Verdicts that a reader must see; the rest is counted."""


@dataclass(frozen=True)
class StackPage:
    """What the page shows of one stack."""

    preview: Preview

    @property
    def name(self) -> str:
        """Name of the stack."""
        return self.preview.plan.stack

    @cached_property
    def document(self) -> dict[str, Any]:
        """The preview without secret values."""
        return document(self.preview)

    @property
    def drawings(self) -> list[tuple[str, Markup]]:
        """Title and drawing of each picture; a drawing escapes its own texts."""
        return [(picture.title, Markup(svg(picture))) for picture in pictures(self.preview.plan)]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How often each verdict was given."""
        return dict(self.preview.verdicts.counts) if self.preview.verdicts else {}

    @property
    def findings(self) -> list[Judgement]:
        """What is not settled, the gravest first."""
        if self.preview.verdicts is None:
            return []
        found = [judgement for verdict in OPEN for judgement in self.preview.verdicts.of(verdict)]
        return sorted(found, key=lambda one: (OPEN.index(one.verdict), GRAVITY[one.severity], one.rule, one.urn))

    def fix(self, judgement: Judgement) -> str:
        """What mends it."""
        rule = self.preview.verdicts.rules.get(judgement.rule) if self.preview.verdicts else None
        return rule.fix if rule else ""


def page(previews: Sequence[Preview]) -> str:
    """The page, as HTML."""
    stacks = [StackPage(preview) for preview in previews]
    return _template().render(stacks=stacks, data=_data(stacks), verdicts=tuple(Verdict))


def _data(stacks: Iterable[StackPage]) -> Markup:
    """JSON within a script element: no `<` that could end it (HTML, restrictions for contents of script elements)."""
    shown = [{key: stack.document[key] for key in ("stack", "resources", "findings")} for stack in stacks]
    return Markup(json.dumps(shown, separators=(",", ":")).replace("<", "\\u003c"))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("meridian.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")
