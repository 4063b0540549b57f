"""Tags by which a resource can be answered for, and whether they say the truth of where it lies."""

from collections.abc import Iterator
from typing import Any

from components import catalog
from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts import buckets, providers
from policies.core.facts.edges import region
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity
from policies.residency.keys_rules import KEYS
from policies.residency.region_rules import TAGGABLE

RECOVERY = "rpo"
"""Tag that says how much of its data may be lost: asked of stores alone, as nothing else has data to lose."""
STORES = frozenset({*KEYS, *buckets.BUCKETS})
"""Types that hold data."""

_ALL = {"cost-center": "infrastructure", "data-class": "personal", "jurisdiction": "IE", "owner": "platform"}
_DEFAULTS = '{"tags": {"cost-center": "infrastructure", "data-class": "personal", "jurisdiction": "IE", "owner": "platform"}}'


def _tagged(type: str, tags: dict[str, str] | None = None, defaults: str | None = _DEFAULTS, where: str = "eu-west-1") -> Example:
    inputs: dict[str, Any] = {"tags": tags} if tags is not None else {}
    provider = {"region": where, **({"defaultTags": defaults} if defaults else {})}
    return example(resource(type, inputs), provider=resource(tokens.AWS_PROVIDER, provider))


@rule(
    "res-03",
    on=TAGGABLE,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Nobody can say what a resource holds, under which law and who answers for it, if the resource does not.",
    fix=f"Set the tags of requiredTags in the provider's default_tags or the resource's tags; {RECOVERY} on stores of data, e.g. 5m.",
    controls=("gdpr:30",),
    settings=("required_tags",),
    bad=(
        _tagged(tokens.VPC, defaults=None),
        _tagged(tokens.VPC, {"owner": "platform"}, defaults=None),
        _tagged(tokens.S3_BUCKET),
        _tagged(tokens.VPC, {**_ALL, "owner": ""}),
    ),
    good=(
        _tagged(tokens.VPC),
        _tagged(tokens.VPC, _ALL, defaults=None),
        _tagged(tokens.S3_BUCKET, {RECOVERY: "5m"}),
    ),
)
def resources_say_who_answers_for_them(made: Subject) -> Iterator[str]:
    tags = providers.tags(made.stack, made.resource)
    wanted = made.settings.required_tags - (frozenset() if made.resource.type in STORES else {RECOVERY})
    if missing := sorted(tag for tag in wanted if not tags.get(tag)):
        yield f"tags are missing: {', '.join(missing)}"


@rule(
    "res-04",
    on=TAGGABLE,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A tag that names another jurisdiction than the region's sends auditors, and rules, to the wrong law.",
    fix="Set the tag jurisdiction to the region's in components/catalog/regions.yaml, or make the resource in one of that jurisdiction.",
    controls=("gdpr:25",),
    bad=(_tagged(tokens.VPC, where="us-east-1"), _tagged(tokens.VPC, {"jurisdiction": "DE"}), _tagged(tokens.VPC, where="sa-east-1")),
    good=(
        _tagged(tokens.VPC),
        _tagged(tokens.VPC, {"jurisdiction": "US"}, where="us-west-2"),
        _tagged(tokens.VPC, defaults=None),
    ),
)
def tagged_jurisdiction_is_the_regions(made: Subject) -> Iterator[str]:
    claimed = providers.tags(made.stack, made.resource).get("jurisdiction", "")
    if not claimed:
        return
    here = region(made.stack, made.resource)
    place = catalog.regions().get(here)
    if place is None or place.jurisdiction != claimed:
        law = place.jurisdiction if place else "not in the catalogue"
        yield f"says jurisdiction {claimed}, but {here} is {law}"
