"""Who may do what in a cluster: roles, those bound to them, and what makes a role powerful (Kubernetes, RBAC good practices)."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.core import kinds
from policies.core.facts import workloads
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, known_first

ROLES = (*kinds.ROLE, *kinds.CLUSTER_ROLE)
"""What grants."""
BINDINGS = (*kinds.ROLE_BINDING, *kinds.CLUSTER_ROLE_BINDING)
"""What gives a role to somebody."""

_RBAC = "rbac.authorization.k8s.io"
_ALL_VERBS = {"get", "list", "watch", "create", "update", "patch", "delete"}
_READ, _CHANGE = ("get", "list", "watch"), ("create", "update", "patch")


@dataclass(frozen=True)
class Power:
    """Rights that are a way to more rights."""

    name: str
    """What the holder may then do."""
    group: str
    """API group; empty for the core one."""
    resources: tuple[str, ...]
    """Resources, one of which is enough."""
    verbs: tuple[str, ...]
    """Verbs, one of which is enough."""


POWERS = (
    Power("read secrets", "", ("secrets",), _READ),
    Power("enter containers", "", ("pods/exec", "pods/attach", "pods/ephemeralcontainers"), ("get", *_CHANGE)),
    Power("make pods, under any account of the namespace", "", ("pods",), ("create",)),
    Power("act as a node's kubelet", "", ("nodes/proxy",), ("get", "create")),
    Power("make volumes of a node's files", "", ("persistentvolumes",), ("create",)),
    Power("make tokens of accounts", "", ("serviceaccounts/token",), ("create",)),
    Power("turn other services' traffic to itself", "", ("services/status",), ("update", "patch")),
    Power("act as somebody else", "", ("users", "groups", "serviceaccounts"), ("impersonate",)),
    Power("act as somebody else", "authentication.k8s.io", ("userextras", "uids"), ("impersonate",)),
    Power("give itself roles", _RBAC, ("roles", "clusterroles", "rolebindings", "clusterrolebindings"), ("bind", "escalate")),
    Power("approve certificates", "certificates.k8s.io", ("certificatesigningrequests/approval",), ("update", "patch")),
    Power(
        "change what the API server is told",
        "admissionregistration.k8s.io",
        ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
        _CHANGE,
    ),
)
"""Rights by which their holder gets others that nobody gave it.

Who may make bindings but not `bind` gives no more than it has, and who may `approve` for a signer needs the request's approval too
(Kubernetes, RBAC, privilege escalation prevention; certificate signing requests).
"""


@dataclass(frozen=True)
class Account:
    """A service account."""

    namespace: str
    """Where it lies."""
    name: str
    """Its name."""


def rules_of(role: Resource) -> Iterator[Properties]:
    """Rules that a role holds."""
    return iter(role.properties.sections("rules"))


def powers(rule: Properties) -> Iterator[Power]:
    """What the rule lets its holder take; one that names its objects is as narrow as they are."""
    if len(rule.texts("resourceNames")):
        return
    yield from known_first(POWERS, lambda power: [power] if _allows(rule, power) else [])


def _allows(rule: Properties, power: Power) -> bool:
    return (
        any(each in ("*", power.group) for each in rule.texts("apiGroups"))
        and any(each in power.verbs or each == "*" for each in rule.texts("verbs"))
        and any(_covers(each, power.resources) for each in rule.texts("resources"))
    )


def _covers(named: str, resources: tuple[str, ...]) -> bool:
    """Whether a rule's resource stands for one of these: by name, `*`, or `*/exec` for a part of every one."""
    return named == "*" or named in resources or (named.startswith("*/") and any(each.endswith(named[1:]) for each in resources))


def is_almighty(rule: Properties) -> bool:
    """Whether the rule allows everything, by wildcards or by all the verbs there are."""
    everything = all("*" in tuple(rule.texts(key)) for key in ("apiGroups", "resources"))
    return (
        everything and not len(rule.texts("resourceNames")) and ("*" in (verbs := tuple(rule.texts("verbs"))) or set(verbs) >= _ALL_VERBS)
    )


def accounts(binding: Resource) -> Iterator[Account]:
    """Service accounts that the binding names."""
    home = workloads.namespace(binding)
    return known_first(
        binding.properties.sections("subjects"),
        lambda each: [Account(each.text("namespace", home), each.text("name"))] if each.text("kind") == "ServiceAccount" else [],
    )


def bindings_of(stack: Stack, account: Account) -> Iterator[Resource]:
    """Bindings of the stack that name the account."""
    return known_first(stack.of_type(*BINDINGS), lambda each: [each] if account in accounts(each) else [])


def roles_of(stack: Stack, binding: Resource) -> Iterator[Resource]:
    """The role of a binding, if the stack makes it."""
    reference = binding.properties.section("roleRef")
    kind, name = reference.text("kind"), reference.text("name")
    candidates = stack.of_type(*(kinds.ROLE if kind == "Role" else kinds.CLUSTER_ROLE))
    home = workloads.namespace(binding)
    return known_first(
        candidates,
        lambda each: [each] if workloads.name(each) == name and (kind != "Role" or workloads.namespace(each) == home) else [],
    )
