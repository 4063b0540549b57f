"""One server for the whole tier, with all on it that the region's Plan puts into its cluster; and what the tier saw, printed last."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meridian.engine.project import Project
from meridian.plan import Mode, Plan
from tests.apiserver.client import Client, Refused
from tests.apiserver.definitions import DEFINITION, install_definitions, wait_until_served
from tests.apiserver.objects import KubernetesObject, kubernetes_objects, undeclared_namespaces
from tests.apiserver.server import api_server
from tests.shared import shared

STACK = "eu-west-1"
SEEN = pytest.StashKey[list[str]]()


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the server said of one object."""

    of: KubernetesObject
    refusal: str
    """Empty when the server took it."""
    existed: bool
    """The server had it already."""
    warnings: tuple[str, ...]


@pytest.fixture(scope="session")
def seen(request: pytest.FixtureRequest) -> list[str]:
    """Lines to be printed when all tests are over."""
    return request.config.stash.setdefault(SEEN, [])


@pytest.fixture(scope="session")
def region() -> Plan:
    """The region, with every output known."""
    return Project.at(Path(__file__).parents[2]).plan(STACK, Mode.UPDATE)


@pytest.fixture(scope="session")
def client(region: Plan, seen: list[str]) -> Iterator[Client]:
    """A server of the version that the region's cluster runs; only what Kubernetes itself makes is on it."""
    shared("crds")
    (cluster,) = region.of_type("aws:eks/cluster:Cluster")
    version = str(cluster.inputs["version"])
    started = time.perf_counter()
    with api_server(version) as ready:
        seen.append(f"kube-apiserver behaving as {version}: ready after {time.perf_counter() - started:.1f} s")
        yield ready


@pytest.fixture(scope="session")
def judgements(client: Client, region: Plan, seen: list[str]) -> tuple[Judgement, ...]:
    """Every object of the region, applied in the Plan's order."""
    started = time.perf_counter()
    objects = kubernetes_objects(region)
    definitions = install_definitions(client, [each.manifest for each in objects])
    namespaces = tuple(undeclared_namespaces(objects))
    for name in namespaces:
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "tests")
    judged = tuple(_judge(client, each) for each in objects)
    accepted = [judgement for judgement in judged if not judgement.refusal]
    kinds = sorted({str(judgement.of.manifest["kind"]) for judgement in accepted})
    seen.append(
        f"{STACK}: {len(accepted)} of {len(judged)} objects accepted in {time.perf_counter() - started:.1f} s, of {len(kinds)} kinds "
        f"({', '.join(kinds)}), after {len(definitions)} definitions and the namespaces {', '.join(namespaces) or 'of the Plan alone'}"
    )
    return judged


def _judge(client: Client, each: KubernetesObject) -> Judgement:
    try:
        answer = client.apply(each.manifest, each.resource)
    except Refused as refused:
        return Judgement(of=each, refusal=str(refused), existed=False, warnings=())
    if each.manifest["kind"] == DEFINITION:
        wait_until_served(client, each.manifest)
    return Judgement(of=each, refusal="", existed=answer.status != 201, warnings=answer.warnings)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the tier saw, in a section of its own."""
    if lines := config.stash.get(SEEN, []):
        terminalreporter.section("Kubernetes API server")
        for line in lines:
            terminalreporter.write_line(line)
