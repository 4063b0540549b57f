"""Roles and who has them: nobody may do everything, and nobody may take what was not given."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, Example, example, resource
from policies.core.facts.access import BINDINGS, ROLES, is_almighty, powers, roles_of, rules_of
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")
"""Users and groups that anybody is, or any pod (Kubernetes, authenticating)."""
PUBLIC_ROLES = ("system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery")
"""Roles that Kubernetes itself gives to everybody (Kubernetes, RBAC, default roles)."""
ALMIGHTY = "cluster-admin"
"""The built-in role that may do everything."""

_APPS = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]}


def _role(*rules: dict[str, Any], token: str = kinds.CLUSTER_ROLE[0]) -> Example:
    return example(resource(token, {"metadata": {"name": "reader"}, "rules": list(rules)}))


def _granting(group: str, kind: str, *verbs: str, **more: Any) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [kind], "verbs": list(verbs), **more}


@rule(
    "k8s-19",
    on=kinds.with_patches(ROLES),
    severity=Severity.HIGH,
    why="A wildcard grants what does not exist yet as well: the next operator's secrets, the next dangerous verb.",
    fix="List apiGroups, resources and verbs by name.",
    controls=("cis-eks-1.4:4.1.3", "cis-kubernetes-2.0:5.1.3"),
    bad=(
        _role({**_APPS, "verbs": ["*"]}),
        _role({**_APPS, "resources": ["*"]}),
        _role({**_APPS, "apiGroups": ["*"]}),
        _role(_APPS, {**_APPS, "verbs": ["get", "*"]}, token=kinds.ROLE[0]),
        _role({"nonResourceURLs": ["*"], "verbs": ["get"]}),
        _role({**_APPS, "verbs": ["*"]}, token=f"{kinds.ROLE[2]}Patch"),
    ),
    good=(
        _role(_APPS),
        _role({**_APPS, "resources": ["*/scale"], "verbs": ["update"]}),
        _role({"nonResourceURLs": ["/metrics", "/healthz/*"], "verbs": ["get"]}),
        example(resource(kinds.CLUSTER_ROLE[0], {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "view"}}]}})),
    ),
)
def role_has_no_wildcards(role: Subject) -> Iterator[str]:
    fields = ("apiGroups", "resources", "verbs", "nonResourceURLs")
    yield from known_first(
        rules_of(role.resource),
        lambda each: known_first(fields, lambda key: [f"{key} is a wildcard"] if "*" in tuple(each.texts(key)) else []),
    )


@rule(
    "k8s-21",
    on=kinds.with_patches(ROLES),
    severity=Severity.HIGH,
    why="Some rights are a way to all others: reading secrets, entering pods, acting as others, changing roles or webhooks.",
    fix="Remove the verb or the resource, or name the objects under resourceNames; mount the one Secret that is needed instead.",
    controls=(
        *("cis-eks-1.4:4.1.2", "cis-eks-1.4:4.1.8"),
        *(f"cis-kubernetes-2.0:5.1.{number}" for number in (2, 4, 8, 9, 10, 11, 12, 13)),
    ),
    bad=(
        _role(_granting("", "secrets", "get")),
        _role(_granting("", "secrets", "list"), token=kinds.ROLE[0]),
        _role(_granting("", "pods/exec", "create")),
        _role(_granting("", "*/exec", "create")),
        _role(_granting("", "pods", "get", "create")),
        _role(_granting("", "nodes/proxy", "get")),
        _role(_granting("", "persistentvolumes", "create")),
        _role(_granting("", "serviceaccounts/token", "create")),
        _role(_granting("", "services/status", "patch")),
        _role(_granting("", "users", "impersonate")),
        _role(_granting("rbac.authorization.k8s.io", "clusterroles", "escalate")),
        _role(_granting("rbac.authorization.k8s.io", "roles", "bind")),
        _role(_granting("rbac.authorization.k8s.io", "rolebindings", "bind")),
        _role(_granting("certificates.k8s.io", "certificatesigningrequests/approval", "update")),
        _role(_granting("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "patch")),
        _role(_granting("*", "*", "*")),
    ),
    good=(
        _role(_APPS),
        _role(_granting("", "secrets", "get", resourceNames=["api-key"])),
        _role(_granting("", "pods", "get", "list", "watch")),
        _role(_granting("", "pods/log", "get")),
        _role(_granting("external-secrets.io", "secrets", "get")),
        _role(_granting("", "secrets", "create", "delete")),
        _role(_granting("rbac.authorization.k8s.io", "roles", "bind", resourceNames=["view"])),
        _role(_granting("rbac.authorization.k8s.io", "rolebindings", "create", "patch")),
        _role(),
    ),
)
def role_is_no_way_to_another(role: Subject) -> Iterator[str]:
    found = known_first(rules_of(role.resource), lambda each: (f"its holders may {power.name}" for power in powers(each)))
    seen: set[str] = set()
    for message in found:
        if message not in seen:
            seen.add(message)
            yield message


def _bound(role: str, token: str = kinds.CLUSTER_ROLE_BINDING[0], **subject: str) -> Draft:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    return resource(token, {"metadata": {"name": "team"}, "roleRef": reference, "subjects": [subject]})


def _binding(role: str, token: str = kinds.CLUSTER_ROLE_BINDING[0], **subject: str) -> Example:
    return example(_bound(role, token, **subject))


def _made(*verbs: str) -> Draft:
    return resource(kinds.CLUSTER_ROLE[0], {"metadata": {"name": "lord"}, "rules": [_granting("*", "*", *verbs)]})


_API = {"kind": "ServiceAccount", "name": "api", "namespace": "shop"}


@rule(
    "k8s-20",
    on=BINDINGS,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="Whoever is cluster-admin, or a member of system:masters, can do anything and be stopped by no rule; everybody is nobody.",
    fix="Bind a role of the rights needed to a named account; let people in by EKS access entries.",
    controls=("cis-eks-1.4:4.1.1", "cis-kubernetes-2.0:5.1.1", "cis-kubernetes-2.0:5.1.7"),
    bad=(
        _binding(ALMIGHTY, **_API),
        _binding(ALMIGHTY, kinds.ROLE_BINDING[0], kind="User", name="anna"),
        _binding("reader", kind="Group", name="system:masters"),
        _binding("reader", kind="Group", name="system:unauthenticated"),
        _binding("reader", kind="Group", name="system:authenticated"),
        _binding("reader", kind="User", name="system:anonymous"),
        _binding("reader", kind="Group", name="system:serviceaccounts"),
        _binding("reader", kinds.ROLE_BINDING[1], kind="Group", name="system:serviceaccounts:shop"),
        example(_bound("lord", **_API), role=_made("*")),
        example(_bound("lord", **_API), role=_made("get", "list", "watch", "create", "update", "patch", "delete")),
    ),
    good=(
        _binding("reader", **_API),
        _binding("reader", kind="Group", name="team"),
        _binding("system:discovery", kind="Group", name="system:authenticated"),
        _binding("reader", kinds.ROLE_BINDING[0], kind="User", name="anna"),
        example(_bound("lord", **_API), role=_made("get", "list")),
    ),
)
def role_is_given_to_somebody_in_particular(binding: Subject) -> Iterator[str]:
    role = binding.properties.section("roleRef").text("name")
    if role == ALMIGHTY:
        yield "it makes its subjects cluster-admin"
    elif any(is_almighty(each) for each in known_first(roles_of(binding.stack, binding.resource), rules_of)):
        yield f"it makes its subjects cluster-admin: {role} may do everything"
    yield from known_first(binding.properties.sections("subjects"), lambda each: _everybody(each, role))


def _everybody(subject: Properties, role: str) -> Iterator[str]:
    name = subject.text("name")
    if subject.text("kind") == "Group" and name == "system:masters":
        yield "system:masters can do anything whatever its roles are"
    anybody = name in EVERYBODY or name.startswith("system:serviceaccounts:")
    if subject.text("kind") != "ServiceAccount" and anybody and role not in PUBLIC_ROLES:
        yield f"{name} is everybody, and becomes {role}"
