"""The stand-in as resource plugin: the protocol, and the stub that the engine starts."""

import os
import subprocess
from pathlib import Path

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from meridian.engine import plugin, pulumi, wire

URN = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::network"


def struct(**values: object) -> Struct:
    filled = Struct()
    wire.encode(values, filled)
    return filled


def test_a_resource_lives_through_the_protocol() -> None:
    world = plugin.World()
    provider = plugin.Provider(world)
    made = provider.Create(provider_pb2.CreateRequest(urn=URN, properties=struct(cidrBlock="10.0.0.0/16")), None)
    assert isinstance(made, provider_pb2.CreateResponse)
    assert wire.decode(made.properties).values["arn"].endswith(f":vpc/{made.id}")
    read = provider.Read(provider_pb2.ReadRequest(urn=URN, id=made.id, inputs=struct(cidrBlock="10.0.0.0/16")), None)
    assert isinstance(read, provider_pb2.ReadResponse)
    assert read.id == made.id
    provider.Update(provider_pb2.UpdateRequest(urn=URN, id=made.id, news=struct(cidrBlock="10.0.0.0/16", tags={"a": "b"})), None)
    provider.Delete(provider_pb2.DeleteRequest(urn=URN, id=made.id), None)
    assert world.existing == {}
    assert world.journal == [("create", URN), ("update", URN), ("delete", URN)]
    gone = provider.Read(provider_pb2.ReadRequest(urn=URN, id=made.id), None)
    assert gone == provider_pb2.ReadResponse()


def test_a_preview_makes_nothing_and_knows_no_id() -> None:
    world = plugin.World()
    request = provider_pb2.CreateRequest(urn=URN, properties=struct(cidrBlock="10.0.0.0/16"), preview=True)
    made = plugin.Provider(world).Create(request, None)
    assert isinstance(made, provider_pb2.CreateResponse)
    assert (made.id, world.journal) == ("", [])


def test_a_replacement_never_gets_its_predecessors_id() -> None:
    world = plugin.World()
    first = world.created("aws:ec2/vpc:Vpc", URN, {}, {})
    world.deleted(URN, first.id)
    assert world.created("aws:ec2/vpc:Vpc", URN, {}, {}).id != first.id


@pytest.mark.parametrize(("news", "differing"), [({"a": 1}, []), ({"a": 2}, ["a"]), ({}, ["a"]), ({"a": 1, "b": 1}, ["b"])])
def test_differences_are_named_by_property(news: dict[str, object], differing: list[str]) -> None:
    request = provider_pb2.DiffRequest(urn=URN, old_inputs=struct(a=1), news=struct(**news))
    found = plugin.Provider(plugin.World()).Diff(request, None)
    assert isinstance(found, provider_pb2.DiffResponse)
    assert list(found.diffs) == differing
    assert found.changes == (provider_pb2.DiffResponse.DIFF_SOME if differing else provider_pb2.DiffResponse.DIFF_NONE)


def test_the_installed_stub_leads_to_a_server_of_its_own(tmp_path: Path) -> None:
    plugin.install(tmp_path)
    [stub] = (tmp_path / "plugins").glob("resource-aws-v*/pulumi-resource-aws")
    with plugin.served(plugin.World()) as control:
        started = [
            subprocess.Popen([str(stub)], env={**os.environ, plugin.CONTROL_VARIABLE: str(control)}, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        try:
            ports = [process.stdout.readline().strip() for process in started if process.stdout]
            assert len(set(ports)) == 2
            with grpc.insecure_channel(f"127.0.0.1:{ports[0]}") as channel:
                handshake = provider_pb2_grpc.ResourceProviderStub(channel).Handshake(provider_pb2.ProviderHandshakeRequest())
            assert handshake.accept_secrets
        finally:
            for process in started:
                process.kill()
                process.communicate()


def test_without_the_cli_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pulumi.NoEngine, match="not on PATH"), pulumi.engine(tmp_path, "dev"):
        pass
