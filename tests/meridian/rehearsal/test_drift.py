"""Drift changes what a cloud changes in place, and deletes what nothing needs."""

import pulumi
import pulumi_aws as aws
import pytest

from meridian.engine.world import Operation, World
from meridian.rehearsal.drift import CHANGED, drift_of, made
from tests.deploy import deploy

KEPT = pulumi.ResourceOptions(protect=True)


def network() -> None:
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags={"owner": "platform"})
    aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/20")
    aws.s3.Bucket("kept", opts=KEPT)


def test_tags_are_changed_and_what_nothing_needs_is_deleted() -> None:
    """The VPC is needed, the bucket protected: the subnet goes."""
    found = drift_of(deploy(network))
    assert (found.changed.name, found.property, found.deleted.name) == ("vpc", "tags", "subnet")


def test_without_tags_a_text_is_changed_that_replaces_nothing() -> None:
    """A role's description is changed in place, a policy's makes another policy (IAM: UpdateRole; there is no UpdatePolicy)."""

    def program() -> None:
        aws.iam.Policy("policy", description="a", policy="{}")
        aws.iam.Role("role", description="a", assume_role_policy="{}")

    found = drift_of(deploy(program))
    assert (found.changed.name, found.property, found.deleted.name) == ("role", "description", "policy")


def test_where_everything_is_kept_there_is_no_drift() -> None:
    with pytest.raises(LookupError, match="everything is protected or needed"):
        drift_of(deploy(lambda: aws.sqs.Queue("q", tags={"owner": "x"}, opts=KEPT)))


def test_it_is_done_to_the_clouds_alone() -> None:
    plan, world = deploy(network), World()
    for resource in plan.made:
        world.created(resource.type, resource.urn, resource.inputs, {})
    drift = drift_of(plan)
    made(drift, world)
    [vpc] = world.of(plan["vpc"].urn)
    assert vpc.inputs["tags"] == CHANGED["tags"]
    assert vpc.inputs["cidrBlock"] == "10.0.0.0/16"
    assert world.of(plan["subnet"].urn) == []
    assert world.journal[-2:] == [(Operation.DRIFT, plan["vpc"].urn), (Operation.DELETE, plan["subnet"].urn)]
