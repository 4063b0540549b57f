"""Containers as they would run: what one leaves out of its security context it has from its pod (Kubernetes, security context)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from policies.core import kinds
from policies.core.facts import workloads
from policies.core.resource import Resource
from policies.core.verdict import Items, Properties, known_first

PODS: kinds.Tokens = tuple(
    token for table in (workloads.TEMPLATES, workloads.BARE_SPECS) for tokens in table for token in (*tokens, *kinds.lists(tokens))
)
"""Whatever holds the specs of pods; lists of it too."""

LONG_RUNNING: kinds.Tokens = (*workloads.REPLICATED, *kinds.DAEMON_SET, *kinds.POD)
"""Kinds whose pods serve until they are stopped, and whose containers are all written down by whoever makes the resource."""

WRITTEN: kinds.Tokens = tuple(
    token
    for tokens in (LONG_RUNNING, kinds.POD_TEMPLATE, kinds.JOB, kinds.CRON_JOB)
    for token in (*tokens, *kinds.lists(tokens))
    if token not in kinds.lists(kinds.ROLLOUT)
)
"""Kinds whose containers are as the program has them. In the resources of operators, the operator's image decides where it writes its
configuration and how it is told its password."""

ORDINARY = ("initContainers", "containers")
"""Keys of containers that are part of the pod from its start; ephemeral ones take neither resources nor probes (Kubernetes API)."""


@dataclass(frozen=True)
class Container:
    """A container of a pod."""

    properties: Properties
    """As given."""
    pod: Properties
    """Spec of its pod."""
    key: str
    """Where the pod lists it: `initContainers`, `containers` or `ephemeralContainers`."""

    @property
    def name(self) -> str:
        """As the pod calls it."""
        return self.properties.text("name", "a container")

    @property
    def context(self) -> Properties:
        """Its own security context."""
        return self.properties.section("securityContext")

    def inherited(self, key: str) -> Any:
        """A field that containers take from their pod unless they have their own, e.g. `runAsUser`; none where neither says."""
        return self.context.get(key) if key in self.context else self.pod.section("securityContext").get(key)

    def stays(self) -> bool:
        """Whether it runs as long as the pod: not one that ends before others start; a sidecar does (Kubernetes, sidecar containers)."""
        return self.key == "containers" or (self.key == "initContainers" and self.properties.text("restartPolicy") == "Always")


def containers(resource: Resource, keys: tuple[str, ...] = workloads.CONTAINERS) -> Iterator[Container]:
    """Containers of all pods that the resource makes."""

    def of_pod(pod: Properties) -> Iterator[Container]:
        return known_first(keys, lambda key: (Container(each, pod, key) for each in pod.sections(key)))

    return known_first(workloads.pod_specs(resource), of_pod)


def on_linux(resource: Resource) -> Iterator[Container]:
    """Containers that Linux runs: most of a security context means nothing to Windows (Kubernetes, Windows security context)."""
    return known_first(containers(resource), lambda each: [] if each.pod.section("os").text("name") == "windows" else [each])


def account(pod: Properties) -> str:
    """Service account of a pod; `default` unless told otherwise."""
    return pod.text("serviceAccountName") or pod.text("serviceAccount", "default")


def plain(value: object) -> Any:
    """A value with all that is below it, to be compared as a whole.

    Raises:
        Undecided: a leaf of it is unknown.
    """
    if isinstance(value, Mapping):
        held = cast("Mapping[str, object]", value)
        return {key: plain(held[key]) for key in held}
    return [plain(each) for each in cast("Items[object]", value)] if isinstance(value, Items) else value
