"""What a preview's steps mean: data that would be lost against data that the change gives up."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pulumi
import pulumi_aws as aws
import pytest

from components.base import Component
from meridian.engine.events import Events, Step
from meridian.engine.pulumi import Engine
from meridian.rehearsal.changes import change_plan, rehearse_change
from meridian.rehearsal.edits import CHANGES, Edit, Ground, Impossible
from tests.deploy import deploy


class Store(Component, token="test:x:Store"):
    """A bucket and a queue in a component."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        aws.s3.Bucket(f"{name}-bucket", opts=self.child)
        aws.sns.Topic(f"{name}-topic", opts=self.child)
        self._seal()


def stores() -> None:
    Store("first")
    Store("first-again")


PLAN = deploy(stores)


def events(**steps: str) -> Events:
    """Operation -> the resource it is done to."""
    found = tuple(Step(operation.replace("_", "-"), PLAN[name].urn, ()) for operation, name in steps.items())
    return Events(steps=found, failed=(), diagnostics=(), policies=())


def test_steps_are_sorted_and_named_shortly() -> None:
    found = change_plan("any", PLAN, events(create="first-topic", update="first-again-topic", same="first"))
    assert (found.created, found.updated) == (("aws:sns/topic:Topic::first-topic",), ("aws:sns/topic:Topic::first-again-topic",))
    assert (found.replaced, found.deleted, found.losses, found.passed) == ((), (), (), True)


def test_replaced_data_is_lost_even_where_its_component_is_to_go() -> None:
    found = change_plan("any", PLAN, events(replace="first-bucket", delete_replaced="first-bucket"), removes=("first",))
    assert found.losses == found.replaced == ("aws:s3/bucket:Bucket::first-bucket",)
    assert found.deleted == ()
    assert not found.passed


def test_data_that_nobody_asked_to_delete_is_lost() -> None:
    found = change_plan("any", PLAN, events(delete="first-bucket"))
    assert (found.losses, found.given_up) == (("aws:s3/bucket:Bucket::first-bucket",), ())


def test_data_within_what_was_to_go_is_given_up_and_no_loss() -> None:
    found = change_plan("any", PLAN, events(delete="first-bucket"), removes=("first",))
    assert (found.losses, found.given_up, found.passed) == ((), ("aws:s3/bucket:Bucket::first-bucket",), True)


def test_a_name_that_only_begins_alike_is_not_meant() -> None:
    found = change_plan("any", PLAN, events(delete="first-again-bucket"), removes=("first",))
    assert found.losses == ("aws:s3/bucket:Bucket::first-again-bucket",)


def test_what_holds_no_data_may_be_replaced() -> None:
    assert change_plan("any", PLAN, events(replace="first-topic")).passed


@dataclass
class Previewing:
    """As much of an engine as a change needs."""

    project: Path
    stack: str = "dev"
    seen: list[str] = field(default_factory=list[str])

    def preview(self) -> None:
        self.seen.append((self.project / "file").read_text())
        raise RuntimeError("preview failed")


def test_the_copy_is_as_before_even_after_a_failed_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("before")

    def edit(ground: Ground) -> Edit:
        return Edit(files={ground.project / "file": "after"})

    monkeypatch.setitem(CHANGES, "any", edit)
    engine = Previewing(tmp_path)
    with pytest.raises(RuntimeError, match="preview failed"):
        rehearse_change(cast("Engine", engine), PLAN, "any")
    assert (engine.seen, (tmp_path / "file").read_text()) == (["after"], "before")


def test_what_cannot_be_changed_is_not_previewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(ground: Ground) -> Edit:
        raise Impossible("it has none")

    monkeypatch.setitem(CHANGES, "any", edit)
    found = rehearse_change(cast("Engine", Previewing(tmp_path)), PLAN, "any")
    assert (found.impossible, found.passed) == ("it has none", True)
