"""Who administers clusters, who enters their nodes, and who may delete them."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.core import tokens
from policies.core.example import Draft, example, resource
from policies.core.facts import providers
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

ADMINISTRATION = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
"""Access policies that, for a whole cluster, give everything or nearly so, roles and bindings too (EKS user guide, access policies)."""


def _association(who: str, policy: str = "AmazonEKSClusterAdminPolicy", scope: str = "cluster", cluster: str = "blue") -> Draft:
    return resource(
        tokens.EKS_ACCESS_POLICY_ASSOCIATION,
        {
            "clusterName": cluster,
            "principalArn": f"arn:aws:iam::123456789012:{who}",
            "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
            "accessScope": {"type": scope, **({"namespaces": ["payments"]} if scope == "namespace" else {})},
        },
    )


@rule(
    "sec-07",
    on=(tokens.EKS_ACCESS_POLICY_ASSOCIATION,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Whoever administers a cluster reads its secrets and becomes every role of its pods: the fewer, the fewer ways to all of them.",
    fix=(
        'Give people policy_arn AmazonEKSAdminViewPolicy or one with access_scope.type="namespace"; keep AmazonEKSClusterAdminPolicy for '
        "at most max_cluster_administrators roles that match cluster_administrators."
    ),
    controls=("cis-eks-1.4:4.1.1", "soc2:CC6.3"),
    settings=("cluster_administrators", "max_cluster_administrators"),
    bad=(
        example(_association("user/anna")),
        example(_association("user/anna", "AmazonEKSAdminPolicy")),
        example(_association("role/deploy"), second=_association("role/break-glass"), third=_association("role/developers")),
        example(
            _association("role/deploy", cluster="${cluster.name}"),
            second=_association("role/break-glass", cluster="${cluster.name}"),
            third=_association("role/developers", "AmazonEKSAdminPolicy", cluster="${cluster.name}"),
            cluster=resource(tokens.EKS_CLUSTER),
        ),
    ),
    good=(
        example(_association("role/deploy"), second=_association("role/break-glass")),
        example(
            _association("role/deploy"), second=_association("role/other", cluster="green"), third=_association("role/more", cluster="red")
        ),
        example(_association("role/developers", "AmazonEKSAdminViewPolicy")),
        example(_association("user/anna", "AmazonEKSAdminPolicy", "namespace")),
    ),
)
def cluster_has_few_known_administrators(association: Subject) -> Iterator[str]:
    if not _administers(association.resource):
        return
    allowed, most = association.settings.cluster_administrators, association.settings.max_cluster_administrators
    if not association.resource.property_dependencies.get("principalArn"):  # a principal of this stack has no ARN yet
        principal = association.properties.text("principalArn")
        if not any(fnmatchcase(principal, each) for each in allowed):
            yield f"{principal} administers the cluster and is none of {', '.join(sorted(allowed))}"
    others = association.stack.of_type(tokens.EKS_ACCESS_POLICY_ASSOCIATION)
    same = [each for each in others if _cluster(each) == _cluster(association.resource)]
    if (count := sum(known_first(same, lambda each: [_administers(each)]))) > most:
        yield f"{count} principals administer the cluster, {most} are allowed"


def _cluster(holder: Resource) -> object:
    return holder.property_dependencies.get("clusterName") or holder.properties.text("clusterName")


def _administers(association: Resource) -> bool:
    policy = association.properties.text("policyArn").rsplit("/", 1)[-1]
    return policy in ADMINISTRATION and association.properties.section("accessScope").text("type") == "cluster"


_DISPOSABLE = resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"environment": "development"}}'})


@rule(
    "sec-08",
    on=(tokens.EKS_CLUSTER,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A deleted control plane takes every object in it along, and nobody can bring it back; EKS and the engine each refuse if told to.",
    fix="Set deletion_protection=True and ResourceOptions(protect=True); where the environment tag is in disposable_environments, neither.",
    controls=("hipaa:164.308(a)(7)",),
    settings=("disposable_environments",),
    bad=(
        {},
        example(resource(tokens.EKS_CLUSTER, {"deletionProtection": True})),
        example(resource(tokens.EKS_CLUSTER, protect=True)),
        example(resource(tokens.EKS_CLUSTER, {"deletionProtection": False}, protect=True)),
    ),
    good=(
        example(resource(tokens.EKS_CLUSTER, {"deletionProtection": True}, protect=True)),
        example(resource(tokens.EKS_CLUSTER), provider=_DISPOSABLE),
        example(resource(tokens.EKS_CLUSTER, {"tags": {"environment": "staging"}})),
    ),
)
def cluster_is_protected_from_deletion(cluster: Subject) -> Iterator[str]:
    open_ways: list[str] = []
    if not cluster.resource.protect:
        open_ways.append("the engine may delete it: protect is off")
    if not cluster.properties.flag("deletionProtection"):
        open_ways.append("EKS may delete it: deletionProtection is off")
    if open_ways and _environment(cluster) not in cluster.settings.disposable_environments:
        yield from open_ways


def _environment(subject: Subject) -> str:
    return str(providers.tags(subject.stack, subject.resource).get("environment", ""))


_TEMPLATE = {"launchTemplate": {"id": "${template.id}", "version": "1"}}


@rule(
    "sec-09",
    on=(tokens.EKS_NODE_GROUP,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="An SSH key on every node is one that nobody rotates; with no source group named, EKS opens port 22 of the nodes to the world.",
    fix="Leave out remote_access, and key_name of the launch template; enter nodes by SSM Session Manager.",
    controls=("cis-eks-1.4:5.4.3",),
    bad=(
        {"remoteAccess": {"ec2SshKey": "operators"}},
        {"remoteAccess": {"ec2SshKey": "operators", "sourceSecurityGroupIds": ["sg-0a1b"]}},
        example(resource(tokens.EKS_NODE_GROUP, _TEMPLATE), template=resource(tokens.LAUNCH_TEMPLATE, {"keyName": "operators"})),
    ),
    good=(
        {},
        {"remoteAccess": {}},
        example(resource(tokens.EKS_NODE_GROUP, _TEMPLATE), template=resource(tokens.LAUNCH_TEMPLATE, {"instanceType": "m7i.large"})),
    ),
)
def nodes_have_no_ssh_key(nodes: Subject) -> Iterator[str]:
    if nodes.properties.section("remoteAccess").text("ec2SshKey"):
        yield "remote access by an SSH key is on"
    for template in nodes.referents("launchTemplate", tokens.LAUNCH_TEMPLATE):
        if template.properties.text("keyName"):
            yield f"launch template {template.name} names an SSH key"
