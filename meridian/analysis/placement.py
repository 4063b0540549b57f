"""Which pods find a machine: kube-scheduler's filters as pure arithmetic, one pod after the other.

The filters are Kubernetes' own (documentation of 1.36: taints, node affinity, pod anti-affinity, topology spread, requests); its scores are
followed as far as they decide where pods go: soft spread first, then the emptiest machine. Preemption is left out: it only chooses another
victim. tests/apiserver asks the real kube-scheduler the same, and both must agree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from meridian.analysis.machines import ZONE, Machine
from meridian.analysis.pod import Pod, at

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_BLOCKING = frozenset({"NoSchedule", "NoExecute"})


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Who stands where."""

    bound: Mapping[str, str]
    """Pod id -> machine."""
    unplaced: Mapping[str, str]
    """Pod id -> why no machine takes it."""


def place(machines: Sequence[Machine], pods: Iterable[Pod], standing: Iterable[tuple[Pod, str]] = ()) -> Placement:
    """Place pods in their order beside those that stand already; a DaemonSet's pod goes on every machine it tolerates first."""
    ground = _Ground(machines=machines)
    by_name = {machine.name: machine for machine in machines}
    for pod, name in standing:
        ground.put(pod, by_name[name])
    waiting = list(pods)
    for machine in machines:
        for pod in (pod for pod in waiting if pod.daemon and _may_stand(pod, machine)):
            ground.put(pod, machine)
    bound: dict[str, str] = {}
    unplaced: dict[str, str] = {}
    for pod in (pod for pod in waiting if not pod.daemon):
        found = ground.best(pod)
        if found is None:
            unplaced[pod.id] = ground.reason(pod)
        else:
            ground.put(pod, found)
            bound[pod.id] = found.name
    return Placement(bound=bound, unplaced=unplaced)


def on_every(machines: Iterable[Machine], pod: Pod) -> Iterator[Machine]:
    """Machines that a DaemonSet's pod stands on."""
    return (machine for machine in machines if _may_stand(pod, machine))


@dataclass(kw_only=True)
class _Ground:
    """Machines and what stands on them while pods are placed."""

    machines: Sequence[Machine]
    used: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict[str, Counter[str]](Counter))
    """Machine -> what is taken of it."""
    on: defaultdict[str, list[Pod]] = field(default_factory=lambda: defaultdict[str, list[Pod]](list))
    """Machine -> its pods."""

    def put(self, pod: Pod, machine: Machine) -> None:
        self.used[machine.name].update(pod.requests)
        self.on[machine.name].append(pod)

    def best(self, pod: Pod) -> Machine | None:
        there = [machine for machine in self.machines if _may_stand(pod, machine)]
        free = [machine for machine in there if self.has_room(pod, machine) and self.is_apart(pod, machine)]
        return min((machine for machine in free if self.is_even(pod, machine)), key=lambda machine: self.rank(pod, machine), default=None)

    def reason(self, pod: Pod) -> str:
        """The filter that leaves no machine, in the order that the scheduler asks them."""
        left: Sequence[Machine] = self.machines
        filters: tuple[tuple[str, Callable[[Machine], bool]], ...] = (
            ("no node has the labels and taints it asks for", lambda machine: _may_stand(pod, machine)),
            ("no node has room", lambda machine: self.has_room(pod, machine)),
            ("every node with room has a pod that it must not stand beside", lambda machine: self.is_apart(pod, machine)),
            ("any node would make its spread uneven", lambda machine: self.is_even(pod, machine)),
        )
        for words, passes in filters:
            left = [machine for machine in left if passes(machine)]
            if not left:
                return words
        raise AssertionError(f"{pod.id} has a machine")

    def has_room(self, pod: Pod, machine: Machine) -> bool:
        used = self.used[machine.name]
        return all(used[key] + amount <= machine.allocatable.get(key, 0) for key, amount in pod.requests.items() if amount)

    def is_apart(self, pod: Pod, machine: Machine) -> bool:
        """No pod here that it avoids, and none that avoids it (anti-affinity holds both ways)."""
        own = list(_anti_affinity(pod))
        for other in self.machines:
            for standing in self.on[other.name]:
                if standing.namespace != pod.namespace:
                    continue
                terms = [(term, standing) for term in own] + [(term, pod) for term in _anti_affinity(standing)]
                if any(_matches(term.get("labelSelector"), of) and _same(term["topologyKey"], machine, other) for term, of in terms):
                    return False
        return True

    def is_even(self, pod: Pod, machine: Machine) -> bool:
        """Hard spread: the machine's domain would have at most `maxSkew` more of the pods than the emptiest one."""
        for rule in _spread(pod, "DoNotSchedule"):
            counts = self.counts(pod, rule)
            own = machine.labels.get(rule["topologyKey"])
            if own is None:
                return False
            least = 0 if len(counts) < rule.get("minDomains", 1) else min(counts.values())
            if counts[own] + int(_matches(rule.get("labelSelector"), pod)) - least > rule["maxSkew"]:
                return False
        return True

    def counts(self, pod: Pod, rule: Mapping[str, Any]) -> Counter[str]:
        """Domain -> pods that the rule counts, over the nodes that the pod's selectors allow, whatever their taints (defaults of both
        inclusion policies).
        """
        found: Counter[str] = Counter()
        for machine in (each for each in self.machines if _selects(pod, each) and rule["topologyKey"] in each.labels):
            counted = (each for each in self.on[machine.name] if each.namespace == pod.namespace)
            found[machine.labels[rule["topologyKey"]]] += sum(_matches(rule.get("labelSelector"), each) for each in counted)
        return found

    def rank(self, pod: Pod, machine: Machine) -> tuple[float, float, str]:
        soft = sum(self.counts(pod, rule)[machine.labels.get(rule["topologyKey"], "")] for rule in _spread(pod, "ScheduleAnyway"))
        used = self.used[machine.name] + Counter(pod.requests)
        share = [used[key] / machine.allocatable[key] for key in ("cpu", "memory")]
        return soft, sum(share), machine.name


def _may_stand(pod: Pod, machine: Machine) -> bool:
    blocking = (taint for taint in machine.taints if taint["effect"] in _BLOCKING)
    return _selects(pod, machine) and all(any(_tolerates(each, taint) for each in pod.spec.get("tolerations", ())) for taint in blocking)


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, str]) -> bool:
    if toleration.get("effect") not in {None, "", taint["effect"]} or toleration.get("key") not in {None, "", taint["key"]}:
        return False
    return toleration.get("operator", "Equal") == "Exists" or toleration.get("value", "") == taint["value"]


def _selects(pod: Pod, machine: Machine) -> bool:
    wanted: Mapping[str, str] = pod.spec.get("nodeSelector") or {}
    if any(machine.labels.get(key) != value for key, value in wanted.items()):
        return False
    terms: Sequence[Mapping[str, Any]] = at(pod.spec, "affinity", "nodeAffinity", _REQUIRED, "nodeSelectorTerms") or ()
    return not terms or any(all(_holds(rule, machine.labels) for rule in term.get("matchExpressions", ())) for term in terms)


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value = labels.get(rule["key"])
    match rule["operator"]:
        case "In":
            return value in rule["values"]
        case "NotIn":
            return value not in rule["values"]
        case "Exists":
            return value is not None
        case _:
            return value is None


def _anti_affinity(pod: Pod) -> Iterable[Mapping[str, Any]]:
    return at(pod.spec, "affinity", "podAntiAffinity", _REQUIRED) or ()


def _spread(pod: Pod, how: str) -> Iterator[Mapping[str, Any]]:
    return (rule for rule in pod.spec.get("topologySpreadConstraints") or () if rule["whenUnsatisfiable"] == how)


def _matches(selector: Mapping[str, Any] | None, pod: Pod) -> bool:
    """A selector that is missing matches nothing, one that is empty everything (Kubernetes, label selectors)."""
    if selector is None:
        return False
    equal = all(pod.labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return equal and all(_holds(rule, pod.labels) for rule in selector.get("matchExpressions", ()))


def _same(key: str, one: Machine, other: Machine) -> bool:
    return key in one.labels and one.labels[key] == other.labels.get(key)


def in_zone(pod: Pod, zone: str) -> Pod:
    """The pod as its volume binds it: to machines of that zone (Kubernetes, node affinity of persistent volumes)."""
    spec: dict[str, Any] = {**pod.spec, "nodeSelector": {**(pod.spec.get("nodeSelector") or {}), ZONE: zone}}
    return replace(pod, spec=spec)
