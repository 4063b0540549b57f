"""Nothing that exists loses its identity unnoticed: whose name, type or place changes without an alias is deleted and made anew."""

from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from components.base import Component
from meridian.engine.project import Project
from meridian.plan import Plan
from tests.contract.identities import ROOT, Identity, earlier, identities, read, without_stack, written
from tests.deploy import deploy

PROJECT = Project.at(ROOT)
HELD = read()


def faults(stack: str, held: frozenset[Identity], plan: Plan) -> list[str]:
    """A line for each resource that an update would delete: what it is, and the alias that keeps it."""
    now = without_stack(identities(plan))
    kept = {before for resource in plan for before in earlier(plan, resource)}
    new = sorted(now - held)
    return [f"{stack}: {_advice(gone, new)}" for gone in sorted(held - now - kept)]


def _advice(gone: Identity, new: list[Identity]) -> str:
    heirs = [each for each in new if each.type == gone.type]
    alias = f"aliases=[pulumi.Alias(name='{gone.name}')]"
    renamed = f"{heirs[0].name} needs {alias}" if heirs else f"what it became needs {alias}"
    return f"{gone.type} {gone.name} is gone: {renamed}; if it shall be deleted, take it out by `python -m tests.contract.identities`"


def unwritten(stack: str, held: frozenset[Identity], plan: Plan) -> list[str]:
    """A line for each resource that no inventory knows: it could be renamed unnoticed."""
    return [
        f"{stack}: {new.type} {new.name} is new: write it down by `python -m tests.contract.identities`"
        for new in sorted(without_stack(identities(plan)) - held)
    ]


@pytest.mark.parametrize("stack", PROJECT.stacks)
def test_nothing_loses_its_identity_and_nothing_is_without_one(stack: str) -> None:
    plan, held = PROJECT.plan(stack), HELD.get(stack, frozenset())
    assert faults(stack, held, plan) == []
    assert unwritten(stack, held, plan) == []


def test_a_stack_that_is_gone_is_noticed() -> None:
    assert set(HELD) <= set(PROJECT.stacks)


def test_the_inventory_is_read_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"a": frozenset({Identity("x:y:Z", "one"), Identity("x:y:Z", "two")}), "b": frozenset({Identity("x:y:Z", "one")})}
    monkeypatch.setattr("tests.contract.identities.INVENTORY", tmp_path / "inventory.txt")
    (tmp_path / "inventory.txt").write_text(written(held))
    assert read() == held


class Box(Component, token="test:x:Box"):
    """A queue in a component."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        aws.sqs.Queue(f"{name}-queue", opts=self.child)
        self._seal()


def boxed(name: str, *aliases: pulumi.Alias) -> Callable[[], object]:
    return lambda: Box(name, pulumi.ResourceOptions(aliases=list(aliases)))


def test_a_rename_without_alias_names_the_resource_and_the_alias() -> None:
    held = without_stack(identities(deploy(boxed("old"))))
    assert faults("dev", held, deploy(boxed("new"))) == [
        "dev: test:x:Box old is gone: new needs aliases=[pulumi.Alias(name='old')]; "
        "if it shall be deleted, take it out by `python -m tests.contract.identities`",
        "dev: aws:sqs/queue:Queue old-queue is gone: new-queue needs aliases=[pulumi.Alias(name='old-queue')]; "
        "if it shall be deleted, take it out by `python -m tests.contract.identities`",
    ]


def test_what_is_new_is_named_until_it_is_written_down() -> None:
    plan = deploy(boxed("new"))
    assert unwritten("dev", without_stack(identities(plan)), plan) == []
    [_, *own] = unwritten("dev", frozenset(), plan)  # the first is the default provider
    assert own == [
        "dev: test:x:Box new is new: write it down by `python -m tests.contract.identities`",
        "dev: aws:sqs/queue:Queue new-queue is new: write it down by `python -m tests.contract.identities`",
    ]


def test_an_alias_on_the_component_keeps_its_children() -> None:
    """As the real engine does it: research of 3.260, and `meridian rehearse`, change plan `rename a component with aliases`."""
    held = without_stack(identities(deploy(boxed("old"))))
    assert faults("dev", held, deploy(boxed("new", pulumi.Alias(name="old")))) == []


def test_a_move_below_another_component_keeps_what_names_its_old_place() -> None:
    held = without_stack(identities(deploy(lambda: aws.sqs.Queue("q"))))

    class Shelf(Component, token="test:x:Shelf"):
        def __init__(self, *aliases: str) -> None:
            super().__init__("shelf")
            aws.sqs.Queue("q", opts=pulumi.ResourceOptions(parent=self, aliases=list(aliases)))
            self._seal()

    assert faults("dev", held, deploy(Shelf)) != []
    old = "urn:pulumi:test::meridian::aws:sqs/queue:Queue::q"
    assert faults("dev", held, deploy(lambda: Shelf(old))) == []
