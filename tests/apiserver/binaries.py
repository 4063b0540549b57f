"""kube-apiserver, kube-scheduler and etcd: built with Go once for each state of tools/apiserver, kept in the user's cache."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "tools" / "apiserver"
PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
}


def go() -> str:
    """The Go command; skips the test where there is none."""
    found = shutil.which("go")
    if found is None:
        pytest.skip("Go is not on PATH: the programs are built with it from tools/apiserver/go.mod")
    return found


def binaries() -> Path:
    """The folder with the programs. The first time this takes some minutes; what Go has compiled before, it does not compile again."""
    go()
    lock = hashlib.sha256((MODULE / "go.mod").read_bytes() + (MODULE / "go.sum").read_bytes()).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meridian" / "apiserver"
    folder = cache / lock[:12]
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _build(cache, folder)
    return folder


def _build(cache: Path, folder: Path) -> None:
    modules = _run("list", "-deps", *PACKAGES.values())
    if modules.returncode:
        pytest.skip(f"the Go modules of tools/apiserver cannot be had: {modules.stderr.strip().splitlines()[-1]}")
    with tempfile.TemporaryDirectory(dir=cache) as unfinished:
        made = Path(unfinished) / "made"
        for name, package in PACKAGES.items():
            built = _run("build", "-trimpath", "-ldflags=-s -w", "-o", str(made / name), package)
            assert built.returncode == 0, built.stderr
        if not folder.is_dir():  # another run may have been quicker
            made.rename(folder)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, its own authority, and its key, written to `folder` by the program that Go's own tests use for it."""
    root = subprocess.run([go(), "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip()
    generator = Path(root) / "src/crypto/tls/generate_cert.go"
    options = ("--host", "127.0.0.1", "--ca", "--ecdsa-curve", "P256")
    subprocess.run([go(), "run", str(generator), *options], cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([go(), *arguments], cwd=MODULE, capture_output=True, text=True, check=False)
