"""Namespaces: what pods may do to their node, and whom they may talk to."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts.network_policies import PEERS, isolates, peer_faults
from policies.core.facts.workloads import WORKLOADS, lies_in
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

ENFORCE = "pod-security.kubernetes.io/enforce"
"""Label by which the API server refuses pods (Kubernetes, Pod Security Admission)."""

LEVELS = ("baseline", "restricted")
"""Levels that keep pods off their node; the third is `privileged`, which is also what no label means."""


def _namespace(**labels: str) -> dict[str, object]:
    return {"metadata": {"name": "shop", "labels": labels} if labels else {"name": "shop"}}


@rule(
    "k8s-14",
    on=kinds.NAMESPACE,
    severity=Severity.HIGH,
    why="Without the label the API server takes any pod: one with the host's network, its files and all its rights.",
    fix=f"Label the namespace {ENFORCE}: restricted, or baseline where its software needs it.",
    controls=("cis-eks-1.4:4.2.1",),
    bad=(
        _namespace(),
        {},
        _namespace(**{ENFORCE: "privileged"}),
        _namespace(**{"pod-security.kubernetes.io/warn": "restricted"}),
    ),
    good=(_namespace(**{ENFORCE: "restricted"}), _namespace(**{ENFORCE: "baseline"})),
)
def namespace_refuses_privileged_pods(namespace: Subject) -> Iterator[str]:
    level = namespace.properties.section("metadata").section("labels").text(ENFORCE)
    if level not in LEVELS:
        yield f"pods are held to the level {level}" if level else "pods are held to no level of Pod Security"


_SHOP = resource(kinds.NAMESPACE[0], _namespace())
_API = resource(kinds.DEPLOYMENT[0], {"metadata": {"namespace": "shop"}})
_DATABASE = resource(kinds.TIDB_CLUSTER[0], {"metadata": {"namespace": "${subject.metadata.name}"}})


def _policy(namespace: str = "shop", /, **spec: Any) -> Draft:
    closed: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return resource(kinds.NETWORK_POLICY[0], {"metadata": {"namespace": namespace}, "spec": {**closed, **spec}})


_DNS = {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]}


@rule(
    "k8s-16",
    on=kinds.NAMESPACE,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Pods that no policy selects take connections from every pod of the cluster and may reach the internet and each other.",
    fix="Add a NetworkPolicy to the namespace with an empty podSelector and policyTypes Ingress and Egress; open what is needed by others.",
    controls=("cis-eks-1.4:4.3.2",),
    bad=(
        example(_SHOP, api=_API),
        example(_SHOP, api=_API, other=_policy("other")),
        example(_SHOP, api=_API, half=_policy(policyTypes=["Ingress"])),
        example(_SHOP, api=_API, some=_policy(podSelector={"matchLabels": {"app": "api"}})),
        example(_SHOP, api=_API, open=_policy(egress=[{}])),
        example(_SHOP, database=_DATABASE),
    ),
    good=(
        example(_SHOP, api=_API, closed=_policy()),
        example(_SHOP, api=_API, inward=_policy(policyTypes=["Ingress"]), outward=_policy(policyTypes=["Egress"], egress=[_DNS])),
        example(_SHOP, database=_DATABASE, closed=_policy("${subject.metadata.name}")),
        example(_SHOP, elsewhere=resource(kinds.DEPLOYMENT[0], {"metadata": {"namespace": "other"}})),
        example(_SHOP),
    ),
)
def namespace_is_closed_unless_opened(namespace: Subject) -> Iterator[str]:
    stack, home = namespace.stack, namespace.resource
    if not any(known_first(stack.of_type(*WORKLOADS), lambda each: [each] if lies_in(stack, each, home) else [])):
        return
    policies = stack.of_type(*kinds.NETWORK_POLICY)
    for direction in PEERS:
        closing = known_first(
            policies,
            lambda each, direction=direction: [each] if lies_in(stack, each, home) and isolates(each, direction) else [],
        )
        if not any(closing):
            yield f"no network policy closes {direction} for all its pods"


def _opened(direction: str, *rules: dict[str, Any]) -> dict[str, object]:
    return {"spec": {"podSelector": {}, direction: list(rules)}}


_HTTPS = {"ports": [{"port": 443, "protocol": "TCP"}]}
_WORLD = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}
_HALVES = [{"ipBlock": {"cidr": "0.0.0.0/1"}}, {"ipBlock": {"cidr": "128.0.0.0/1"}}]


@rule(
    "k8s-17",
    on=kinds.with_patches(kinds.NETWORK_POLICY),
    severity=Severity.HIGH,
    why="A rule without peers looks narrow and means everybody; one for the whole world lets data out to wherever an attacker waits.",
    fix=(
        "Name the peers by namespaceSelector, podSelector or a narrow ipBlock. Egress to the world passes on public_egress_ports only, "
        "with the instance metadata under except."
    ),
    controls=("cis-eks-1.4:4.3.2",),
    settings=("public_egress_ports",),
    bad=(
        _opened("egress", {"to": []}),
        _opened("egress", {}),
        _opened("ingress", {"ports": [{"port": 4000}]}),
        _opened("ingress", {"from": [_WORLD], **_HTTPS}),
        _opened("egress", {"to": [_WORLD]}),
        _opened("egress", {"to": [_WORLD], "ports": [{"port": 443}, {"port": 25}]}),
        _opened("egress", {"to": [_WORLD], "ports": [{"port": 443, "endPort": 65535}]}),
        _opened("egress", {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], **_HTTPS}),
        _opened("egress", {"to": _HALVES}),
        _opened("egress", {"to": [{"ipBlock": {"cidr": "::/0"}}]}),
    ),
    good=(
        _opened("egress", _DNS),
        _opened("egress", {"to": [_WORLD], **_HTTPS}),
        _opened("ingress", {"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], **_HTTPS}),
        _opened("ingress", {"from": [{"podSelector": {}}]}),
        {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}},
    ),
)
def network_policy_names_its_peers(policy: Subject) -> Iterator[str]:
    free = policy.settings.public_egress_ports
    yield from known_first(PEERS, lambda direction: peer_faults(policy.resource, direction, free))
