"""Examples become stacks as the engine would make them."""

from policies.core.example import example, resource
from policies.core.verdict import UNKNOWN

EXAMPLE = example(
    resource("a:b/c:C", {"list": [{"arn": "x/${key.arn}"}, "plain"], "other": "${key.id}${vpc.id}"}, protect=True),
    key=resource("k"),
    vpc=resource("v"),
    provider=resource("pulumi:providers:aws"),
)


def test_references_are_dependencies_by_top_level_property() -> None:
    subject, key, vpc, provider = EXAMPLE.stack(ids_known=True).resources
    assert subject.property_dependencies == {"list": (key.urn,), "other": (key.urn, vpc.urn)}
    assert subject.inputs == {"list": [{"arn": "x/key.arn"}, "plain"], "other": "key.idvpc.id"}
    assert (subject.name, subject.protect, subject.provider) == ("subject", True, provider.urn)
    assert provider.provider == ""
    assert not key.protect


def test_in_a_preview_references_are_unknown() -> None:
    subject = EXAMPLE.stack(ids_known=False).resources[0]
    assert subject.inputs == {"list": [{"arn": UNKNOWN}, "plain"], "other": UNKNOWN}
    assert subject.property_dependencies == EXAMPLE.stack(ids_known=True).resources[0].property_dependencies
