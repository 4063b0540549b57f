"""Accounts of pods: a token only where something was granted to it."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, example, resource
from policies.core.facts import access, workloads
from policies.core.facts.pods import PODS, account
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

_HOME = {"namespace": "shop"}


def _workload(token: str = kinds.DEPLOYMENT[0], **pod: Any) -> Draft:
    spec = {"containers": [{"name": "main", "image": "a"}], **pod}
    return resource(token, {"metadata": _HOME, "spec": spec if token in kinds.POD else {"template": {"spec": spec}}})


def _account(name: str = "api", **fields: Any) -> Draft:
    return resource(kinds.SERVICE_ACCOUNT[0], {"metadata": {"name": name, **_HOME}, **fields})


def _binding(name: str = "api", token: str = kinds.ROLE_BINDING[0], **home: str) -> Draft:
    subject = {"kind": "ServiceAccount", "name": name, **home}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    return resource(token, {"metadata": _HOME, "roleRef": reference, "subjects": [subject]})


@rule(
    "k8s-12",
    on=(*PODS, *kinds.SERVICE_ACCOUNT, *access.BINDINGS),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Whoever gets into a pod has its token. The default account's is everybody's: what one pod is granted, all of them are.",
    fix=(
        "Set automountServiceAccountToken: false on the pod or its account. Where the pod speaks to the API, give it a "
        "serviceAccountName of its own and bind that one to a role."
    ),
    controls=("cis-eks-1.4:4.1.5", "cis-eks-1.4:4.1.6", "nsa:1.11"),
    bad=(
        example(_workload()),
        example(_workload(serviceAccountName="api")),
        example(_workload(serviceAccountName="api"), account=_account(), other=_binding("other")),
        example(
            _workload(serviceAccountName="api", automountServiceAccountToken=True), account=_account(automountServiceAccountToken=False)
        ),
        example(_workload(kinds.POD[0], automountServiceAccountToken=True)),
        example(_workload(), binding=_binding("default")),
        example(_account("default")),
        example(_binding("default")),
    ),
    good=(
        example(_workload(automountServiceAccountToken=False)),
        example(_workload(kinds.POD[0], serviceAccount="api", automountServiceAccountToken=False)),
        example(_workload(serviceAccountName="api"), account=_account(automountServiceAccountToken=False)),
        example(_workload(serviceAccountName="api"), account=_account(), binding=_binding()),
        example(_workload(serviceAccountName="api"), binding=_binding("api", kinds.CLUSTER_ROLE_BINDING[0], namespace="shop")),
        example(_account()),
        example(_account("default", automountServiceAccountToken=False)),
        example(_binding()),
    ),
)
def token_is_held_only_by_whom_it_was_made_for(subject: Subject) -> Iterator[str]:
    resource = subject.resource
    if resource.type in kinds.SERVICE_ACCOUNT:
        if workloads.name(resource) == "default" and resource.properties.flag("automountServiceAccountToken", default=True):
            yield "the default account hands its token to every pod that asks for none"
    elif resource.type in access.BINDINGS:
        shared = (each for each in access.accounts(resource) if each.name == "default")
        yield from (f"the default account of {each.namespace} is granted a role, and with it every pod that names none" for each in shared)
    else:
        yield from known_first(workloads.pod_specs(resource), lambda pod: _tokens(subject, pod))


def _tokens(workload: Subject, pod: Properties) -> Iterator[str]:
    name = account(pod)
    if not _mounts(workload, pod, name):
        return
    if name == "default":
        yield "it holds a token of the default account"
    elif not any(access.bindings_of(workload.stack, access.Account(workloads.namespace(workload.resource), name))):
        yield f"it holds a token of {name}, which no binding of the stack grants anything"


def _mounts(workload: Subject, pod: Properties, name: str) -> bool:
    """Whether the pod gets a token: what it says wins over what its account says (Kubernetes, configure service accounts)."""
    if "automountServiceAccountToken" in pod:
        return pod.flag("automountServiceAccountToken")
    own = list(_accounts(workload, name))
    return all(each.properties.flag("automountServiceAccountToken", default=True) for each in own)


def _accounts(workload: Subject, name: str) -> Iterator[Resource]:
    stack = workload.stack
    return known_first(
        stack.of_type(*kinds.SERVICE_ACCOUNT),
        lambda each: [each] if workloads.name(each) == name and workloads.share_namespace(stack, workload.resource, each) else [],
    )
