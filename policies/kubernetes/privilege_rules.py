"""Rights of containers on their node: none beyond those of a process of its own."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Example, example, resource
from policies.core.facts.pods import PODS, Container, containers, on_linux
from policies.core.facts.workloads import pod_specs
from policies.core.rule import Subject, rule
from policies.core.verdict import Properties, Severity, known_first

HOST_NAMESPACES = {"hostNetwork": "network", "hostPID": "processes", "hostIPC": "shared memory"}
"""Field of a pod spec -> what of the node its pods then share."""


def _pod(token: str = kinds.POD[0], /, *, key: str = "containers", pod: dict[str, Any] | None = None, **context: Any) -> Example:
    """A workload whose pod has one container with this security context."""
    spec = {**(pod or {}), key: [{"name": "main", "image": "a", **({"securityContext": context} if context else {})}]}
    template = {"spec": spec}
    shapes = {"Pod": template, "CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}}, "PodList": {"items": [template]}}
    return example(resource(token, shapes.get(token.rsplit(":", 1)[1], {"spec": {"template": template}})))


_LINUX_CASES = ("initContainers", "containers", "ephemeralContainers")


@rule(
    "k8s-01",
    on=kinds.with_patches(PODS),
    severity=Severity.CRITICAL,
    why="A privileged container is root on its node: it reads every other pod's secrets there, and takes the node's role.",
    fix="Remove securityContext.privileged (and windowsOptions.hostProcess); add the one capability that is needed instead.",
    controls=("cis-eks-1.4:4.2.1", "cis-kubernetes-2.0:5.2.2", "nsa:1.2"),
    bad=(
        *(_pod(key=key, privileged=True) for key in _LINUX_CASES),
        _pod(kinds.CRON_JOB[0], privileged=True),
        _pod(kinds.ROLLOUT[0], privileged=True),
        _pod(f"{kinds.DEPLOYMENT[0]}Patch", privileged=True),
        _pod("kubernetes:core/v1:PodList", privileged=True),
        _pod(windowsOptions={"hostProcess": True}),
        _pod(pod={"securityContext": {"windowsOptions": {"hostProcess": True}}}),
    ),
    good=(_pod(), _pod(privileged=False), _pod(allowPrivilegeEscalation=True), _pod(kinds.JOB[0], privileged=False)),
)
def container_is_not_privileged(workload: Subject) -> Iterator[str]:
    yield from known_first(containers(workload.resource), _privileges)


def _privileges(container: Container) -> Iterator[str]:
    if container.context.flag("privileged"):
        yield f"{container.name} is privileged"
    windows = container.inherited("windowsOptions")
    if windows is not None and windows.flag("hostProcess"):
        yield f"{container.name} is a process of the Windows host"


@rule(
    "k8s-02",
    on=kinds.with_patches(PODS),
    severity=Severity.HIGH,
    why="A pod in the node's namespaces sees its processes and traffic, reaches its metadata, and passes by every network policy.",
    fix="Remove hostNetwork, hostPID and hostIPC, or set them to false.",
    controls=("cis-eks-1.4:4.2.2", "cis-eks-1.4:4.2.3", "cis-eks-1.4:4.2.4", "nsa:1.3", "nsa:1.4", "nsa:1.5"),
    bad=(
        *(_pod(pod={key: True}) for key in HOST_NAMESPACES),
        _pod(kinds.DAEMON_SET[0], pod={"hostNetwork": True}),
        _pod(kinds.CRON_JOB[0], pod={"hostPID": True}),
        _pod(f"{kinds.DAEMON_SET[0]}Patch", pod={"hostIPC": True}),
    ),
    good=(_pod(), _pod(pod=dict.fromkeys(HOST_NAMESPACES, False))),
)
def pod_has_namespaces_of_its_own(workload: Subject) -> Iterator[str]:
    yield from known_first(pod_specs(workload.resource), _shared)


def _shared(pod: Properties) -> Iterator[str]:
    return known_first(HOST_NAMESPACES, lambda key: [f"{key} shares the node's {HOST_NAMESPACES[key]}"] if pod.flag(key) else [])


_SAFE: dict[str, Any] = {"allowPrivilegeEscalation": False}


@rule(
    "k8s-03",
    on=PODS,
    severity=Severity.HIGH,
    why="Without no_new_privs a setuid program in the image makes a process root that did not start as root.",
    fix="Set securityContext.allowPrivilegeEscalation: false on every container; it is true by default and pods have no such field.",
    controls=("cis-eks-1.4:4.2.5", "cis-kubernetes-2.0:5.2.6", "nsa:1.7"),
    bad=(
        _pod(),
        _pod(allowPrivilegeEscalation=True),
        _pod(key="initContainers", runAsNonRoot=True),
        _pod(kinds.STATEFUL_SET[0], privileged=True),
    ),
    good=(_pod(**_SAFE), _pod(kinds.CRON_JOB[0], **_SAFE), _pod(key="ephemeralContainers", **_SAFE), _pod(pod={"os": {"name": "windows"}})),
)
def container_gains_no_privileges(workload: Subject) -> Iterator[str]:
    yield from known_first(
        on_linux(workload.resource),
        lambda each: [f"{each.name} may gain privileges"] if each.context.flag("allowPrivilegeEscalation", default=True) else [],
    )


@rule(
    "k8s-05",
    on=PODS,
    severity=Severity.HIGH,
    why="The runtime's default capabilities include forging packets and changing any file's owner; each one added is another way out.",
    fix='Set securityContext.capabilities.drop: ["ALL"]; add nothing but what the setting allowed_capabilities lists.',
    controls=("cis-eks-1.4:4.2.7", "cis-eks-1.4:4.2.8", "cis-kubernetes-2.0:5.2.10"),
    settings=("allowed_capabilities",),
    bad=(
        _pod(),
        _pod(capabilities={"drop": ["NET_RAW"]}),
        _pod(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
        _pod(capabilities={"drop": ["ALL"], "add": ["CAP_SYS_PTRACE"]}),
        _pod(kinds.DAEMON_SET[0], capabilities={"add": ["NET_BIND_SERVICE"]}),
        _pod(key="initContainers", capabilities={"drop": ["all"], "add": ["ALL"]}),
    ),
    good=(
        _pod(capabilities={"drop": ["ALL"]}),
        _pod(capabilities={"drop": ["all"], "add": []}),
        _pod(kinds.ROLLOUT[0], capabilities={"drop": ["CHOWN", "ALL"], "add": ["NET_BIND_SERVICE"]}),
        _pod(pod={"os": {"name": "windows"}}),
    ),
)
def container_drops_all_capabilities(workload: Subject) -> Iterator[str]:
    allowed = workload.settings.allowed_capabilities
    yield from known_first(on_linux(workload.resource), lambda each: _capabilities(each, allowed))


def _capabilities(container: Container, allowed: frozenset[str]) -> Iterator[str]:
    capabilities = container.context.section("capabilities")
    wide = (each for each in capabilities.texts("add") if each.upper().removeprefix("CAP_") not in allowed)
    yield from (f"{container.name} adds {each}" for each in wide)
    if not any(each.upper() == "ALL" for each in capabilities.texts("drop")):
        yield f"{container.name} does not drop ALL"
