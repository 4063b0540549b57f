"""What rules are shown of the resources that the SDK hands over, and what of their findings comes back."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pulumi_policy import ResourceValidationArgs, ResourceValidationPolicy, StackValidationArgs, StackValidationPolicy
from pulumi_policy.policy import PolicyCustomTimeouts, PolicyProviderResource, PolicyResource, PolicyResourceOptions
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from policies.core import pack
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import UNKNOWN, Severity
from policies.core.waivers import Waiver

KEY, VPC = "aws:kms/key:Key", "aws:ec2/vpc:Vpc"
URN = "urn:pulumi:a::b::aws:kms/key:Key::k"
PROVIDER = PolicyProviderResource("pulumi:providers:aws", {}, "urn:aws", "aws")


def options(*, protect: bool = False, ignore_changes: tuple[str, ...] = (), parent: str | None = None) -> PolicyResourceOptions:
    return PolicyResourceOptions(protect, list(ignore_changes), None, [], PolicyCustomTimeouts(0, 0, 0), [], parent)


def shown(urn: str, **related: Any) -> PolicyResource:
    known = {"opts": options(), "provider": None, "parent": None, "dependencies": [], "property_dependencies": {}}
    props = unknown_checking_proxy(related.pop("props", {}))
    return PolicyResource(related.pop("type", "a:b:C"), props, urn, urn.rpartition(":")[2], **{**known, **related})


class Looking:
    """A rule that finds nothing but remembers what it was shown."""

    def __init__(self, scope: Scope, *findings: str) -> None:
        self.seen: list[Subject] = []
        self.findings = findings
        self.rule = rule(
            "sec-99",
            on=(KEY,),
            scope=scope,
            severity=Severity.LOW,
            why="w.",
            fix="f.",
            controls=(),
            bad=(),
            good=(),
            settings=("min_zones",),
        )(self.look)

    def look(self, subject: Subject) -> Iterator[str]:
        self.seen.append(subject)
        yield from self.findings


def test_a_resource_rule_sees_the_resource_as_it_is() -> None:
    looking = Looking(Scope.RESOURCE)
    policy = pack.policy(looking.rule, ())
    assert isinstance(policy, ResourceValidationPolicy)
    kept = options(protect=True, ignore_changes=("tags",), parent="urn:component")
    for given, provider in ((kept, PROVIDER), (options(), None)):
        policy.validate(ResourceValidationArgs(KEY, unknown_checking_proxy({"a": [UNKNOWN]}), URN, "k", given, provider), lambda *_: None)
    plain = {"urn": URN, "type": KEY, "name": "k", "inputs": {"a": [UNKNOWN]}}
    assert [subject.resource for subject in looking.seen] == [
        Resource(**plain, parent="urn:component", provider="urn:aws", protect=True, ignore_changes=("tags",)),
        Resource(**plain),
    ]


def test_a_stack_rule_sees_how_resources_belong_together() -> None:
    looking = Looking(Scope.STACK, "found")
    policy = pack.policy(looking.rule, ())
    assert isinstance(policy, StackValidationPolicy)
    root, other = shown("urn:root"), shown("urn:other", type=VPC)
    key = shown(
        URN,
        type=KEY,
        props={"a": {"b": UNKNOWN}},
        opts=options(protect=True, ignore_changes=("tags",)),
        provider=PROVIDER,
        parent=root,
        dependencies=[other, root],
        property_dependencies={"a": [other]},
    )
    found: list[str] = []
    args = StackValidationArgs([root, other, key], {"minZones": 2})
    policy.validate(args, lambda message, urn=None: found.append(f"{urn}: {message}"))
    (subject,) = looking.seen
    assert found == [f"{URN}: found"]
    assert subject.settings.min_zones == 2
    assert subject.stack.resources == (
        Resource(urn="urn:root", type="a:b:C", name="root", inputs={}),
        Resource(urn="urn:other", type=VPC, name="other", inputs={}),
        Resource(
            urn=URN,
            type=KEY,
            name="k",
            inputs={"a": {"b": UNKNOWN}},
            parent="urn:root",
            provider="urn:aws",
            dependencies=("urn:other", "urn:root"),
            property_dependencies={"a": ("urn:other",)},
            protect=True,
            ignore_changes=("tags",),
        ),
    )
    assert subject.resource is subject.stack.resources[2]


def test_a_stack_without_subjects_is_not_even_read() -> None:
    """What is undecided about resources that no rule asks for must cost nothing."""
    looking = Looking(Scope.STACK)
    unreadable = shown("urn:other", opts=None)
    pack.policy(looking.rule, ()).validate(StackValidationArgs([unreadable], {}), lambda *_: None)  # type: ignore[arg-type]  # a stack policy
    assert looking.seen == []


def test_stack_findings_are_waived_too() -> None:
    looking = Looking(Scope.STACK, "found")
    args, found = StackValidationArgs([shown(URN, type=KEY)]), list[str]()
    held = Waiver(id="sec-99", urn="*kms*", reason="r", owner="o", ticket="t", expires=date(9999, 1, 1))
    pack.policy(looking.rule, (held,)).validate(args, lambda message, urn=None: found.append(message))  # type: ignore[arg-type]  # a stack policy
    assert found == []


def test_all_that_is_undecided_is_told_once() -> None:
    def reads(subject: Subject) -> Iterator[str]:
        yield from subject.properties.texts("a")

    keys = [shown(f"urn:{name}", type=KEY, props={"a": UNKNOWN}) for name in ("b", "a")]
    asking = rule("sec-99", on=(KEY,), scope=Scope.STACK, severity=Severity.LOW, why="", fix="", controls=(), bad=(), good=())(reads)
    with pytest.raises(UnknownValueError) as undecided:
        pack.policy(asking, ()).validate(StackValidationArgs(keys), lambda *_: None)  # type: ignore[arg-type]  # a stack policy
    assert undecided.value.message == "undecided: a.a is not known yet; b.a is not known yet"
