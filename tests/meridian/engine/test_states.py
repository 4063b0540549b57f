"""Resources as the real engine writes them, made into a Plan and back."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from meridian.engine import states
from meridian.plan import Mode
from policies.core.verdict import UNKNOWN
from tests.deploy import deploy

STACK, PROVIDER = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s", "urn:pulumi:s::p::pulumi:providers:aws::eu"
VPC, SUBNET = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::network", "urn:pulumi:s::p::aws:ec2/subnet:Subnet::a"


def state(urn: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"urn": urn, "type": type_, "custom": True, "parent": STACK, "provider": f"{PROVIDER}::id-1", **more}


def test_a_resource_keeps_its_place_and_marks() -> None:
    found = states.planned(
        state(
            SUBNET,
            "aws:ec2/subnet:Subnet",
            id="subnet-1",
            inputs={"__defaults": [], "vpcId": UNKNOWN, "tags": {"password": "[secret]"}, "list": ["a", UNKNOWN]},
            dependencies=[VPC],
            propertyDependencies={"vpcId": [VPC], "tags": None},
            protect=True,
            ignoreChanges=["tags"],
        )
    )
    assert (found.name, found.provider, found.parent, found.id) == ("a", PROVIDER, STACK, "subnet-1")
    assert "__defaults" not in found.inputs
    assert (found.unknown, found.secret) == (("vpcId", "list[1]"), ("tags.password",))
    assert found.property_dependencies == {"tags": (), "vpcId": (VPC,)}
    assert (found.options.protect, found.options.ignore_changes) == (True, ("tags",))


def test_the_order_is_by_dependency_whatever_the_file_says() -> None:
    rows = [
        state(SUBNET, "aws:ec2/subnet:Subnet", dependencies=[VPC]),
        state(VPC, "aws:ec2/vpc:Vpc"),
        {"urn": PROVIDER, "type": "pulumi:providers:aws", "custom": True, "parent": STACK},
        {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False, "outputs": {"vpcId": "vpc-1"}},
    ]
    found = states.plan(rows, project="p", stack="s", mode=Mode.UPDATE)
    assert [each.urn for each in found] == [STACK, PROVIDER, VPC, SUBNET]
    assert found.outputs == {"vpcId": "vpc-1"}


def test_outputs_alone_are_a_stack_without_resources_and_secrets_stay_so() -> None:
    def program() -> None:
        aws.ec2.Vpc("network", cidr_block="10.0.0.0/16")
        pulumi.export("cidr", "10.0.0.0/16")
        pulumi.export("login", pulumi.Output.secret({"password": "x"}))

    [stack] = states.outputs_only(deploy(program))
    assert (stack["type"], stack["custom"]) == ("pulumi:pulumi:Stack", False)
    assert stack["outputs"]["cidr"] == "10.0.0.0/16"
    assert set(stack["outputs"]["login"]) == {"4dabf18193072939515e22adb298388d", "plaintext"}
    assert json.loads(stack["outputs"]["login"]["plaintext"]) == {"password": "x"}
