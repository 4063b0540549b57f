"""Processes in containers: nobody in particular, who can change nothing that is not theirs."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Example, example, resource
from policies.core.facts.pods import PODS, WRITTEN, Container, containers, on_linux
from policies.core.facts.workloads import pod_specs
from policies.core.rule import Subject, rule
from policies.core.settings import Settings
from policies.core.verdict import Properties, Severity, known_first

CONFINED = ("RuntimeDefault", "Localhost")
"""Types of seccomp profile that filter system calls; the third is `Unconfined`, the default of a kubelet (Kubernetes, seccomp)."""

RUNTIME_SOCKETS = ("docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock")
"""Names of the sockets by which a node's containers are made."""


def _pod(
    pod: dict[str, Any] | None = None, /, *, token: str = kinds.POD[0], container: dict[str, Any] | None = None, **context: Any
) -> Example:
    spec = {"containers": [{"name": "main", "image": "a", **(container or {}), **({"securityContext": context} if context else {})}]}
    template = {"spec": {**spec, **(pod or {})}}
    return example(resource(token, template if token in kinds.POD else {"spec": {"template": template}}))


def _of_pod(**context: Any) -> dict[str, Any]:
    return {"securityContext": context}


_WINDOWS = {"os": {"name": "windows"}}


@rule(
    "k8s-04",
    on=PODS,
    severity=Severity.HIGH,
    why="Root in a container is root on its node once it gets out; a low user id may be that of somebody on the node.",
    fix="Set runAsNonRoot: true on the pod, and runAsUser at or above the setting min_user_id, or leave it to the image.",
    controls=("cis-eks-1.4:4.2.6", "cis-kubernetes-2.0:5.2.7", "nsa:1.0"),
    settings=("min_user_id", "image_user_ids"),
    bad=(
        _pod(),
        _pod(runAsNonRoot=False),
        _pod(runAsUser=0),
        _pod(runAsUser=1000, runAsNonRoot=True),
        _pod(_of_pod(runAsNonRoot=True), runAsNonRoot=False),
        _pod(_of_pod(runAsUser=65532), runAsUser=0),
        _pod(_of_pod(runAsUser=0)),
        _pod(token=kinds.STATEFUL_SET[0]),
    ),
    good=(
        _pod(_of_pod(runAsNonRoot=True)),
        _pod(runAsNonRoot=True, runAsUser=65532),
        _pod(runAsUser=10000),
        _pod(_of_pod(runAsUser=0), runAsUser=20000),
        _pod(_of_pod(runAsNonRoot=True, runAsUser=101), token=kinds.JOB[0]),
        _pod(_WINDOWS),
    ),
)
def container_runs_as_nobody_in_particular(workload: Subject) -> Iterator[str]:
    yield from known_first(on_linux(workload.resource), lambda each: _identity(each, workload.settings))


def _identity(container: Container, settings: Settings) -> Iterator[str]:
    user = container.inherited("runAsUser")
    if user is None:
        if container.inherited("runAsNonRoot") is not True:
            yield f"{container.name} runs as root if its image does"
    elif user == 0:
        yield f"{container.name} runs as root"
    elif user < settings.min_user_id and user not in settings.image_user_ids:
        yield f"{container.name} runs as user {user:.0f}, below {settings.min_user_id}"


@rule(
    "k8s-06",
    on=WRITTEN,
    severity=Severity.MEDIUM,
    why="Whoever gets into a container that cannot change its own files leaves nothing there to come back to.",
    fix="Set securityContext.readOnlyRootFilesystem: true on every container; mount an emptyDir where it must write.",
    controls=("nsa:1.1",),
    bad=(_pod(), _pod(readOnlyRootFilesystem=False), _pod(token=kinds.DAEMON_SET[0])),
    good=(_pod(readOnlyRootFilesystem=True), _pod(token=kinds.ROLLOUT[0], readOnlyRootFilesystem=True), _pod(_WINDOWS)),
)
def container_cannot_change_its_image(workload: Subject) -> Iterator[str]:
    yield from known_first(
        on_linux(workload.resource),
        lambda each: [] if each.context.flag("readOnlyRootFilesystem") else [f"{each.name} can write to its root"],
    )


@rule(
    "k8s-07",
    on=PODS,
    severity=Severity.MEDIUM,
    why="Without a profile a container may make every system call, those of the last kernel hole included.",
    fix="Set securityContext.seccompProfile.type: RuntimeDefault on the pod; the annotations of old mean nothing since Kubernetes 1.27.",
    controls=("cis-kubernetes-2.0:5.6.2", "nsa:1.10"),
    bad=(
        _pod(),
        _pod(seccompProfile={"type": "Unconfined"}),
        _pod(_of_pod(seccompProfile={"type": "RuntimeDefault"}), seccompProfile={"type": "Unconfined"}),
        _pod(token=kinds.DEPLOYMENT[0]),
    ),
    good=(
        _pod(_of_pod(seccompProfile={"type": "RuntimeDefault"})),
        _pod(seccompProfile={"type": "RuntimeDefault"}),
        _pod(seccompProfile={"type": "Localhost", "localhostProfile": "api.json"}),
        _pod(_WINDOWS),
    ),
)
def container_has_a_seccomp_profile(workload: Subject) -> Iterator[str]:
    yield from known_first(on_linux(workload.resource), _confinement)


def _confinement(container: Container) -> Iterator[str]:
    profile = container.inherited("seccompProfile")
    kind = profile.text("type") if profile is not None else ""
    if kind not in CONFINED:
        yield f"{container.name} has {f'the seccomp profile {kind}' if kind else 'no seccomp profile'}"


def _volume(path: str) -> dict[str, Any]:
    return {"volumes": [{"name": "host", "hostPath": {"path": path}}]}


@rule(
    "k8s-08",
    on=kinds.with_patches(PODS),
    severity=Severity.HIGH,
    why="A path of the node is a way to its secrets and to every pod on it; its runtime's socket makes containers with all rights.",
    fix="Use an emptyDir, a claim or a projected volume; reach the pod through a Service instead of hostPort.",
    controls=("cis-kubernetes-2.0:5.2.11", "cis-kubernetes-2.0:5.2.12"),
    bad=(
        _pod(_volume("/var/log")),
        _pod(_volume("/var/run/docker.sock")),
        _pod(_volume("/run/containerd/containerd.sock"), token=kinds.DAEMON_SET[0]),
        _pod(container={"ports": [{"containerPort": 80, "hostPort": 80}]}),
        _pod(_volume("/"), token=f"{kinds.DEPLOYMENT[0]}Patch"),
    ),
    good=(
        _pod(),
        _pod({"volumes": [{"name": "scratch", "emptyDir": {}}, {"name": "key", "secret": {"secretName": "key"}}]}),
        _pod(container={"ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}]}),
    ),
)
def pod_takes_nothing_of_its_node(workload: Subject) -> Iterator[str]:
    yield from known_first((_paths, _ports), lambda read: read(workload))


def _paths(workload: Subject) -> Iterator[str]:
    volumes = known_first(pod_specs(workload.resource), lambda pod: pod.sections("volumes"))
    yield from known_first(volumes, lambda each: [_said(each)] if "hostPath" in each else [])


def _said(volume: Properties) -> str:
    path = volume.section("hostPath").text("path")
    socket = path.rsplit("/", 1)[-1] in RUNTIME_SOCKETS
    return f"the volume {volume.text('name')} is {path} of the node" + (", by which its containers are made" if socket else "")


def _ports(workload: Subject) -> Iterator[str]:
    yield from known_first(
        containers(workload.resource),
        lambda each: (
            f"{each.name} takes port {port.number('hostPort', 0):.0f} of the node"
            for port in each.properties.sections("ports")
            if port.number("hostPort", 0) > 0
        ),
    )
