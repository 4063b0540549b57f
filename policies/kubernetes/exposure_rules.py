"""What of a cluster the world can reach, and what it could take there."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds, tokens
from policies.core.example import Draft, example, resource
from policies.core.facts import access, exposure, permissions, workloads
from policies.core.facts.addresses import public_addresses
from policies.core.facts.pods import LONG_RUNNING, account
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first
from policies.security.security_group_rules import DATA_PORTS

_SCHEME = exposure.SCHEME
_OFFICE = {"loadBalancerSourceRanges": ["203.0.113.0/28"]}


def _service(port: int = 443, /, *, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "main", "port": port}]
    metadata = {"name": "api", "namespace": "shop", "annotations": annotations or {}}
    return {"metadata": metadata, "spec": {"type": "LoadBalancer", "selector": {"app": "api"}, "ports": ports, **spec}}


_PUBLIC = {_SCHEME: "internet-facing"}
_INWARD = {_SCHEME: "internal"}


@rule(
    "k8s-29",
    on=(*kinds.SERVICE, *kinds.INGRESS),
    severity=Severity.HIGH,
    why="A balancer without a scheme may face the internet, and a node's port is open on every node, past any gateway and its checks.",
    fix=(
        f"Annotate {_SCHEME}: internal, or give a public Service spec.loadBalancerSourceRanges of at most max_addresses; "
        "use ClusterIP behind the gateway instead of NodePort and externalIPs; give an Ingress tls or a certificate-arn."
    ),
    controls=("cis-eks-1.4:5.4.5",),
    settings=("max_addresses",),
    bad=(
        _service(),
        _service(annotations=_PUBLIC),
        _service(annotations=_PUBLIC, loadBalancerSourceRanges=["0.0.0.0/0"]),
        _service(annotations=_PUBLIC, loadBalancerSourceRanges=["0.0.0.0/1", "128.0.0.0/1"]),
        _service(6379, annotations=_PUBLIC, **_OFFICE),
        _service(annotations={"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"}),
        _service(annotations={**_INWARD}, externalIPs=["203.0.113.7"]),
        {"spec": {"type": "NodePort", "ports": [{"port": 80}]}},
        example(resource(kinds.INGRESS[0], {"spec": {"rules": [{"host": "api.example.com"}]}})),
    ),
    good=(
        _service(annotations=_INWARD),
        _service(6379, annotations=_INWARD),
        _service(annotations=_PUBLIC, **_OFFICE),
        _service(annotations={"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}),
        _service(loadBalancerClass="service.k8s.aws/nlb"),
        {"spec": {"ports": [{"port": 80}]}},
        {"spec": {"type": "ClusterIP", "clusterIP": "None"}},
        example(resource(kinds.INGRESS[0], {"spec": {"tls": [{"hosts": ["api.example.com"], "secretName": "api"}]}})),
        example(resource(kinds.INGRESS[0], {"metadata": {"annotations": {"alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:a"}}})),
    ),
)
def service_is_open_to_whom_it_is_for(subject: Subject) -> Iterator[str]:
    yield from (_ingress_faults if subject.resource.type in kinds.INGRESS else _service_faults)(subject)


def _ingress_faults(subject: Subject) -> Iterator[str]:
    has_certificate = "alb.ingress.kubernetes.io/certificate-arn" in exposure.annotations(subject.resource)
    if not has_certificate and not len(subject.properties.section("spec").sections("tls")):
        yield "it takes requests in clear text"


def _service_faults(subject: Subject) -> Iterator[str]:
    spec = subject.properties.section("spec")
    if spec.text("type") == "NodePort":
        yield "it opens a port on every node"
    if len(spec.texts("externalIPs")):
        yield "externalIPs take traffic that is meant for others"
    if not exposure.is_public(subject.resource):
        return
    ranges = list(exposure.source_ranges(subject.resource))
    if not ranges or public_addresses(ranges) > subject.settings.max_addresses:
        yield "its balancer faces the internet" + (f" with {', '.join(ranges)}" if ranges else "")
    ports = known_first(spec.sections("ports"), lambda each: [int(each.number("port", 0))])
    yield from (f"its balancer puts port {port}, a data store's, on the internet" for port in ports if port in DATA_PORTS)


DATA_ACTIONS = ("s3:GetObject", "kms:Decrypt", "secretsmanager:GetSecretValue", "dynamodb:GetItem", "sts:AssumeRole")
"""Actions that read data of others where they are allowed on everything."""

_LABELS = {"app": "api"}


def _workload(name: str = "api", **pod: Any) -> Draft:
    template = {"metadata": {"labels": _LABELS}, "spec": {"serviceAccountName": name, **pod}}
    return resource(kinds.DEPLOYMENT[0], {"metadata": {"name": "api", "namespace": "shop"}, "spec": {"template": template}})


def _bound(role: str, kind: str = "ClusterRole") -> Draft:
    subject = {"kind": "ServiceAccount", "name": "api", "namespace": "shop"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}
    return resource(kinds.ROLE_BINDING[0], {"metadata": {"namespace": "shop"}, "roleRef": reference, "subjects": [subject]})


def _role(name: str, kind: str, verb: str) -> Draft:
    rules = [{"apiGroups": [""], "resources": [kind], "verbs": [verb]}]
    return resource(kinds.CLUSTER_ROLE[0], {"metadata": {"name": name}, "rules": rules})


_DOOR = resource(kinds.SERVICE[0], _service(annotations=_PUBLIC))
_HALL = resource(kinds.SERVICE[0], _service(annotations=_INWARD))
_INGRESS = resource(
    kinds.INGRESS[0],
    {
        "metadata": {"namespace": "shop", "annotations": {exposure.INGRESS_SCHEME: "internet-facing"}},
        "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "api"}}}]}}]},
    },
)
_ACCOUNT = resource(
    kinds.SERVICE_ACCOUNT[0],
    {"metadata": {"name": "api", "namespace": "shop", "annotations": {"eks.amazonaws.com/role-arn": "${role.arn}"}}},
)


def _aws_role(resource_arn: str) -> Draft:
    document = f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource_arn}"}}]}}'
    return resource(tokens.IAM_ROLE, {"inlinePolicies": [{"name": "data", "policy": document}]})


@rule(
    "k8s-22",
    on=tuple(each for each in LONG_RUNNING if each not in kinds.POD),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="What the internet reaches is broken into first: its account decides whether it ends there or with all secrets.",
    fix="Give the exposed workload an account without such rights; let a workload behind it, of another account, do what needs them.",
    controls=("soc2:CC6.3",),
    bad=(
        example(_workload(), door=_DOOR, binding=_bound("reader"), role=_role("reader", "secrets", "get")),
        example(_workload(), door=_DOOR, binding=_bound("cluster-admin")),
        example(_workload(), hall=_HALL, ingress=_INGRESS, binding=_bound("shell"), role=_role("shell", "pods/exec", "create")),
        example(_workload(), door=_DOOR, account=_ACCOUNT, role=_aws_role("*")),
    ),
    good=(
        example(_workload(), hall=_HALL, binding=_bound("reader"), role=_role("reader", "secrets", "get")),
        example(_workload(), door=_DOOR, binding=_bound("reader"), role=_role("reader", "pods", "get")),
        example(_workload("other"), door=_DOOR, binding=_bound("reader"), role=_role("reader", "secrets", "get")),
        example(_workload()),
    ),
)
def exposed_workload_cannot_take_the_rest(workload: Subject) -> Iterator[str]:
    if exposure.exposed(workload.stack, workload.resource):
        pods = list(workloads.pod_specs(workload.resource))
        yield from known_first(pods, lambda pod: known_first((_granted, _assumed), lambda read: read(workload, account(pod))))


def _granted(workload: Subject, name: str) -> Iterator[str]:
    stack = workload.stack
    bindings = access.bindings_of(stack, access.Account(workloads.namespace(workload.resource), name))
    yield from known_first(bindings, lambda each: _taken(workload, each, name))


def _taken(workload: Subject, binding: Resource, name: str) -> Iterator[str]:
    if binding.properties.section("roleRef").text("name") == "cluster-admin":
        yield f"the internet reaches it, and its account {name} is cluster-admin"
    rules = known_first(access.roles_of(workload.stack, binding), access.rules_of)
    yield from known_first(
        rules, lambda each: (f"the internet reaches it, and its account {name} may {power.name}" for power in access.powers(each))
    )


def _assumed(workload: Subject, name: str) -> Iterator[str]:
    stack = workload.stack
    for each in stack.of_type(*kinds.SERVICE_ACCOUNT):
        roles = stack.referents(each, "metadata", tokens.IAM_ROLE)
        if roles and workloads.name(each) == name and workloads.share_namespace(stack, each, workload.resource):
            held = (statement for role in roles for statement in permissions.statements(stack, role))
            actions = list(permissions.unlimited(held, DATA_ACTIONS))
            yield from (f"the internet reaches it, and its role {roles[0].name} allows {action} on everything" for action in actions)
