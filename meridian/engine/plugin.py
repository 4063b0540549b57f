"""The stand-in clouds as Pulumi resource plugins: what the real engine talks to when no account shall be touched.

The engine starts a plugin process for each provider instance, several times in one update. A process of Python each would cost a third of a
second and 50 MB, so what it starts is a stub of a few shell lines that asks this process for a fresh gRPC server and waits.
"""
# Pulumi's protobuf stubs name modules that do not exist, so half of their fields have no type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import socketserver
import threading
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from meridian.engine.provider import Provider
from meridian.engine.world import World

CONTROL_VARIABLE = "MERIDIAN_STANDIN"
"""Environment variable with the port that the stubs ask."""
PACKAGES = {"aws": "pulumi-aws", "cloudflare": "pulumi-cloudflare", "kubernetes": "pulumi-kubernetes"}
"""Pulumi package -> the Python distribution whose version the engine asks for, exactly."""
STUB = f"""#!/bin/bash
exec 3<>"/dev/tcp/127.0.0.1/${{{CONTROL_VARIABLE}:?}}"
read -r port <&3 && echo "$port"
while kill -0 $PPID 2>/dev/null; do read -r -t 5 _ <&3; [ $? -gt 128 ] || break; done
"""
"""Prints the port of a fresh server and stays until the engine or this process is gone."""
MESSAGE_SIZE = [(f"grpc.max_{way}_message_length", 400 << 20) for way in ("receive", "send")]
"""The engine's own limit (sdk/go/common/util/rpcutil)."""
WORKERS = 8
"""Calls served at once by each server: twice the operations an engine on two cores has in flight by default would wait on locks anyway."""


def _serve(provider: Provider) -> tuple[grpc.Server, int]:
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=MESSAGE_SIZE)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _handler(world: World) -> Callable[..., socketserver.StreamRequestHandler]:
    class Control(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            server, port = _serve(Provider(world))
            try:
                self.wfile.write(f"{port}\n".encode())
                self.rfile.read()  # until the engine ends the stub
            except ConnectionError:  # a killed stub resets its connection
                pass
            finally:
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
