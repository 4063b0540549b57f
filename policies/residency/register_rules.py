"""What a transfer needs besides its basis: somebody who answers for it, a document, and a day when it is looked at again."""

from collections.abc import Iterator
from typing import Any

from components import catalog
from policies.core import edge_tokens, tokens
from policies.core.facts.edges import SUBJECTS, Edge, edges
from policies.core.facts.passages import moved_class, passage
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity
from policies.residency.edges import SETTINGS, of_ireland

EXPORTING = frozenset({"CN"})
"""Countries whose law counts it as an export when their people's data is collected abroad (PIPL Art. 3, 38, 55)."""


def _balancer(**pools: list[str]) -> dict[str, Any]:
    return {"name": "api.example.com", "zoneId": "z", "defaultPools": ["p"], "fallbackPool": "p", "countryPools": pools}


@rule(
    "res-20",
    on=edge_tokens.LOAD_BALANCER,
    severity=Severity.HIGH,
    why="Whoever serves mainland China from abroad exports its people's data: that needs a basis and an impact assessment beforehand.",
    fix="Take the country out of country_pools, or add its row to `inflows` of components/catalog/residency.yaml: basis and assessment.",
    controls=("gdpr:44",),
    bad=(_balancer(CN=["p"]), _balancer(IE=["p"], CN=["p", "q"])),
    good=(_balancer(IE=["p"]), {"name": "api.example.com", "zoneId": "z", "defaultPools": ["p"], "fallbackPool": "p"}),
)
def mainland_china_is_served_on_a_basis(balancer: Subject) -> Iterator[str]:
    for country in sorted(EXPORTING & set(balancer.properties.section("countryPools"))):
        row = catalog.inflows().get(country)
        if row is None or row.reviewed_until < balancer.today:
            missing = "there is no basis for it" if row is None else f"{row.assessment} was to be reviewed by {row.reviewed_until}"
            yield f"serves {country} from abroad: {missing}"


def _copied(region: str) -> dict[str, Any]:
    actions = [{"destinationVaultArn": f"arn:aws:backup:{region}:123456789012:backup-vault:copies"}]
    return {"name": "daily", "rules": [{"ruleName": "daily", "targetVaultName": "here", "copyActions": actions}]}


@rule(
    "res-21",
    on=SUBJECTS,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="An edge that the law allows is still unlawful without an agreement, and a register nobody reviews proves nothing.",
    fix="Add the edge to `transfers` of components/catalog/residency.yaml: owner, agreement, and a day of review that is not past.",
    controls=("gdpr:30", "gdpr:46"),
    settings=SETTINGS,
    bad=(of_ireland(tokens.BACKUP_PLAN, _copied("eu-west-2")),),
    good=(
        of_ireland(tokens.BACKUP_PLAN, _copied("eu-central-1")),
        of_ireland(tokens.BACKUP_PLAN, _copied("eu-west-2"), data_class="public"),
        of_ireland(tokens.BACKUP_PLAN, _copied("eu-west-1")),
    ),
)
def transfers_stand_in_the_register(moving: Subject) -> Iterator[str]:
    for edge in edges(moving.stack, moving.resource):
        data_class = moved_class(edge, moving.settings)
        if passage(edge, moving.settings).allowed and (ends := _crossed(edge, data_class)):
            row = next((row for row in catalog.transfers() if (row.source, row.destination) == ends), None)
            if row is None or row.reviewed_until < moving.today:
                missing = "is not in the register" if row is None else f"was to be reviewed by {row.reviewed_until}"
                yield f"{edge.kind} of {data_class} data from {ends[0]} to {ends[1]} {missing}"


def _crossed(edge: Edge, data_class: str) -> tuple[str, str] | None:
    """Jurisdictions at the ends of an edge that takes data of people across a border."""
    ends = [catalog.regions().get(name) for name in (edge.source, edge.destination)]
    name = catalog.document_classes().get(data_class, data_class)
    row = catalog.data_classes().get(name)
    free = row is not None and row.crosses_borders is not None
    here, there = (end.jurisdiction if end else "" for end in ends)
    return None if free or here == there else (here, there)
