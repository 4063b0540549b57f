"""The embedded engine against what Pulumi's documentation says an engine does with registrations."""

import gc
import sys
from pathlib import Path
from typing import cast

import pulumi
import pulumi_aws as aws
import pytest

from meridian.engine import embedded
from meridian.engine.faults import ProgramFailed
from meridian.plan import Level, Mode, SourceLine
from policies.core.verdict import UNKNOWN
from tests.deploy import deploy


class Network(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Network", name, None, opts)
        self.vpc = aws.ec2.Vpc(f"{name}-vpc", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(parent=self))
        self.subnet = aws.ec2.Subnet(
            f"{name}-subnet", vpc_id=self.vpc.id, cidr_block="10.0.1.0/24", opts=pulumi.ResourceOptions(parent=self.vpc)
        )
        self.register_outputs({"vpc_id": self.vpc.id})


def test_urn_holds_the_types_of_all_ancestors_but_the_stack() -> None:
    plan = deploy(lambda: Network("net"))
    assert plan["net-subnet"].urn == "urn:pulumi:test::meridian::test:index:Network$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet::net-subnet"


def test_preview_knows_inputs_and_not_what_the_cloud_will_say() -> None:
    subnet = deploy(lambda: Network("net"), "preview")["net-subnet"]
    assert subnet.inputs == {"cidrBlock": "10.0.1.0/24", "vpcId": UNKNOWN}
    assert subnet.unknown == ("vpcId",)


def test_update_knows_every_output_so_that_apply_bodies_run() -> None:
    seen: list[str] = []
    plan = deploy(lambda: Network("net").vpc.arn.apply(seen.append))
    assert plan["net-subnet"].inputs["vpcId"] == plan["net-vpc"].id
    assert seen == [f"arn:aws:ec2:eu-west-1:123456789012:vpc/{plan['net-vpc'].id}"]


def test_fields_that_the_cloud_adds_to_a_given_object_are_unknown_in_a_preview() -> None:
    def build() -> None:
        cluster = aws.eks.Cluster("cluster", role_arn="arn:aws:iam::1:role/r", vpc_config={"subnet_ids": ["subnet-1"]})
        aws.ec2.Subnet("subnet", vpc_id="vpc-1", tags={"group": cluster.vpc_config.cluster_security_group_id})

    subnet = deploy(build, "preview")["subnet"]
    assert subnet.unknown == ("tags.group",)
    assert len(subnet.property_dependencies["tags"]) == 1
    assert deploy(build)["subnet"].inputs["tags"]["group"].startswith("sg-")


def test_apply_bodies_do_not_run_on_unknown_values_in_preview() -> None:
    seen: list[str] = []
    deploy(lambda: Network("net").vpc.arn.apply(seen.append), "preview")
    assert seen == []


def test_dependencies_are_known_by_property_when_ids_are_not() -> None:
    plan = deploy(lambda: Network("net"), "preview")
    assert plan["net-subnet"].property_dependencies["vpcId"] == (plan["net-vpc"].urn,)
    assert plan["net-subnet"].dependencies == (plan["net-vpc"].urn,)


def test_provider_of_a_component_reaches_its_children() -> None:
    def build() -> None:
        provider = aws.Provider("ireland", region="eu-west-1", allowed_account_ids=["111122223333"])
        Network("net", pulumi.ResourceOptions(providers=[provider]))

    plan = deploy(build)
    assert plan["net-subnet"].provider == plan["ireland"].urn
    assert plan["net-vpc"].outputs["arn"].startswith("arn:aws:ec2:eu-west-1:111122223333:")


def test_protect_and_retention_are_inherited_and_can_be_lifted() -> None:
    def build() -> None:
        guarded = Network("net", pulumi.ResourceOptions(protect=True, retain_on_delete=True))
        aws.ec2.Vpc("free", cidr_block="10.1.0.0/16", opts=pulumi.ResourceOptions(parent=guarded, protect=False))

    plan = deploy(build)
    assert (plan["net-subnet"].options.protect, plan["net-subnet"].options.retain_on_delete) == (True, True)
    assert plan["free"].options.protect is False


def test_options_are_kept_as_the_program_gave_them() -> None:
    def build() -> None:
        aws.ec2.Vpc(
            "vpc",
            cidr_block="10.0.0.0/16",
            opts=pulumi.ResourceOptions(
                ignore_changes=["tags"],
                replace_on_changes=["cidrBlock"],
                delete_before_replace=True,
                aliases=[pulumi.Alias(name="old")],
                custom_timeouts=pulumi.CustomTimeouts(create="5m"),
                additional_secret_outputs=["arn"],
            ),
        )

    options = deploy(build)["vpc"].options
    assert options.ignore_changes == ("tags",)
    assert options.replace_on_changes == ("cidrBlock",)
    assert options.delete_before_replace is True
    assert [alias["name"] for alias in options.aliases] == ["old"]
    assert options.custom_timeouts == {"create": "5m"}
    assert options.additional_secret_outputs == ("arn",)


def test_secret_inputs_are_marked() -> None:
    def build() -> None:
        aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags={"token": pulumi.Output.secret("hunter2"), "plain": "x"})

    vpc = deploy(build)["vpc"]
    assert vpc.secret == ("tags.token",)


def test_transforms_run_from_the_resource_outwards_to_the_stack() -> None:
    def tagging(tag: str) -> pulumi.ResourceTransform:
        def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
            if not args.type_.startswith("aws:ec2/"):
                return None
            tags = dict(cast("dict[str, str]", args.props.get("tags") or {}))
            return pulumi.ResourceTransformResult(
                props={**args.props, "tags": {**tags, "order": tags.get("order", "") + tag}}, opts=args.opts
            )

        return transform

    def build() -> None:
        pulumi.runtime.register_resource_transform(tagging("stack"))
        Network("net", pulumi.ResourceOptions(transforms=[tagging("component-")]))

    plan = deploy(build)
    assert plan["net-vpc"].inputs["tags"] == {"order": "component-stack"}
    assert plan["net-subnet"].inputs["tags"] == {"order": "component-stack"}
    assert plan["net-subnet"].inputs["vpcId"] == plan["net-vpc"].id


def test_what_is_looked_up_is_not_made() -> None:
    def build() -> None:
        found = aws.ec2.Vpc.get("old", "vpc-0abc")
        aws.ec2.Subnet("subnet", vpc_id=found.id, cidr_block="10.0.1.0/24")

    plan = deploy(build)
    assert plan["old"].read
    assert plan["old"].id == plan["subnet"].inputs["vpcId"] == "vpc-0abc"
    assert [resource.name for resource in plan.made] == ["subnet"]


def test_invokes_are_recorded_and_answered() -> None:
    accounts: list[str] = []

    def build() -> None:
        aws.get_caller_identity_output().account_id.apply(accounts.append)

    plan = deploy(build)
    assert [call.token for call in plan.invokes] == ["aws:index/getCallerIdentity:getCallerIdentity"]
    assert accounts == ["123456789012"]


def test_an_invoke_without_answer_is_an_error_that_names_it() -> None:
    with pytest.raises(ProgramFailed, match="getAvailabilityZones"):
        deploy(lambda: pulumi.export("zones", aws.get_availability_zones_output().names))


def test_stack_outputs_and_log_messages() -> None:
    def build() -> None:
        pulumi.log.warn("mind the gap")
        pulumi.export("cidr", Network("net").vpc.cidr_block)
        pulumi.export("password", pulumi.Output.secret("hunter2"))

    plan = deploy(build)
    assert plan.outputs["cidr"] == "10.0.0.0/16"
    assert plan.secret_outputs == ("password",)
    assert [(said.level, said.message) for said in plan.diagnostics] == [(Level.WARNING, "mind the gap")]


def _line(resource: object) -> int:
    assert isinstance(resource, SourceLine)
    assert resource.path == str(Path(__file__).relative_to(Path.cwd()))
    return resource.line


def test_all_faults_of_a_program_come_at_once_with_name_and_line() -> None:
    def build() -> None:
        aws.ec2.Vpc("twin", cidr_block="10.0.0.0/16")
        aws.ec2.Vpc("twin", cidr_block="10.1.0.0/16")
        aws.eks.Cluster("cluster", role_arn="arn:aws:iam::1:role/r", vpc_config={"subnet_id": ["s"]})  # pyright: ignore

    first = build.__code__.co_firstlineno
    with pytest.raises(ProgramFailed) as failed:
        deploy(build)
    faults = {(fault.resource, _line(fault.source) - first): fault.message for fault in failed.value.faults}
    assert "taken by the resource of" in faults["aws:ec2/vpc:Vpc twin", 2]
    messages = [fault.message for fault in failed.value.faults if fault.resource == "aws:eks/cluster:Cluster cluster"]
    assert any("no such property" in message for message in messages)
    assert "vpcConfig.subnetIds: required, but missing" in messages


def test_default_providers_are_refused_where_the_stack_disables_them() -> None:
    def build() -> None:
        embedded.plan(
            lambda: aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16"),
            project="meridian",
            stack="test",
            config={},
            disabled_default_providers=("*",),
        )

    with pytest.raises(ProgramFailed, match="aws:ec2/vpc:Vpc vpc: no provider was given"):
        build()


def test_a_function_without_a_provider_is_refused_there_too() -> None:
    """As the real engine does at `up`, when its arguments are known (seen on 3.260 with the token of a tunnel)."""

    def build() -> None:
        embedded.plan(
            lambda: aws.s3.get_object_output(bucket="b", key="k"),
            project="meridian",
            stack="test",
            config={},
            disabled_default_providers=("*",),
        )

    with pytest.raises(ProgramFailed, match="getObject failed: no provider was given, and default providers of 'aws' are disabled"):
        build()


def test_an_exception_of_the_program_names_its_line() -> None:
    def build() -> None:
        raise ValueError("no such thing")

    with pytest.raises(ProgramFailed, match=rf"{__file__}:{build.__code__.co_firstlineno + 1}: ValueError: no such thing"):
        deploy(build)


def test_an_exception_in_an_apply_is_an_error() -> None:
    def fail(value: str) -> str:
        raise RuntimeError(f"cannot use {value}")

    with pytest.raises(ProgramFailed, match=r"cannot use 10\.0\.0\.0/16"):
        deploy(lambda: pulumi.export("x", Network("net").vpc.cidr_block.apply(fail)))


def test_an_output_in_a_format_string_is_an_error_with_its_line() -> None:
    def build() -> None:
        aws.ec2.Subnet("subnet", vpc_id=f"{Network('net').vpc.id}")

    with pytest.raises(
        ProgramFailed, match=rf"{__file__}:{build.__code__.co_firstlineno + 1}: _OutputToStringError: Calling __str__ on an Output"
    ):
        deploy(build)


def test_another_stacks_outputs_are_unknown_in_a_preview_and_absent_in_an_update() -> None:
    def build() -> None:
        pulumi.export("zone", pulumi.StackReference("organization/network/production").get_output("zone"))

    assert deploy(build, "preview").outputs == {"zone": UNKNOWN}
    assert deploy(build).outputs.get("zone") is None


def test_a_program_that_refuses_its_configuration_is_not_wrapped() -> None:
    def build() -> None:
        raise pulumi.RunError("index: taken")

    with pytest.raises(pulumi.RunError, match="index: taken"):
        deploy(build)


def test_two_runs_give_the_same_plan() -> None:
    assert deploy(lambda: Network("net")).resources == deploy(lambda: Network("net")).resources


def test_settings_of_the_interpreter_are_put_back() -> None:
    before = (gc.isenabled(), getattr(sys, "tracebacklimit", None))
    deploy(lambda: Network("net"))
    with pytest.raises(ProgramFailed):
        deploy(lambda: 1 // 0)
    assert (gc.isenabled(), getattr(sys, "tracebacklimit", None)) == before


def test_watch_is_told_how_many_there_are() -> None:
    counts: list[int] = []
    embedded.plan(lambda: Network("net"), project="p", stack="s", config={}, mode=Mode.PREVIEW, watch=counts.append)
    assert counts == sorted(counts)
    assert counts[-1] == 5  # stack, component, default provider, VPC, subnet
