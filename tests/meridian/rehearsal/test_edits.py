"""Edits of the project's own stacks: what each writes, and where one cannot be made, which stack it can be made on."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from meridian.engine.project import Project
from meridian.plan import Plan
from meridian.rehearsal.edits import CHANGES, KEY, RENAMED, Edit, Ground, Impossible
from tests.deploy import deploy

ROOT = Path(__file__).parents[3]
STACKS = Project.at(ROOT).stacks
NOTHING = deploy(lambda: None)


def ground(stack: str, plan: Plan = NOTHING) -> Ground:
    return Ground(ROOT, stack, plan)


def region(edit: Edit) -> dict[str, Any]:
    [text] = edit.files.values()
    return yaml.safe_load(text)["config"][KEY]


def file(stack: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"][KEY]


def test_a_zone_is_added_that_can_hold_a_cluster() -> None:
    """use1-az3 holds no EKS control plane (EKS user guide, network requirements)."""
    before, after = file("us-east-1")["network"]["zones"], region(CHANGES["add a zone"](ground("us-east-1")))["network"]["zones"]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1
    assert "use1-az3" not in after


def test_where_there_is_no_further_zone_the_stacks_are_named_that_have_one() -> None:
    with pytest.raises(Impossible, match=r"eu-west-1 has no zone beyond euw1-az1, euw1-az2, euw1-az3; rehearse .*us-east-1.* for it"):
        CHANGES["add a zone"](ground("eu-west-1"))


def test_kubernetes_goes_up_by_one_minor() -> None:
    """EKS updates a control plane one minor at a time (user guide, update-cluster)."""
    before = file("eu-west-1")["cluster"]["version"]
    after = region(CHANGES["upgrade EKS one minor"](ground("eu-west-1")))["cluster"]["version"]
    assert [int(part) for part in after.split(".")] == [1, int(before.split(".")[1]) + 1]


def test_the_middle_pool_goes_and_is_said_to_be_meant() -> None:
    before = list(file("eu-west-1")["gpu_pools"])
    edit = CHANGES["remove the middle pool"](ground("eu-west-1"))
    [gone] = edit.removes
    assert gone == before[len(before) // 2]
    assert list(region(edit)["gpu_pools"]) == [pool for pool in before if pool != gone]


def test_a_pool_grows() -> None:
    before, after = file("eu-west-1"), region(CHANGES["grow a GPU pool"](ground("eu-west-1")))
    first = next(iter(before["gpu_pools"]))
    assert after["gpu_pools"][first]["max_nodes"] == before["gpu_pools"][first]["max_nodes"] + 1


def test_a_store_grows_by_a_fifth_of_what_it_has() -> None:
    """The size is the object's, so that a default of the spec is found too."""

    def program() -> None:
        kubernetes.apiextensions.CustomResource(
            "tidb",
            api_version="pingcap.com/v1alpha1",
            kind="TidbCluster",
            metadata={},
            spec={"tikv": {"requests": {"storage": "1024Gi"}}},
        )

    before = file("eu-west-1")["data"]
    after = region(CHANGES["resize a store"](ground("eu-west-1", deploy(program))))["data"]
    assert after["tidb"]["tikv"] == {**before["tidb"]["tikv"], "store_gib": 1228}
    assert {key: value for key, value in after.items() if key != "tidb"} == {key: value for key, value in before.items() if key != "tidb"}


@pytest.mark.parametrize("token", sorted(RENAMED))
def test_a_renamed_component_keeps_its_old_name_as_an_alias(token: str) -> None:
    plan = deploy(lambda: aws.sqs.Queue("q"))
    [stack] = [resource for resource in plan if not resource.parent and not resource.custom]
    component = replace(stack, type=token, name="old", parent=stack.urn, urn="urn:pulumi:s::p::x::old")
    edit = CHANGES["rename a component with aliases"](ground("eu-west-1", replace(plan, resources=(*plan.resources, component))))
    [(path, text)] = edit.files.items()
    assert path == ROOT / "__main__.py"
    given = [ast.unparse(node) for node in ast.parse(text).body[:4]]
    assert given == [f"TOKEN = '{token}'", f"PROGRAM = '{RENAMED[token]}'", "NAME = 'old'", "PREFIX = 'renamed-'"]
    assert text.endswith((ROOT / "__main__.py").read_text())


@pytest.mark.parametrize(
    ("name", "stack", "why"),
    [
        ("add a zone", "global", "no region's"),
        ("upgrade EKS one minor", "global", "no region's"),
        ("rotate an AMI", "global", "no nodes"),
        ("grow a GPU pool", "dev-eu-west-1", "no GPU pool to grow"),
        ("remove the middle pool", "dev-eu-west-1", "no GPU pool to remove"),
        ("resize a store", "dev-eu-west-1", "no relational store"),
        ("rename a component with aliases", "dev-eu-west-1", "no component of the kind"),
    ],
)
def test_what_a_stack_has_not_is_not_changed(name: str, stack: str, why: str) -> None:
    with pytest.raises(Impossible, match=why):
        CHANGES[name](ground(stack))


def test_every_kind_of_change_that_the_issue_names_is_there() -> None:
    """Issue 8, part 4."""
    assert set(CHANGES) == {
        "add a zone",
        "upgrade EKS one minor",
        "rotate an AMI",
        "grow a GPU pool",
        "resize a store",
        "rename a component with aliases",
        "remove the middle pool",
    }
