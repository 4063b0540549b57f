"""A Kubernetes API server of its own for the tests: kube-apiserver and etcd, on loopback only, gone with the tests however they end."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.apiserver.binaries import binaries, certificate
from tests.apiserver.client import Client

SECONDS_TO_START = 120
"""Many times what it takes (2 to 7 s), for a machine whose other programs leave it little."""
PR_SET_PDEATHSIG = 1
TOKENS = "tokens.csv"
LONGEST_REQUEST = 16 * 1024 * 1024
"""Bytes; etcd's own limit, 1.5 MiB, is below what a large CustomResourceDefinition and its record of field owners need."""


@contextmanager
def running(command: Sequence[str | Path], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, which is killed in the end: nothing of what it wrote is kept, so it needs no time to close."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - between fork and exec it makes one system call and takes no lock
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _die_with_parent() -> None:
    """Linux ends the process when this one is killed, which no `finally` sees (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def api_server(version: str) -> Iterator[Client]:
    """A ready API server that behaves as Kubernetes `version` (`1.35`) does.

    It knows one user, who may do all. There are no controllers: no `default` account appears, no endpoint is reconciled, nothing runs.
    """
    programs = binaries()
    etcd_port, peer_port, port = _free_ports(3)
    with tempfile.TemporaryDirectory(prefix="meridian-apiserver-") as name, contextlib.ExitStack() as processes:
        folder = Path(name)
        cert, key = certificate(folder)
        token = _token(folder / TOKENS)
        started = {
            "etcd": [programs / "etcd", *_etcd_flags(folder, etcd_port, peer_port)],
            "kube-apiserver": [
                programs / "kube-apiserver",
                *_server_flags(version, folder, port=port, etcd_port=etcd_port, cert=cert, key=key),
            ],
        }
        ready = {part: processes.enter_context(running(command, folder / f"{part}.log")) for part, command in started.items()}
        client = Client(port=port, context=ssl.create_default_context(cafile=cert), token=token)
        _wait(client, ready, folder)
        yield client


def _token(path: Path) -> str:
    """A token of the one user, written where the server reads it."""
    token = secrets.token_hex(16)
    path.touch(mode=0o600)
    path.write_text(f'{token},tests,tests,"system:masters"\n')
    return token


def _etcd_flags(folder: Path, port: int, peer_port: int) -> list[str]:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        f"--max-request-bytes={LONGEST_REQUEST}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _server_flags(version: str, folder: Path, *, port: int, etcd_port: int, cert: Path, key: Path) -> list[str]:
    return [
        f"--emulated-version={version}",
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        f"--tls-cert-file={cert}",
        f"--tls-private-key-file={key}",
        f"--token-auth-file={folder / TOKENS}",
        "--anonymous-auth=false",
        "--authorization-mode=AlwaysAllow",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={cert}",
        f"--service-account-signing-key-file={key}",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.100.0.0/16",
    ]


def _wait(client: Client, processes: dict[str, subprocess.Popen[bytes]], logs: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not client.ready():
        ended = [name for name, process in processes.items() if process.poll() is not None]
        if ended or time.monotonic() > deadline:
            name = ended[0] if ended else "kube-apiserver"
            said = (logs / f"{name}.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(
                f"{name} {'ended' if ended else f'was not ready after {SECONDS_TO_START} s'}; the end of what it wrote:\n{said}"
            )
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
