"""The stand-in as a provider: what each method of the protocol answers."""

from typing import Any

import grpc
import pulumi_aws
import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, status_pb2

from meridian.engine import wire
from meridian.engine.provider import STATUS_KEY, Provider
from meridian.engine.world import Operation, Trouble, World
from policies.core.verdict import UNKNOWN

VPC = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::network"
ROLE = "urn:pulumi:s::p::meridian:x:Y$aws:iam/role:Role::nodes"
TEMPLATE = "urn:pulumi:s::p::aws:ec2/launchTemplate:LaunchTemplate::nodes"
JOB = "urn:pulumi:s::p::kubernetes:batch/v1:Job::load"
assert pulumi_aws.iam.Role  # the SDK's classes are loaded when they are touched


def struct(**values: object) -> Struct:
    filled = Struct()
    wire.encode(values, filled)
    return filled


class Context:
    """As much of gRPC's as a refusal needs."""

    def __init__(self) -> None:
        self.metadata: dict[str, bytes] = {}

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.metadata = dict(metadata)

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise RuntimeError(f"{code.name}: {details}")


def create(provider: Provider, urn: str, context: Any = None, *, preview: bool = False, **inputs: object) -> Any:
    return provider.Create(provider_pb2.CreateRequest(urn=urn, properties=struct(**inputs), preview=preview), context)


def test_a_resource_lives_through_the_protocol() -> None:
    world = World()
    provider = Provider(world)
    made = create(provider, VPC, cidrBlock="10.0.0.0/16")
    assert wire.decode(made.properties).values["arn"].endswith(f":vpc/{made.id}")
    read: Any = provider.Read(provider_pb2.ReadRequest(urn=VPC, id=made.id), None)
    assert read.id == made.id
    assert wire.decode(read.inputs).values == {"cidrBlock": "10.0.0.0/16"}
    assert wire.decode(read.properties).values == wire.decode(made.properties).values
    provider.Update(provider_pb2.UpdateRequest(urn=VPC, id=made.id, news=struct(cidrBlock="10.0.0.0/16", tags={"a": "b"})), None)
    provider.Delete(provider_pb2.DeleteRequest(urn=VPC, id=made.id), None)
    assert world.existing == {}
    assert world.journal == [(Operation.CREATE, VPC), (Operation.UPDATE, VPC), (Operation.DELETE, VPC)]
    assert provider.Read(provider_pb2.ReadRequest(urn=VPC, id=made.id), None) == provider_pb2.ReadResponse()


def test_a_preview_makes_nothing_and_knows_no_id() -> None:
    world = World()
    made = create(Provider(world), VPC, preview=True, cidrBlock="10.0.0.0/16")
    assert (made.id, world.journal) == ("", [])


def test_names_are_given_in_check_and_kept() -> None:
    provider = Provider(World())

    def check(olds: Struct, **news: object) -> dict[str, Any]:
        answer: Any = provider.Check(provider_pb2.CheckRequest(urn=ROLE, news=struct(**news), olds=olds), None)
        return wire.decode(answer.inputs).values

    first = check(struct(), path="/")
    assert first["name"].startswith("nodes-")
    assert len(first["name"]) == len("nodes-") + 7
    assert check(struct(**first), path="/x/")["name"] == first["name"]
    assert check(struct(), name="mine")["name"] == "mine"
    create(provider, ROLE, **first)
    assert check(struct(), path="/")["name"] != first["name"]  # a replacement beside it needs another


NAMED = {"metadata": {"name": "n"}}


@pytest.mark.parametrize(
    ("urn", "old", "new", "answered"),
    [
        (VPC, {"cidrBlock": "a"}, {"cidrBlock": "a"}, ([], [], False)),
        (VPC, {"cidrBlock": "a"}, {"cidrBlock": "a", "tags": {"x": "y"}}, (["tags"], [], False)),
        (VPC, {"cidrBlock": "a"}, {"cidrBlock": UNKNOWN}, (["cidrBlock"], ["cidrBlock"], False)),
        (JOB, {**NAMED, "spec": {"template": {"x": 1}}}, {**NAMED, "spec": {"template": {"x": 2}}}, (["spec"], ["spec"], True)),
        (JOB, {**NAMED, "spec": {}}, {"metadata": {"name": "m"}, "spec": {}}, (["metadata"], ["metadata"], False)),
    ],
)
def test_a_difference_says_what_it_does(
    urn: str, old: dict[str, Any], new: dict[str, Any], answered: tuple[list[str], list[str], bool]
) -> None:
    answer: Any = Provider(World()).Diff(provider_pb2.DiffRequest(urn=urn, old_inputs=struct(**old), news=struct(**new)), None)
    assert (list(answer.diffs), list(answer.replaces), answer.deleteBeforeReplace) == answered
    assert answer.changes == (provider_pb2.DiffResponse.DIFF_SOME if answered[0] else provider_pb2.DiffResponse.DIFF_NONE)


def test_what_counts_up_is_unknown_in_a_preview_and_counted_after() -> None:
    """A launch template's version, by which node groups learn of a change (AWS: ModifyLaunchTemplate makes a new version)."""
    provider = Provider(World())
    made = create(provider, TEMPLATE, imageId="ami-1")
    request = {
        "urn": TEMPLATE,
        "id": made.id,
        "olds": made.properties,
        "old_inputs": struct(imageId="ami-1"),
        "news": struct(imageId="ami-2"),
    }
    foreseen: Any = provider.Update(provider_pb2.UpdateRequest(**request, preview=True), None)
    assert wire.decode(foreseen.properties).values["latestVersion"] == UNKNOWN
    after: Any = provider.Update(provider_pb2.UpdateRequest(**request), None)
    assert wire.decode(after.properties).values["latestVersion"] == 2
    assert wire.decode(after.properties).values["arn"] == wire.decode(made.properties).values["arn"]


def test_a_plain_failure_leaves_nothing() -> None:
    world = World(troubles=(Trouble(operation=Operation.CREATE, name="network", message="VpcLimitExceeded"),))
    context = Context()
    with pytest.raises(RuntimeError, match="VpcLimitExceeded"):
        create(Provider(world), VPC, context, cidrBlock="10.0.0.0/16")
    assert world.existing == {}
    assert status_pb2.Status.FromString(context.metadata[STATUS_KEY]).details == []


def test_a_partial_failure_leaves_a_resource_and_tells_its_id() -> None:
    world = World(troubles=(Trouble(operation=Operation.CREATE, name="network", message="not ready", partial=True),))
    context = Context()
    with pytest.raises(RuntimeError, match="not ready"):
        create(Provider(world), VPC, context, cidrBlock="10.0.0.0/16")
    [left] = world.existing.values()
    detail = provider_pb2.ErrorResourceInitFailed()
    status_pb2.Status.FromString(context.metadata[STATUS_KEY]).details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == (left.id, ["not ready"])


def test_without_the_resource_a_deletion_is_refused() -> None:
    with pytest.raises(RuntimeError, match="vpc-1: there is no such"):
        Provider(World()).Delete(provider_pb2.DeleteRequest(urn=VPC, id="vpc-1"), Context())


def test_a_function_answers_from_the_table_and_says_what_it_does_not_know() -> None:
    token = "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken"
    known = Provider(World()).Invoke(provider_pb2.InvokeRequest(tok=token, args=struct(tunnelId="t-1")), Context())
    answer = wire.decode(getattr(known, "return")).values
    assert answer["tunnelId"] == "t-1"
    assert answer["token"]
    unknown: Any = Provider(World()).Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi", args=struct(owners=["x"])), Context())
    [failure] = unknown.failures
    assert failure.reason.startswith("aws:ec2/getAmi:getAmi(owners): the stand-in knows no answer")
