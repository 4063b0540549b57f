"""Examples become stacks as the engine would make them."""

from policies.core.example import Draft, Example, example, resource
from policies.core.verdict import UNKNOWN


def joined() -> Example:
    return example(
        resource("a:b/c:C", {"list": [{"arn": "x/${key.arn}"}, "plain"], "other": "${key.id}${vpc.id}"}, protect=True),
        key=resource("k"),
        vpc=resource("v"),
        provider=resource("pulumi:providers:aws"),
    )


def test_references_are_dependencies_by_top_level_property() -> None:
    subject, key, vpc, provider = joined().stack(ids_known=True).resources
    assert subject.property_dependencies == {"list": (key.urn,), "other": (key.urn, vpc.urn)}
    assert subject.inputs == {"list": [{"arn": "x/key.arn"}, "plain"], "other": "key.idvpc.id"}
    assert (subject.name, subject.protect, subject.provider) == ("subject", True, provider.urn)
    assert provider.provider == ""
    assert not key.protect


def test_in_a_preview_references_are_unknown() -> None:
    subject = joined().stack(ids_known=False).resources[0]
    assert subject.inputs == {"list": [{"arn": UNKNOWN}, "plain"], "other": UNKNOWN}
    assert subject.property_dependencies == joined().stack(ids_known=True).resources[0].property_dependencies


def test_nothing_is_protected_unless_told() -> None:
    assert resource("k") == Draft("k", {}, protect=False)
    assert resource("k", {"a": 1}, protect=True) == Draft("k", {"a": 1}, protect=True)
