"""What other stacks tell: planned in other processes, told without what nobody reads, and their faults raised here."""

import os

import pulumi
import pytest

from meridian.engine.references import properties, told
from meridian.fork_server import can_fork
from meridian.plan import Mode, Plan
from tests.deploy import deploy


def plan_of(stack: str) -> Plan:
    plan = deploy(lambda: pulumi.export("pid", os.getpid()), "preview")
    assert plan.resources
    return Plan(project="meridian", stack=stack, mode=Mode.PREVIEW, resources=plan.resources, outputs=plan.outputs)


def test_each_stack_tells_its_outputs_in_the_order_asked_and_nothing_else() -> None:
    found = told(plan_of, ["b", "a", "c"])
    assert list(found) == ["b", "a", "c"]
    assert all(plan.stack == stack and not plan.resources for stack, plan in found.items())
    assert properties("organization/meridian/b", found)["outputs"] == {"pid": os.getpid()}


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
def test_the_first_is_planned_here_and_the_others_elsewhere_while_something_else_is_done() -> None:
    here: list[int] = []
    found = told(plan_of, ["a", "b", "c"], lambda: here.append(os.getpid()))
    assert found["a"].outputs["pid"] == here[0] == os.getpid()
    assert os.getpid() not in {found[stack].outputs["pid"] for stack in ("b", "c")}


def test_a_fault_of_one_is_raised_as_it_is() -> None:
    def plan(stack: str) -> Plan:
        if stack == "b":
            raise pulumi.RunError("Pulumi.b.yaml: index: taken")
        return plan_of(stack)

    with pytest.raises(pulumi.RunError, match=r"Pulumi\.b\.yaml: index: taken"):
        told(plan, ["a", "b"])


def test_nothing_is_read_where_nothing_is_asked() -> None:
    assert told(plan_of, []) == {}
    assert properties("a", {}) == {}
