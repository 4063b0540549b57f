"""What nodes may do, and who does the rest: the controllers of the cluster, each with a role of its own."""

from collections.abc import Iterator, Mapping

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

_NODES = resource(tokens.EKS_NODE_GROUP, {"nodeRoleArn": "${role.arn}"})
_ROLE = resource(tokens.IAM_ROLE, {"assumeRolePolicy": "{}"})
_AWS = "arn:aws:iam::aws:policy/"


def _of_nodes(policy: str, **others: Draft) -> Example:
    attachment = resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"role": "${role.name}", "policyArn": policy})
    return example(attachment, role=_ROLE, nodes=_NODES, **others)


@rule(
    "sec-11",
    on=(tokens.IAM_ROLE_POLICY_ATTACHMENT, tokens.IAM_ROLE_POLICY, tokens.IAM_ROLE),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Whatever a node may do, every process that gets onto it may do; the network plug-in alone may move addresses of any instance.",
    fix="Attach only policies of node_policies to the node role; give workloads roles of their own by EKS Pod Identity.",
    controls=("cis-eks-1.4:5.1.3", "cis-eks-1.4:5.2.1"),
    settings=("node_policies",),
    bad=(
        _of_nodes(f"{_AWS}AmazonEKS_CNI_Policy"),
        _of_nodes(f"{_AWS}AmazonEC2ContainerRegistryPowerUser"),
        _of_nodes("${own.arn}", own=resource(tokens.IAM_POLICY, {"policy": "{}"})),
        example(resource(tokens.IAM_ROLE_POLICY, {"role": "${role.id}", "policy": "{}"}), role=_ROLE, nodes=_NODES),
        example(
            resource(tokens.IAM_ROLE, {"managedPolicyArns": [f"{_AWS}AmazonS3FullAccess"]}),
            nodes=resource(tokens.EKS_NODE_GROUP, {"nodeRoleArn": "${subject.arn}"}),
        ),
        example(
            resource(tokens.IAM_ROLE, {"inlinePolicies": [{"name": "more", "policy": "{}"}]}),
            nodes=resource(tokens.EKS_NODE_GROUP, {"nodeRoleArn": "${subject.arn}"}),
        ),
    ),
    good=(
        _of_nodes(f"{_AWS}AmazonEKSWorkerNodePolicy"),
        _of_nodes(f"{_AWS}AmazonEC2ContainerRegistryPullOnly"),
        example(
            resource(tokens.IAM_ROLE_POLICY_ATTACHMENT, {"role": "${role.name}", "policyArn": f"{_AWS}AmazonEKS_CNI_Policy"}), role=_ROLE
        ),
        example(
            resource(tokens.IAM_ROLE, {"managedPolicyArns": [f"{_AWS}AmazonSSMManagedInstanceCore"]}),
            nodes=resource(tokens.EKS_NODE_GROUP, {"nodeRoleArn": "${subject.arn}"}),
        ),
    ),
)
def nodes_may_do_little(holder: Subject) -> Iterator[str]:
    role = (holder.resource,) if holder.resource.type == tokens.IAM_ROLE else holder.referents("role", tokens.IAM_ROLE)
    if not any(holder.stack.referrers(each, tokens.EKS_NODE_GROUP, "nodeRoleArn") for each in role):
        return
    if holder.resource.type == tokens.IAM_ROLE_POLICY:
        yield "nodes have a policy of their own"
    elif holder.referents("policyArn", tokens.IAM_POLICY):
        yield "nodes have a policy that is not one of AWS's for nodes"
    else:
        yield from _beyond(holder, "policyArn" if holder.resource.type == tokens.IAM_ROLE_POLICY_ATTACHMENT else "managedPolicyArns")


def _beyond(holder: Subject, property: str) -> Iterator[str]:
    inline = holder.properties.sections("inlinePolicies") if property == "managedPolicyArns" else ()
    yield from known_first(inline, lambda policy: ["nodes have a policy of their own"] if "policy" in policy else [])
    for arn in holder.properties.texts(property):
        if (name := arn.rsplit("/", 1)[-1]) not in holder.settings.node_policies:
            yield f"nodes have {name}, which pods on them would have too"


SERVICE_ACCOUNTS: Mapping[str, str] = {
    "aws-ebs-csi-driver": "ebs-csi-controller-sa",
    "aws-efs-csi-driver": "efs-csi-controller-sa",
    "aws-fsx-csi-driver": "fsx-csi-controller-sa",
    "aws-mountpoint-s3-csi-driver": "s3-csi-driver-sa",
    "vpc-cni": "aws-node",
}
"""Add-on that calls AWS -> its service account in kube-system (EKS user guide, IAM roles for add-ons; each driver's documentation)."""


def _addon(name: str, **inputs: object) -> Draft:
    return resource(tokens.EKS_ADDON, {"addonName": name, "clusterName": "blue", **inputs})


def _identity(account: str, cluster: str = "blue") -> Draft:
    return resource(
        tokens.EKS_POD_IDENTITY_ASSOCIATION,
        {"clusterName": cluster, "namespace": "kube-system", "serviceAccount": account, "roleArn": "arn:aws:iam::123456789012:role/own"},
    )


@rule(
    "sec-12",
    on=(tokens.EKS_ADDON,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="An add-on without a role of its own takes the node's, which then must hold its rights for every pod that reaches the metadata.",
    fix="Add an eks.PodIdentityAssociation of the add-on's service account, or set pod_identity_associations or service_account_role_arn.",
    controls=("cis-eks-1.4:5.2.1",),
    bad=(
        example(_addon("vpc-cni")),
        example(_addon("aws-ebs-csi-driver"), other=_identity("aws-node")),
        example(_addon("aws-ebs-csi-driver"), other=_identity("ebs-csi-controller-sa", "green")),
        example(_addon("aws-efs-csi-driver", podIdentityAssociations=[])),
        example(_addon("vpc-cni", clusterName="${cluster.name}"), cluster=resource(tokens.EKS_CLUSTER)),
    ),
    good=(
        example(_addon("vpc-cni"), identity=_identity("aws-node")),
        example(_addon("aws-ebs-csi-driver", serviceAccountRoleArn="${role.arn}"), role=_ROLE),
        example(
            _addon("aws-efs-csi-driver", podIdentityAssociations=[{"serviceAccount": "efs-csi-controller-sa", "roleArn": "${role.arn}"}]),
            role=_ROLE,
        ),
        example(
            _addon("vpc-cni", clusterName="${cluster.name}"),
            cluster=resource(tokens.EKS_CLUSTER),
            identity=_identity("aws-node", "${cluster.name}"),
        ),
        example(_addon("coredns")),
    ),
)
def addon_has_a_role_of_its_own(addon: Subject) -> Iterator[str]:
    account = SERVICE_ACCOUNTS.get(addon.properties.text("addonName"))
    if account is None or "serviceAccountRoleArn" in addon.properties or len(addon.properties.sections("podIdentityAssociations")):
        return
    associations = addon.stack.of_type(tokens.EKS_POD_IDENTITY_ASSOCIATION)
    if not any(known_first(associations, lambda each: [_serves(each, account) and _cluster(each) == _cluster(addon.resource)])):
        yield f"{account} has no role of its own"


def _serves(association: Resource, account: str) -> bool:
    return association.properties.text("serviceAccount") == account and association.properties.text("namespace") == "kube-system"


def _cluster(holder: Resource) -> object:
    return holder.property_dependencies.get("clusterName") or holder.properties.text("clusterName")
