"""The real kube-scheduler on nodes that are only objects: it places pods, and nothing ever runs."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meridian.analysis.machines import Machine
from meridian.analysis.placement import on_every
from meridian.analysis.pod import Pod
from tests.apiserver.binaries import binaries
from tests.apiserver.client import Answer, Client, Manifest
from tests.apiserver.judgement import make_default_account
from tests.apiserver.server import api_server, running

MERGE = "application/merge-patch+json"
PLACING = ("nodeSelector", "tolerations", "affinity", "topologySpreadConstraints")
SECONDS_TO_SETTLE = 120
SECONDS_TO_NOTICE = 1.0
"""For the scheduler to see nodes before pods, so that it takes the pods in the order they come."""


@contextmanager
def scheduling(version: str) -> Iterator["Scheduler"]:
    """A server of that version with a scheduler and nothing else on it."""
    with api_server(version) as client, tempfile.TemporaryDirectory(prefix="meridian-scheduler-") as name:
        config = Path(name) / "kubeconfig"
        config.touch(mode=0o600)
        config.write_text(json.dumps(_kubeconfig(client)))
        command = [binaries() / "kube-scheduler", f"--kubeconfig={config}", "--leader-elect=false", "--secure-port=0"]
        with running(command, Path(name) / "kube-scheduler.log") as process:
            yield Scheduler(client=client, process=process)


def _kubeconfig(client: Client) -> Mapping[str, Any]:
    """The certificate is the server's own, on loopback, and made a moment ago."""
    server = {"server": f"https://127.0.0.1:{client.port}", "insecure-skip-tls-verify": True}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": server}],
        "users": [{"name": "tests", "user": {"token": client.token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
    }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the scheduler made of the pods."""

    bound: Mapping[str, str]
    """Pod id -> node."""
    unplaced: Mapping[str, str]
    """Pod id -> why, in its own words."""


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """Asks for the placement of pods."""

    client: Client
    process: subprocess.Popen[bytes]

    def place(self, machines: Sequence[Machine], pods: Iterable[Pod], standing: Iterable[tuple[Pod, str]] = ()) -> Verdict:
        """Empty the server, make the nodes, put what stands already on them and let the scheduler place the rest, in this order."""
        every, kept = list(pods), list(standing)
        self._empty()
        for namespace in sorted({pod.namespace for pod in (*every, *(pod for pod, _ in kept))}):
            self.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, "tests")
            make_default_account(self.client, namespace)
        for machine in machines:
            self._make_node(machine)
        for pod in (pod for pod in every if pod.daemon):
            for machine in on_every(machines, pod):
                self._post(_pod(pod, f"{pod.name}-{machine.name}", node=machine.name))
        for pod, node in kept:
            self._post(_pod(pod, pod.name, node=node))
        time.sleep(SECONDS_TO_NOTICE)
        waiting = [pod for pod in every if not pod.daemon]
        for pod in waiting:
            self._post(_pod(pod, pod.name))
        return self._verdict({pod.id for pod in waiting})

    def _verdict(self, waiting: set[str]) -> Verdict:
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while True:
            found = {f"{pod['metadata']['namespace']}/{pod['metadata']['name']}": pod for pod in self._items("pods")}
            bound = {name: str(found[name]["spec"]["nodeName"]) for name in waiting if "nodeName" in found[name]["spec"]}
            unplaced = {name: reason for name in waiting - bound.keys() if (reason := _reason(found[name]))}
            if len(bound) + len(unplaced) == len(waiting):
                return Verdict(bound=bound, unplaced=unplaced)
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"kube-scheduler left {len(waiting) - len(bound) - len(unplaced)} of {len(waiting)} pods without a verdict"
                )
            time.sleep(0.2)

    def _empty(self) -> None:
        for pod in self._items("pods"):
            path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
            _sound(self.client.ask("DELETE", path, gracePeriodSeconds="0"))
        _sound(self.client.ask("DELETE", "/api/v1/nodes"))

    def _items(self, plural: str) -> list[Any]:
        return _sound(self.client.ask("GET", f"/api/v1/{plural}")).body["items"]

    def _make_node(self, machine: Machine) -> None:
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": machine.name, "labels": dict(machine.labels)}}
        _sound(self.client.ask("POST", "/api/v1/nodes", node))
        room = {key: f"{amount}m" if key == "cpu" else str(amount) for key, amount in machine.allocatable.items()}
        path = f"/api/v1/nodes/{machine.name}"
        _sound(self.client.ask("PATCH", f"{path}/status", {"status": {"allocatable": room, "capacity": room}}, MERGE))
        # admission marks new nodes as not ready, which a controller would take back
        _sound(self.client.ask("PATCH", path, {"spec": {"taints": [dict(taint) for taint in machine.taints]}}, MERGE))

    def _post(self, pod: Manifest) -> None:
        _sound(self.client.ask("POST", f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods", pod))


def _pod(pod: Pod, name: str, node: str = "") -> Manifest:
    """The pod with what decides on placement; named a node, it stands there at once."""
    spec = {key: pod.spec[key] for key in PLACING if pod.spec.get(key)}
    for kind in ("containers", "initContainers"):
        spec[kind] = [
            {"name": each["name"], "image": "none", "resources": each.get("resources") or {}} for each in pod.spec.get(kind) or ()
        ]
    spec |= {"nodeName": node} if node else {}
    metadata = {"name": name, "namespace": pod.namespace, "labels": dict(pod.labels)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _reason(pod: Mapping[str, Any]) -> str:
    conditions = pod.get("status", {}).get("conditions", ())
    return next((each["message"] for each in conditions if each["type"] == "PodScheduled" and each["reason"] == "Unschedulable"), "")


def _sound(answer: Answer) -> Answer:
    assert not answer.refused, answer.message
    return answer
