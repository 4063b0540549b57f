"""Who may do what in a cluster: access entries of EKS's own API, so that no object inside the cluster decides who gets in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

import pulumi
import pulumi_aws as aws
from pydantic import StringConstraints, model_validator

from components.base import Component, Spec

RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:iam::\d{12}:role/[\w+=,.@/-]+$")]
"""ARN of an IAM role; users have keys that live too long."""
Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""Name of a Kubernetes namespace (RFC 1123 label)."""


class AccessPolicy(StrEnum):
    """EKS's access policies for people and pipelines (EKS user guide, access policy permissions)."""

    CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
    """Everything, like `cluster-admin`."""
    ADMIN = "AmazonEKSAdminPolicy"
    """Most of a namespace, roles included, like `admin`."""
    ADMIN_VIEW = "AmazonEKSAdminViewPolicy"
    """Read everything, secrets included."""
    EDIT = "AmazonEKSEditPolicy"
    """Change workloads of a namespace, like `edit`."""
    VIEW = "AmazonEKSViewPolicy"
    """Read without secrets, like `view`."""
    SECRET_READER = "AmazonEKSSecretReaderPolicy"
    """Read secrets only."""

    @property
    def arn(self) -> str:
        """ARN; access policies belong to EKS, not to an account."""
        return f"arn:aws:eks::aws:cluster-access-policy/{self.value}"


class AccessEntrySpec(Spec):
    """What one IAM role may do."""

    role_arn: RoleArn
    """Role that people or pipelines assume."""
    policy: AccessPolicy
    """What it may do."""
    namespaces: tuple[Namespace, ...] = ()
    """Where; empty means the whole cluster."""

    @model_validator(mode="after")
    def _admin_is_global(self) -> Self:
        if self.policy is AccessPolicy.CLUSTER_ADMIN and self.namespaces:
            raise ValueError(f"namespaces: {self.policy} is for the whole cluster: leave them out or use {AccessPolicy.ADMIN.value}")
        return self

    @property
    def administers(self) -> bool:
        """Whether the role may do everything."""
        return self.policy is AccessPolicy.CLUSTER_ADMIN


def entry_faults(entries: Mapping[str, AccessEntrySpec]) -> list[str]:
    """One line for each reason why these entries cannot stand together."""
    names: dict[str, list[str]] = {}
    for name, entry in entries.items():
        names.setdefault(entry.role_arn, []).append(name)
    twice = [f"{', '.join(found)} name the same role {arn}: EKS allows one entry a role" for arn, found in names.items() if len(found) > 1]
    if any(entry.administers for entry in entries.values()):
        return twice
    return [*twice, f"none has {AccessPolicy.CLUSTER_ADMIN.value}: the creator gets no access by itself, so nobody could enter"]


@dataclass(frozen=True, kw_only=True)
class ClusterAccessArgs:
    """Wires of a ClusterAccess."""

    entries: Mapping[str, AccessEntrySpec]
    """Entries by a name that says who it is, e.g. `operators`."""
    cluster_name: pulumi.Input[str]
    """Cluster that is entered."""


class ClusterAccess(Component, token="meridian:cluster:ClusterAccess"):
    """Access entries and what they may do."""

    def __init__(self, name: str, args: ClusterAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.resources: tuple[pulumi.Resource, ...] = tuple(
            self._association(f"{name}-{who}", entry, args.cluster_name) for who, entry in args.entries.items()
        )
        self._seal()

    def _association(self, name: str, entry: AccessEntrySpec, cluster_name: pulumi.Input[str]) -> aws.eks.AccessPolicyAssociation:
        principal = aws.eks.AccessEntry(name, cluster_name=cluster_name, principal_arn=entry.role_arn, type="STANDARD", opts=self.child)
        return aws.eks.AccessPolicyAssociation(
            name,
            cluster_name=cluster_name,
            principal_arn=principal.principal_arn,
            policy_arn=entry.policy.arn,
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                type="namespace" if entry.namespaces else "cluster", namespaces=entry.namespaces or None
            ),
            opts=self.child,
        )
