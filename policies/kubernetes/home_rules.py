"""Where resources live."""

from collections.abc import Iterator

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts import workloads
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

PROVIDER = "pulumi:providers:kubernetes"
"""The provider, whose `namespace` is that of resources that name none (pulumi_kubernetes.ProviderArgs)."""

SETTLED = (
    *(*kinds.CRON_JOB, *kinds.DAEMON_SET, *kinds.JOB, *kinds.POD, *workloads.REPLICATED),
    *(*kinds.CONFIG_MAP, *kinds.INGRESS, *kinds.ROLE, *kinds.ROLE_BINDING, *kinds.SECRET, *kinds.SERVICE, *kinds.SERVICE_ACCOUNT),
)
"""Kinds that belong to somebody: policies and quotas may well speak of the default namespace."""

_OF_CLUSTER = {"kubernetes": kinds.SERVICE, "default": kinds.SERVICE_ACCOUNT, "kube-root-ca.crt": kinds.CONFIG_MAP}
"""What Kubernetes itself puts there."""

_IN_DEFAULT = {"metadata": {"name": "api", "namespace": "default"}}
_NOWHERE = {"metadata": {"name": "api"}}


@rule(
    "k8s-15",
    on=SETTLED,
    scope=Scope.STACK,
    severity=Severity.LOW,
    why="The default namespace has no owner, no policies and no quota; whatever forgets its namespace meets there.",
    fix="Set metadata.namespace to a Namespace of the stack, or the provider's namespace.",
    controls=("cis-eks-1.4:4.5.3", "cis-kubernetes-2.0:5.6.4"),
    bad=(
        example(resource(kinds.DEPLOYMENT[0], _IN_DEFAULT)),
        example(resource(kinds.POD[0], _NOWHERE)),
        example(resource(kinds.SERVICE[0], {})),
        example(resource(kinds.ROLE_BINDING[0], _IN_DEFAULT)),
        example(resource(kinds.SECRET[0], _NOWHERE), provider=resource(PROVIDER, {"namespace": "default"})),
        example(resource(kinds.ROLLOUT[0], _NOWHERE)),
    ),
    good=(
        example(resource(kinds.DEPLOYMENT[0], {"metadata": {"namespace": "shop"}})),
        example(resource(kinds.CRON_JOB[0], {"metadata": {"namespace": "${home.metadata.name}"}}), home=resource(kinds.NAMESPACE[0])),
        example(resource(kinds.SERVICE[0], _NOWHERE), provider=resource(PROVIDER, {"namespace": "shop"})),
        example(resource(kinds.SERVICE_ACCOUNT[0], {"metadata": {"name": "default"}, "automountServiceAccountToken": False})),
    ),
)
def resource_has_a_namespace_of_its_own(subject: Subject) -> Iterator[str]:
    if subject.referents("metadata", *kinds.NAMESPACE):
        return
    metadata = subject.properties.section("metadata")
    home = metadata.text("namespace") or subject.stack.provider_configuration(subject.resource).text("namespace", "default")
    if home == "default" and subject.resource.type not in _OF_CLUSTER.get(metadata.text("name"), ()):
        yield "it is in the default namespace"
