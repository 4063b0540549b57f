"""One server for the whole tier, with all on it that the region's Plan puts into its cluster; and what the tier saw, printed last."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from meridian.engine.project import Project
from meridian.plan import Mode, Plan
from tests.apiserver.client import Client
from tests.apiserver.judgement import Judgement, judge, prepare
from tests.apiserver.objects import kubernetes_objects
from tests.apiserver.server import api_server
from tests.shared import shared

STACK = "eu-west-1"
SEEN = pytest.StashKey[list[str]]()


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
    prepared = prepare(client, objects)
    judged = tuple(judge(client, each) for each in objects)
    seconds = time.perf_counter() - started
    kinds = Counter(str(judgement.of.manifest["kind"]) for judgement in judged if not judgement.refusal)
    inside = sum(judgement.described for judgement in judged)
    seen += [
        f"{STACK}: {kinds.total()} of {len(judged)} objects accepted in {seconds:.1f} s, and {inside} pods and claims that they describe",
        f"  {', '.join(f'{kind} x{count}' for kind, count in sorted(kinds.items()))}",
        f"  before them {len(prepared.definitions)} definitions, and the namespaces the Plan leaves to others: {list(prepared.namespaces)}",
    ]
    return judged


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the tier saw, in a section of its own."""
    if lines := config.stash.get(SEEN, []):
        terminalreporter.section("Kubernetes API server")
        for line in lines:
            terminalreporter.write_line(line)
