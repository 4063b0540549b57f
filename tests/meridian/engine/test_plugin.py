"""The stub that the engine starts, and the servers it leads to."""

import os
import subprocess
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from meridian.engine import plugin
from meridian.engine.world import World


def test_the_installed_stub_leads_to_a_server_of_its_own(tmp_path: Path) -> None:
    plugin.install(tmp_path)
    [stub] = (tmp_path / "plugins").glob("resource-aws-v*/pulumi-resource-aws")
    with plugin.served(World()) as control:
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


def test_every_package_that_stacks_use_has_a_plugin(tmp_path: Path) -> None:
    plugin.install(tmp_path)
    assert {folder.name.split("-")[1] for folder in (tmp_path / "plugins").iterdir()} == {"aws", "cloudflare", "kubernetes"}
