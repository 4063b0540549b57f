"""In which region something is made, and what may be held there."""

from collections.abc import Iterator
from typing import Any

from components import catalog
from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts.edges import data_class, region
from policies.core.resource import configuration
from policies.core.rule import Scope, Subject, rule
from policies.core.tagging import taggable
from policies.core.verdict import Severity

TAGGABLE = tuple(sorted(taggable()))
"""AWS resources that carry tags: those that exist as such, and are paid for."""
HEALTH = "phi"
"""Class that the United States' law on health data has a name for; ours that holds it is `sensitive`."""
REGIME = "HIPAA"
"""The law's name in the catalogue."""
_STATIC_KEYS = ("accessKey", "secretKey", "token")


def _in(provider: dict[str, Any], type: str = tokens.S3_BUCKET, **inputs: Any) -> Example:
    return example(resource(type, inputs), provider=resource(tokens.AWS_PROVIDER, provider))


@rule(
    "res-01",
    on=TAGGABLE,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="What is made in a region that nobody chose lies under a law that nobody looked at.",
    fix="Set the provider's region, or the resource's own, to one of allowedRegions: those of components/catalog/regions.yaml.",
    controls=("gdpr:44",),
    settings=("allowed_regions",),
    bad=(
        _in({"region": "sa-east-1"}),
        _in({"region": "eu-west-1"}, region="us-gov-west-1"),
    ),
    good=(
        _in({"region": "eu-west-1"}),
        _in({"region": "sa-east-1"}, region="eu-central-1"),
    ),
)
def resources_lie_in_regions_that_were_chosen(made: Subject) -> Iterator[str]:
    here = region(made.stack, made.resource)
    if here not in made.settings.allowed_regions:
        yield f"lies in {here}; allowed are {', '.join(sorted(made.settings.allowed_regions))}"


_BOUND: dict[str, object] = {"region": "eu-west-1", "allowedAccountIds": '["123456789012"]'}


@rule(
    "res-02",
    on=(tokens.AWS_PROVIDER,),
    severity=Severity.HIGH,
    why="A provider that takes region and account from its surroundings makes today's stack in whatever account a laptop is signed in to.",
    fix="Give aws.Provider a literal region and allowed_account_ids, and no access_key, secret_key or token: CI signs in by OIDC.",
    controls=("gdpr:30",),
    bad=(
        {"allowedAccountIds": '["123456789012"]'},
        {"region": "eu-west-1"},
        {"region": "eu-west-1", "allowedAccountIds": "[]"},
        {**_BOUND, "accessKey": "AKIAIOSFODNN7EXAMPLE"},
    ),
    good=(_BOUND, {**_BOUND, "forbiddenAccountIds": '["999999999999"]'}),
)
def provider_says_where_and_whose(provider: Subject) -> Iterator[str]:
    told = configuration(provider.resource)
    if any(key in told for key in _STATIC_KEYS):
        yield "it holds keys of its own, which live until somebody notices"
    if not told.text("region"):
        yield "it names no region"
    if not tuple(told.texts("allowedAccountIds")):
        yield "it is bound to no account"


def _sensitive(where: str, name: str = "sensitive") -> Example:
    return _in({"region": where}, tags={"data-class": name})


@rule(
    "res-19",
    on=TAGGABLE,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="Health data of the United States may lie only where the agreement of 45 CFR 164.308(b) covers whoever holds it.",
    fix="Make it in a region where HIPAA holds (regimes in components/catalog/residency.yaml), or tag it with the class that it is.",
    controls=("hipaa:164.308(b)", "hipaa:164.312(a)(2)(iv)"),
    bad=(_sensitive("us-west-2"), _sensitive("us-west-2", "restricted"), _sensitive("eu-west-1", HEALTH)),
    good=(_sensitive("us-east-1"), _sensitive("us-east-1", HEALTH), _sensitive("us-west-2", "personal"), _sensitive("eu-west-1")),
)
def health_data_lies_where_its_law_holds(store: Subject) -> Iterator[str]:
    held = data_class(store.stack, store.resource)
    if held != HEALTH and catalog.document_classes().get(held, held) != "sensitive":
        return
    here, covered = region(store.stack, store.resource), catalog.regimes()[REGIME].regions
    place = catalog.regions().get(here)
    under = held == HEALTH or place is None or REGIME in catalog.jurisdiction(place.jurisdiction).laws
    if under and here not in covered:
        yield f"{held} data lies in {here}, where {REGIME} does not hold; it does in {', '.join(covered)}"
