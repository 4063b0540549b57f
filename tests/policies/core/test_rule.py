"""A rule is what its decorator was told, and what follows from the function."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from policies.core.example import SUBJECT, Draft, example, resource
from policies.core.rule import Rule, Scope, Subject, rule
from policies.core.settings import Settings
from policies.core.verdict import Severity


def key_is_kept(subject: Subject) -> Iterator[str]:
    yield from ()


def made(**told: Any) -> Rule:
    known = {"on": ("a:b:C", "a:b:D"), "severity": Severity.LOW, "why": "w", "fix": "f", "controls": ("fsbp:KMS.4",), "bad": (), "good": ()}
    return rule("sec-99", **{**known, **told})(key_is_kept)


def test_what_the_decorator_is_told_is_kept() -> None:
    plain = made()
    assert (plain.id, plain.on, plain.severity, plain.check) == ("sec-99", ("a:b:C", "a:b:D"), Severity.LOW, key_is_kept)
    assert (plain.why, plain.fix, plain.controls) == ("w", "f", ("fsbp:KMS.4",))
    told = made(scope=Scope.STACK, waivable=False, settings=("min_zones",))
    assert (told.scope, told.waivable, told.settings) == (Scope.STACK, False, ("min_zones",))


def test_a_rule_may_be_waived_and_looks_at_its_subject_alone_unless_told_else() -> None:
    assert (made().scope, made().waivable, made().settings) == (Scope.RESOURCE, True, ())


def test_plain_examples_are_of_the_first_type() -> None:
    whole = example(resource("x:y:Z"))
    proved = made(bad=({"size": 1}, whole), good=(whole, {"size": 2}))
    assert [dict(each.drafts) for each in proved.bad] == [{SUBJECT: Draft("a:b:C", {"size": 1})}, dict(whole.drafts)]
    assert [dict(each.drafts) for each in proved.good] == [dict(whole.drafts), {SUBJECT: Draft("a:b:C", {"size": 2})}]


def test_title_and_pack_follow_from_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_is_kept, "__module__", "policies.security.keys_rules")
    assert (made().title, made().pack) == ("key is kept", "security")


def test_a_subject_knows_its_neighbours() -> None:
    stack = example(
        resource("a:b:C", {"keyId": "${key.id}"}),
        key=resource("a:b:Key"),
        user=resource("a:b:User", {"subjectId": "${subject.id}", "otherId": "${subject.id}"}),
        other=resource("a:b:Other", {"subjectId": "${subject.id}"}),
    ).stack(ids_known=False)
    subject = Subject(resource=stack.resources[0], stack=stack, today=date(2026, 11, 20), settings=Settings())
    assert [each.name for each in subject.referents("keyId", "a:b:User", "a:b:Key")] == ["key"]
    assert subject.referents("keyId", "a:b:User") == subject.referents("otherId", "a:b:Key") == ()
    assert [each.name for each in subject.referrers("a:b:User", "subjectId")] == ["user"]
    assert subject.referrers("a:b:User", "keyId") == subject.referrers("a:b:Key", "subjectId") == ()
