"""What containers ask of their node, and how they show that they are well."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Example, example, resource
from policies.core.facts.pods import LONG_RUNNING, ORDINARY, PODS, Container, containers, plain
from policies.core.rule import Subject, rule
from policies.core.verdict import Severity, known_first

GPU = "nvidia.com/gpu"
"""Extended resource of NVIDIA's device plugin; extended ones cannot be overcommitted (Kubernetes, extended resources)."""


def _pod(token: str = kinds.POD[0], /, *, pod: dict[str, Any] | None = None, key: str = "containers", **container: Any) -> Example:
    template = {"spec": {**(pod or {}), key: [{"name": "main", "image": "a", **container}]}}
    return example(resource(token, template if token in kinds.POD else {"spec": {"template": template}}))


def _asking(requests: dict[str, str], limits: dict[str, str] | None = None, token: str = kinds.POD[0]) -> Example:
    return _pod(token, resources={"requests": requests, "limits": limits or {}})


_ENOUGH = {"cpu": "100m", "memory": "128Mi"}


@rule(
    "k8s-10",
    on=PODS,
    severity=Severity.MEDIUM,
    why="The scheduler packs pods by what they ask for: one that asks for nothing is put anywhere, starves, and is evicted first.",
    fix=(
        "Set resources.requests.cpu and .memory and resources.limits.memory; the same number of nvidia.com/gpu as request and limit; "
        "no CPU limit is asked for, since it throttles."
    ),
    controls=("nsa:4.0",),
    settings=("required_requests",),
    bad=(
        _pod(),
        _asking({"memory": "128Mi"}, {"memory": "128Mi"}, kinds.JOB[0]),
        _asking(_ENOUGH),
        _asking({"cpu": "100m"}),
        _asking({**_ENOUGH, GPU: "1"}, {"memory": "1Gi"}),
        _asking({**_ENOUGH, GPU: "1"}, {"memory": "1Gi", GPU: "2"}),
        _pod(key="initContainers", resources={"limits": {"cpu": "1"}}),
    ),
    good=(
        _asking(_ENOUGH, {"memory": "128Mi"}),
        _asking({}, {"cpu": "1", "memory": "1Gi"}),
        _asking({"cpu": "100m"}, {"memory": "1Gi", GPU: "1"}, kinds.DEPLOYMENT[0]),
        _pod(key="ephemeralContainers"),
    ),
)
def container_says_what_it_needs(workload: Subject) -> Iterator[str]:
    required = workload.settings.required_requests
    yield from known_first(containers(workload.resource, ORDINARY), lambda each: _needs(each, required))


def _needs(container: Container, required: frozenset[str]) -> Iterator[str]:
    resources = container.properties.section("resources")
    requests, limits = resources.section("requests"), resources.section("limits")
    # A limit is the request too where none is given (Kubernetes, resource management).
    yield from (f"{container.name} requests no {each}" for each in sorted(required) if each not in requests and each not in limits)
    if "memory" not in limits:
        yield f"{container.name} has no limit of memory"
    if GPU in requests and requests.text(GPU) != limits.text(GPU):
        yield f"{container.name} requests {requests.text(GPU)} {GPU} with a limit of {limits.text(GPU, 'none')}"


def _probe(path: str, **timing: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 8080}, **timing}


@rule(
    "k8s-11",
    on=LONG_RUNNING,
    severity=Severity.MEDIUM,
    why="Without a readiness probe pods get requests before they can answer; a liveness probe that is the same restarts what is busy.",
    fix="Give each container readinessProbe and livenessProbe, the second slower to give up (failureThreshold) or on a path of its own.",
    controls=(),
    bad=(
        _pod(),
        _pod(kinds.DEPLOYMENT[0], readinessProbe=_probe("/ready")),
        _pod(kinds.STATEFUL_SET[0], livenessProbe=_probe("/live")),
        _pod(kinds.ROLLOUT[0], livenessProbe=_probe("/health"), readinessProbe=_probe("/health")),
        _pod(kinds.DAEMON_SET[0], livenessProbe={"exec": {"command": ["ok"]}}, readinessProbe={"exec": {"command": ["ok"]}}),
        _pod(kinds.DEPLOYMENT[0], key="initContainers", restartPolicy="Always", livenessProbe=_probe("/live")),
        _pod(livenessProbe={"periodSeconds": 3}, readinessProbe=_probe("/ready")),
    ),
    good=(
        _pod(kinds.DEPLOYMENT[0], livenessProbe=_probe("/live"), readinessProbe=_probe("/ready")),
        _pod(kinds.DEPLOYMENT[0], livenessProbe=_probe("/health", failureThreshold=10), readinessProbe=_probe("/health")),
        _pod(kinds.DEPLOYMENT[0], livenessProbe={"tcpSocket": {"port": 80}}, readinessProbe={"grpc": {"port": 80}}),
        _pod(kinds.DEPLOYMENT[0], key="initContainers"),
        _pod(pod={"restartPolicy": "Never"}),
    ),
)
def container_shows_that_it_is_well(workload: Subject) -> Iterator[str]:
    yield from known_first(containers(workload.resource, ORDINARY), _health)


def _health(container: Container) -> Iterator[str]:
    if not container.stays() or container.pod.text("restartPolicy", "Always") != "Always":
        return
    probes = {key: plain(container.properties.section(key)) for key in ("livenessProbe", "readinessProbe")}
    missing = [key for key, probe in probes.items() if not {"httpGet", "exec", "tcpSocket", "grpc"} & set(probe)]
    yield from (f"{container.name} has no {key}" for key in missing)
    if not missing and probes["livenessProbe"] == probes["readinessProbe"]:
        yield f"{container.name} is killed by the very probe that takes it out of service"
