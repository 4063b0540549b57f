"""Every way that data takes from one region to another, recognised in one place: for rules about residency and for the report of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from policies.core import kinds, tokens
from policies.core.facts import providers
from policies.core.facts.buckets import BUCKETS, PUBLIC_ACCESS_BLOCK, VERSIONING
from policies.core.facts.ways import AWS, CHANGE_FEED, KUBERNETES, MEMBERS, Form, Kind
from policies.core.facts.workloads import at
from policies.core.resource import Resource, Stack, configuration
from policies.core.verdict import Properties, Undecided, is_unknown, known_first, known_part

_DIRECTION = "(?:north|south)?(?:east|west)|north|south|central"
_REGION = re.compile(rf"(?<![a-z0-9])(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-(?:{_DIRECTION})-\d(?![a-z0-9])")
_CLASS = "data-class"

_FORMS = {**AWS, **{token: forms for group, forms in KUBERNETES.items() for token in group}}
SUBJECTS = (*_FORMS, *MEMBERS, *kinds.TIDB_CLUSTER)
"""Types of all resources that can make data move."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One way of one class of data from one region to another."""

    urn: str
    """The resource that moves it."""
    kind: Kind
    """How."""
    source: str
    """Region that the data lies in."""
    destination: str
    """Region that it goes to."""
    data_class: str
    """Value of the `data-class` tag of what moves, or of its provider; empty where nothing says."""
    place: str
    """How the resource names the other end."""


def edges(stack: Stack, resource: Resource) -> Iterator[Edge]:
    """Edges that the resource makes; a copy within one region is none.

    Raises:
        Undecided: after those that are known, when an end or the class of another one is not known yet.
    """
    if resource.type in MEMBERS:
        yield from _joined(stack, resource)
    elif resource.type in kinds.TIDB_CLUSTER:
        yield from _fed(stack, resource)
    else:
        yield from known_first(_FORMS.get(resource.type, ()), lambda form: _named(stack, resource, form))


def region(stack: Stack, resource: Resource) -> str:
    """Region that a resource lies in: its own `region`, else its provider's, else that of an ARN of its own service among its inputs;
    for an object of a cluster the one region of its stack.

    Raises:
        Undecided: none of them tells.
    """
    told = providers.region(stack, resource) or (_from_arn(resource) if resource.type.startswith("aws:") else _of_stack(stack, resource))
    if not told:
        raise Undecided(f"region of {resource.name}")
    return told


def data_class(stack: Stack, resource: Resource, subject: str = "") -> str:
    """The resource's own `data-class` tag or label, else that of what `subject` names, else its provider's default; empty for none."""
    holders = (resource, *_subjects(stack, resource, subject))
    own = next((found for holder in holders if (found := _own_class(holder))), "")
    return own or next((found for holder in reversed(holders) if (found := _default_class(stack, holder))), "")


def region_in(text: str) -> str:
    """The region that an ARN, a host or a name tells; empty for none."""
    fields = text.split(":")
    if fields[0] == "arn" and len(fields) > 5 and fields[3]:
        return fields[3]
    found = _REGION.search(text)
    return found[0] if found else ""


def _named(stack: Stack, resource: Resource, form: Form) -> Iterator[Edge]:
    return known_first(at(resource.properties, form.each), lambda each: _of_each(stack, resource, form, each))


def _of_each(stack: Stack, resource: Resource, form: Form, each: Properties) -> Iterator[Edge]:
    """Edges of one rule, or of the resource itself where it has none."""
    *way, leaf = form.path
    holders = (holder for holder in at(each, tuple(way)) if leaf in holder)
    for place, there in known_first(holders, lambda holder: _places(stack, resource, form, each, holder)):
        if there != (here := region(stack, resource)):
            source, destination = (there, here) if form.inward else (here, there)
            moved = _told_class(each) or data_class(stack, resource, form.subject)
            yield Edge(urn=resource.urn, kind=form.kind, source=source, destination=destination, data_class=moved, place=place)


def _places(stack: Stack, resource: Resource, form: Form, each: Properties, holder: Properties) -> Iterator[tuple[str, str]]:
    """What the property names, with its region. An ARN tells by itself; what does not is looked up among what the property comes from."""
    texts, unknown = known_part(_texts(holder, form.path[-1]))
    told = {text: region_in(text) for text in texts if text.startswith("arn:") and text.split(":")[3:4] != [""]}
    yield from told.items()
    ends = stack.referents(resource, (*form.each, *form.path)[0], *form.ends)
    enough = len(ends) > (1 if form.shared and unknown else 0)
    if ends and (unknown or len(told) < len(texts)):
        places = [(end.name, region(stack, end)) for end in ends]
        yield from places
        if unknown and not enough and all(there == region(stack, resource) for _, there in places):
            raise unknown
        return
    yield from ((text, there) for text in texts if text not in told and (there := _place(stack, resource, form, each, text)))
    if unknown:
        raise unknown


def _texts(holder: Properties, key: str) -> Iterator[str]:
    yield from holder.texts(key)


def _place(stack: Stack, resource: Resource, form: Form, each: Properties, text: str) -> str:
    """Region of what the text names; empty where that is within reach of the cluster, or everyday."""
    name = text.removeprefix("arn:aws:s3:::").removeprefix("s3://").split("/")[0]
    for bucket in stack.of_type(*BUCKETS):
        if bucket.inputs.get("bucket") == name:
            return region(stack, bucket)
    beside = at(each, form.beside[:-1]) if form.beside else iter(())
    told = next((found for holder in beside if (found := region_in(holder.text(form.beside[-1])))), "") or region_in(text)
    in_cluster = form.kind is Kind.ENGINE and (".svc" in text or "." not in text)
    if not told and not form.everyday and not in_cluster:
        raise Undecided(f"{resource.name}.{'.'.join(form.path)}: region of {text}")
    return told


def _told_class(each: Properties) -> str:
    """Class of all that a rule moves: objects of one tag, as S3 filters them, or what a backup plan stamps on its recovery points."""
    only = each.section("filter")
    tag = only.section("tag")
    tagged = tag.text("value") if tag.text("key") == _CLASS else only.section("and").section("tags").text(_CLASS)
    return tagged or each.section("recoveryPointTags").text(_CLASS)


def _joined(stack: Stack, group: Resource) -> Iterator[Edge]:
    """Between all members: whichever leads today, another may tomorrow."""
    kind, members = MEMBERS[group.type]
    primary = stack.referents(group, "primaryReplicationGroupId", tokens.ELASTICACHE_REPLICATION_GROUP)
    stores = dict.fromkeys((*primary, *(store for token, key in members for store in stack.referrers(group, token, key))))
    there = {store: region(stack, store) for store in stores}
    for one, other in permutations(stores, 2):
        if there[one] != there[other]:
            moved = data_class(stack, one)
            yield Edge(urn=group.urn, kind=kind, source=there[one], destination=there[other], data_class=moved, place=other.name)


def _fed(stack: Stack, cluster: Resource) -> Iterator[Edge]:
    target = cluster.properties.section("metadata").section("annotations").text(CHANGE_FEED)
    if target and target != (here := region(stack, cluster)):
        moved = data_class(stack, cluster)
        yield Edge(urn=cluster.urn, kind=Kind.ENGINE, source=here, destination=target, data_class=moved, place=f"TiCDC to {target}")


def _own_class(resource: Resource) -> str:
    if resource.type.startswith("kubernetes:"):
        return resource.properties.section("metadata").section("labels").text(_CLASS)
    return resource.properties.section("tags").text(_CLASS)


def _subjects(stack: Stack, resource: Resource, subject: str) -> Iterator[Resource]:
    """What a property comes from, and the bucket behind a companion that it takes the name from."""
    for urn in resource.property_dependencies.get(subject, ()):
        if found := stack.find(urn):
            yield found
            if found.type in (*VERSIONING, *PUBLIC_ACCESS_BLOCK):
                yield from stack.referents(found, "bucket", *BUCKETS)


def _from_arn(resource: Resource) -> str:
    service = resource.type.split(":")[1].split("/")[0]
    texts = (value for value in resource.inputs.values() if isinstance(value, str) and not is_unknown(value))
    return next((found for text in texts if text.startswith(f"arn:aws:{service}:") and (found := region_in(text))), "")


def _of_stack(stack: Stack, resource: Resource) -> str:
    regions = {found for provider in _aws_providers(stack, resource) if (found := provider.properties.text("region"))}
    return regions.pop() if len(regions) == 1 else ""


def _default_class(stack: Stack, resource: Resource) -> str:
    """That of the resource's provider; what lies in a cluster takes that of the stack's AWS provider."""
    own = resource.type.startswith("aws:")
    told = [stack.provider_configuration(resource)] if own else [configuration(each) for each in _aws_providers(stack, resource)]
    return next((found for each in told if (found := each.section("defaultTags").section("tags").text(_CLASS))), "")


def _aws_providers(stack: Stack, resource: Resource) -> Iterator[Resource]:
    home = resource.urn.split("::")[:2]
    return (provider for provider in stack.of_type(tokens.AWS_PROVIDER) if provider.urn.split("::")[:2] == home)
