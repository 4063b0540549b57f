"""The stand-in clouds as Pulumi resource plugins: what the real engine talks to when no account shall be touched.

The engine starts a plugin process for each provider instance, several times in one update. A process of Python each would cost a third of a
second and 50 MB, so what it starts is a stub of a few shell lines that asks this process for a fresh gRPC server and waits.
"""
# Pulumi's protobuf stubs name modules that do not exist, so half of their fields have no type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import socketserver
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from meridian.engine import standin, wire

CONTROL_VARIABLE = "MERIDIAN_STANDIN"
"""Environment variable with the port that the stubs ask."""
PACKAGES = {"aws": "pulumi-aws", "kubernetes": "pulumi-kubernetes"}
"""Pulumi package -> the Python distribution whose version the engine asks for, exactly."""
STUB = f"""#!/bin/bash
exec 3<>"/dev/tcp/127.0.0.1/${{{CONTROL_VARIABLE}:?}}"
read -r port <&3 && echo "$port"
while kill -0 $PPID 2>/dev/null; do read -r -t 5 _ <&3; [ $? -gt 128 ] || break; done
"""
"""Prints the port of a fresh server and stays until the engine or this process is gone."""
MESSAGE_SIZE = [(f"grpc.max_{way}_message_length", 400 << 20) for way in ("receive", "send")]
"""The engine's own limit (sdk/go/common/util/rpcutil)."""


@dataclass
class World:
    """What exists in the stand-in clouds, and what was done to them in which order."""

    existing: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """URN and id -> inputs of what was made and not deleted."""
    journal: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(operation, URN) of every change, in order."""
    ids: set[str] = field(default_factory=set[str])
    """Every id ever given: a replacement must not get its predecessor's, or its dependants would look unchanged."""

    def created(self, token: str, urn: str, inputs: Mapping[str, Any], config: Mapping[str, Any]) -> standin.Answer:
        """Make a resource."""
        answer, attempt = standin.created(token, urn, inputs, config), 0
        while f"{token}/{answer.id}" in self.ids and f"{urn}::{answer.id}" not in self.existing:
            attempt += 1
            answer = standin.created(token, f"{urn}#{attempt}", inputs, config)
        self.ids.add(f"{token}/{answer.id}")
        self.existing[f"{urn}::{answer.id}"] = dict(inputs)
        self.journal.append(("create", urn))
        return answer

    def changed(self, urn: str, id_: str, inputs: Mapping[str, Any]) -> None:
        """Change a resource in place."""
        self.existing[f"{urn}::{id_}"] = dict(inputs)
        self.journal.append(("update", urn))

    def deleted(self, urn: str, id_: str) -> None:
        """Delete a resource."""
        del self.existing[f"{urn}::{id_}"]
        self.journal.append(("delete", urn))


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance: the protocol's methods over the stand-in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._config: Mapping[str, Any] = {}

    def Handshake(self, request: Any, context: Any) -> Message:  # noqa: N802  (gRPC method names, here and below)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Message:  # noqa: N802
        return plugin_pb2.PluginInfo(version="999.0.0")  # the folder's name says the version; an older one here is a warning

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Message:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Message:  # noqa: N802
        return _difference(request.old_inputs, request.news)

    def Configure(self, request: Any, context: Any) -> Message:  # noqa: N802
        self._config = wire.decode(request.args).values
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Message:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Message:  # noqa: N802
        return _difference(request.old_inputs, request.news)

    def Create(self, request: Any, context: Any) -> Message:  # noqa: N802
        response = provider_pb2.CreateResponse(properties=request.properties)
        token, inputs = _token(request.urn), wire.decode(request.properties).values
        if request.preview:
            wire.encode(standin.announced(token, inputs), response.properties)
        else:
            answer = self._world.created(token, request.urn, inputs, self._config)
            response.id = answer.id
            wire.encode(answer.outputs, response.properties)
        return response

    def Update(self, request: Any, context: Any) -> Message:  # noqa: N802
        response = provider_pb2.UpdateResponse(properties=request.olds)
        response.properties.MergeFrom(request.news)
        if not request.preview:
            self._world.changed(request.urn, request.id, wire.decode(request.news).values)
        return response

    def Read(self, request: Any, context: Any) -> Message:  # noqa: N802
        if f"{request.urn}::{request.id}" not in self._world.existing:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        self._world.deleted(request.urn, request.id)
        return empty_pb2.Empty()


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _difference(old: Struct, new: Struct) -> Message:
    """Properties that differ, as a plain update. What a cloud would replace is not known here."""
    before, after = wire.decode(old).values, wire.decode(new).values
    differing = sorted(key for key in {*before, *after} if before.get(key) != after.get(key) and not key.startswith("__"))
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if differing else provider_pb2.DiffResponse.DIFF_NONE, diffs=differing
    )


def _serve(provider: Provider) -> tuple[grpc.Server, int]:
    server = grpc.server(futures.ThreadPoolExecutor(4), options=MESSAGE_SIZE)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _handler(world: World) -> Callable[..., socketserver.StreamRequestHandler]:
    class Control(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            server, port = _serve(Provider(world))
            self.wfile.write(f"{port}\n".encode())
            self.rfile.read()  # until the engine ends the stub
            server.stop(grace=None)

    return Control


class _Control(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def served(world: World) -> Generator[int]:
    """Serve `world` to stubs; gives the port for `CONTROL_VARIABLE`."""
    with _Control(("127.0.0.1", 0), _handler(world)) as control:
        thread = threading.Thread(target=control.serve_forever, daemon=True)
        thread.start()
        try:
            yield control.server_address[1]
        finally:
            control.shutdown()


def install(home: Path) -> None:
    """Put a stub for each package into the plugin cache of a Pulumi home, where the engine finds it by exact version."""
    for package, distribution in PACKAGES.items():
        folder = home / "plugins" / f"resource-{package}-v{version(distribution)}"
        folder.mkdir(parents=True)
        stub = folder / f"pulumi-resource-{package}"
        stub.write_text(STUB)
        stub.chmod(0o755)
    (home / "credentials.json").write_text(json.dumps({}))
