"""How a pod becomes an IAM role: one role for one service account, by EKS Pod Identity or by IRSA."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.cluster.eks import EksCluster

Document = Mapping[str, Any]
"""An IAM policy document in plain values: known in a preview, so that policies can read it."""

LONGEST_POLICY = 6144
"""Characters of a managed policy, white space not counted (IAM user guide, quotas)."""
MOST_POLICIES = 10
"""Managed policies of a role, default quota (IAM user guide, quotas)."""


class IdentityMechanism(StrEnum):
    """How credentials reach the pod."""

    POD_IDENTITY = "pod_identity"
    """The node's agent hands them out; the association stands in EKS's API. What AWS recommends."""
    IRSA = "irsa"
    """The pod's own token is exchanged at STS; for what runs without the agent, such as Fargate (terraform-aws-eks#3544). The service
    account needs the annotation `eks.amazonaws.com/role-arn`."""


@dataclass(frozen=True, kw_only=True)
class WorkloadRoleArgs:
    """Wires of a WorkloadRole."""

    cluster: EksCluster
    """Cluster the pods run in."""
    namespace: str
    """Namespace of the service account."""
    service_account: str
    """Its name."""
    policies: Mapping[str, Document] = field(default_factory=dict[str, Document])
    """Documents by meaning; each becomes a managed policy of its own."""
    managed_policy_arns: Sequence[str] = ()
    """Policies that exist already, AWS's own for the most part."""
    mechanism: IdentityMechanism = IdentityMechanism.POD_IDENTITY
    """How credentials reach the pods."""


class WorkloadRole(Component, token="meridian:cluster:WorkloadRole"):
    """An IAM role that exactly one service account of one cluster can assume.

    Raises:
        ValueError: a document is longer than IAM accepts, or there are more policies than a role takes.
    """

    role_arn: pulumi.Output[str]
    """ARN of the role."""
    role_name: pulumi.Output[str]
    """Name of the role."""

    def __init__(self, name: str, args: WorkloadRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        documents = {meaning: _minified(name, meaning, document) for meaning, document in args.policies.items()}
        if (count := len(documents) + len(args.managed_policy_arns)) > MOST_POLICIES:
            raise ValueError(f"role '{name}' has {count} policies, IAM attaches at most {MOST_POLICIES}: merge statements of `policies`")
        super().__init__(name, opts)
        role = aws.iam.Role(name, assume_role_policy=_trust(args), opts=self.child)
        attached = {arn.rsplit("/", 1)[-1]: arn for arn in args.managed_policy_arns} | {
            meaning: aws.iam.Policy(f"{name}-{meaning}", policy=document, opts=self.child).arn for meaning, document in documents.items()
        }
        attachments = [
            aws.iam.RolePolicyAttachment(f"{name}-{meaning}", role=role.name, policy_arn=arn, opts=self.child)
            for meaning, arn in attached.items()
        ]
        self.resources: tuple[pulumi.Resource, ...] = (role, *attachments, *self._associations(name, args, role))
        self.role_arn, self.role_name = role.arn, role.name
        self._seal()

    def _associations(self, name: str, args: WorkloadRoleArgs, role: aws.iam.Role) -> list[aws.eks.PodIdentityAssociation]:
        if args.mechanism is IdentityMechanism.IRSA:
            return []
        return [
            aws.eks.PodIdentityAssociation(
                name,
                cluster_name=args.cluster.name,
                namespace=args.namespace,
                service_account=args.service_account,
                role_arn=role.arn,
                opts=self.child,
            )
        ]


def _minified(role: str, meaning: str, document: Document) -> str:
    text = json.dumps(document, separators=(",", ":"))
    if len(text) > LONGEST_POLICY:
        raise ValueError(
            f"policy '{meaning}' of role '{role}' has {len(text)} characters, IAM accepts {LONGEST_POLICY}: split it by statements"
        )
    return text


def _trust(args: WorkloadRoleArgs) -> pulumi.Input[str]:
    if args.mechanism is IdentityMechanism.POD_IDENTITY:
        return json.dumps(_pod_identity_trust(args))
    subject = f"system:serviceaccount:{args.namespace}:{args.service_account}"
    return pulumi.Output.all(provider=args.cluster.oidc_provider_arn, issuer=args.cluster.oidc_issuer).apply(
        lambda oidc: json.dumps(_irsa_trust(oidc["provider"], oidc["issuer"], subject))
    )


def _pod_identity_trust(args: WorkloadRoleArgs) -> Document:
    """The service tells as session tags for which pod it asks; without the conditions any association of the account could take the role.

    (EKS user guide, Pod Identity role and its session tags; IAM user guide, confused deputy.)
    """
    location = args.cluster.location
    condition = {
        "aws:SourceAccount": location.account_id,
        "aws:RequestTag/eks-cluster-arn": location.arn("eks", f"cluster/{args.cluster.cluster_name}"),
        "aws:RequestTag/kubernetes-namespace": args.namespace,
        "aws:RequestTag/kubernetes-service-account": args.service_account,
    }
    return _trust_document({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"], condition)


def _irsa_trust(provider_arn: str, issuer: str, subject: str) -> Document:
    """Exact subject and audience: with either missing, or a pattern, other pods get in (EKS user guide, IAM roles for service accounts)."""
    condition = {f"{issuer}:sub": subject, f"{issuer}:aud": "sts.amazonaws.com"}
    return _trust_document({"Federated": provider_arn}, ["sts:AssumeRoleWithWebIdentity"], condition)


def _trust_document(principal: Mapping[str, str], actions: Sequence[str], equal: Mapping[str, str]) -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Condition": {"StringEquals": equal}}
    return {"Version": "2012-10-17", "Statement": [statement]}
